"""Small answers: pages, JSON and static files are compressed, and static files are fetched once."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator

import brotli
import httpx
import pytest
from api_client import Served, served
from browsing import HTML, Visitor, tell_a_story
from hypothesis import given
from hypothesis import strategies as st

from api.http.compression import ENCODINGS, preferred_encoding
from web.static_files import static_address, static_files

FOR_EVER = "public, max-age=31536000, immutable"
DECODERS = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A firm with a story."""
    with served(tmp_path_factory.mktemp("small")) as running:
        tell_a_story(running)
        yield running


def raw(client: httpx.Client, path: str, accepted: str, **headers: str) -> tuple[httpx.Response, bytes]:
    """An answer, and its body as it was sent."""
    with client.stream("GET", path, headers={**HTML, "Accept-Encoding": accepted, **headers}) as answer:
        return answer, b"".join(answer.iter_raw())


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", None), ("", None)],
)
def test_pages_and_lists_are_compressed_as_the_caller_accepts(firm: Served, accepted: str, encoding: str) -> None:
    visitor = Visitor(firm).client
    for path in ("/clients/halcyon-health", "/sign-in", "/api/v1/frameworks"):
        answer, body = raw(visitor, path, accepted)
        assert answer.headers.get("content-encoding") == encoding
        assert answer.headers["content-length"] == str(len(body))
        assert "accept-encoding" in answer.headers["vary"].lower()
        plain = DECODERS[encoding](body)
        assert len(plain) > (2 if encoding else 0) * len(body) * 0.9
        assert plain.startswith((b"<!doctype html>", b"{"))


def test_lines_that_are_streamed_are_compressed_and_whole(firm: Served) -> None:
    key = {"Authorization": f"Bearer {firm.admin.key}", "Accept": "application/x-ndjson"}
    _, plain = raw(firm.client, "/api/v1/events", "identity", **key)
    for encoding in ENCODINGS:
        answer, body = raw(firm.client, "/api/v1/events", encoding, **key)
        assert answer.headers["content-encoding"] == encoding
        assert DECODERS[encoding](body) == plain


@pytest.mark.parametrize("path", ["/api/v1/clients?format=xlsx", "/clients/halcyon-health/timeline.png"])
def test_what_is_compressed_already_is_sent_as_it_is(firm: Served, path: str) -> None:
    answer, _ = raw(Visitor(firm).client, path, "br, gzip", Accept="*/*")
    assert answer.status_code == 200
    assert "content-encoding" not in answer.headers


def test_a_strong_entity_tag_stands_for_the_same_bytes_and_is_taken_back(firm: Served) -> None:
    key = {"Authorization": f"Bearer {firm.admin.key}", "Accept": "application/json"}
    engagement = firm.admin.get("/clients/halcyon-health/engagements")["items"][0]["id"]
    path = f"/api/v1/engagements/{engagement}"
    answers = [raw(firm.client, path, accepted, **key) for accepted in ("br", "gzip", "identity")]
    assert len({(answer.headers["etag"], body) for answer, body in answers}) == 1
    tag = answers[0][0].headers["etag"]
    assert re.fullmatch(r'"\d+"', tag)
    milestone = {"kind": "deliverable_issued", "effective_on": "2025-07-01", "deliverable": "roadmap", "function": "ai"}
    sent = firm.client.post(f"{path}/milestones", json=milestone, headers={**key, "If-Match": tag})
    assert sent.status_code == 201


def test_another_site_learns_nothing_from_the_length_of_a_page(firm: Served) -> None:
    visitor = Visitor(firm).client
    for site in ("cross-site", "same-site"):
        answer, body = raw(visitor, "/clients?q=halcyon", "br, gzip", **{"Sec-Fetch-Site": site})
        assert "content-encoding" not in answer.headers
        assert body.startswith(b"<!doctype html>")


def test_head_tells_the_length_of_the_compressed_answer(firm: Served) -> None:
    for path in ("/sign-in", static_address("app.css")):
        _, body = raw(firm.client, path, "br")
        head = firm.client.head(path, headers={**HTML, "Accept-Encoding": "br"})
        assert (head.headers["content-length"], head.headers["content-encoding"]) == (str(len(body)), "br")


def test_every_static_file_has_an_address_that_browsers_keep_for_a_year(firm: Served) -> None:
    for path, file in static_files().items():
        if len(file.content) > 1_000_000:
            continue  # compressing the API explorer takes half a second
        for accepted in ("br", "gzip", "identity"):
            answer, body = raw(firm.client, static_address(path), accepted)
            encoding = answer.headers.get("content-encoding")
            assert answer.headers["cache-control"] == FOR_EVER
            assert DECODERS[encoding](body) == file.content
            assert encoding == (accepted if file.is_compressible and accepted != "identity" else None)
            assert ("vary" in answer.headers) == file.is_compressible
            assert answer.headers["content-type"] == file.media_type


def test_the_files_of_a_page_take_less_than_a_third_when_compressed(firm: Served) -> None:
    page = Visitor(firm).get("/clients/halcyon-health")
    addresses = set(re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"', page))
    assert len(addresses) >= 7
    plain, compressed = (
        sum(len(raw(firm.client, address, accepted)[1]) for address in addresses) for accepted in ("identity", "br")
    )
    assert compressed < plain / 3
    assert compressed < 32_000


def test_no_page_names_a_static_file_without_its_hash(firm: Served) -> None:
    visitor = Visitor(firm)
    hashed = {static_address(path) for path in static_files()}
    for path in ("/", "/clients/halcyon-health/assess", "/frameworks", "/sign-in", "/api/v1/docs", "/nowhere"):
        page = visitor.client.get(path).text
        named = set(re.findall(r"/static/[^\"' )]+", page))
        assert named
        assert named <= hashed, path


def test_the_files_that_a_style_sheet_names_are_hashed_too(firm: Served) -> None:
    hashed = {address.removeprefix("/static/") for address in map(static_address, static_files())}
    css = firm.client.get(static_address("app.css")).text
    named = re.findall(r"url\(([^)]+)\)", css)
    assert named
    assert set(named) <= hashed


def test_an_address_without_the_hash_is_revalidated(firm: Served) -> None:
    stale = static_address("app.css").replace(static_files()["app.css"].digest, "0" * 12)
    for path in ("/static/app.css", stale):
        tags = set()
        for accepted in ("br", "gzip", "identity"):
            answer, body = raw(firm.client, path, accepted)
            assert answer.headers["cache-control"] == "public, no-cache"
            tag = answer.headers["etag"]
            tags.add(tag)
            for sent in (tag, f"W/{tag}", f'"other", {tag}', "*"):
                again, nothing = raw(firm.client, path, accepted, **{"If-None-Match": sent})
                assert (again.status_code, nothing, again.headers["etag"]) == (304, b"", tag)
            changed, whole = raw(firm.client, path, accepted, **{"If-None-Match": '"other"'})
            assert (changed.status_code, whole) == (200, body)
        assert len(tags) == 3, "each encoding has its own bytes, and its own tag"


@pytest.mark.parametrize("path", ["nowhere.css", "app.000000000000.js.css", "../app.py", "%2e%2e/app.py", "vendor", ""])
def test_a_static_file_that_is_not_there_is_not_found(firm: Served, path: str) -> None:
    answer = firm.client.get(f"/static/{path}")
    assert answer.status_code == 404


def test_static_files_are_only_read(firm: Served) -> None:
    answer = firm.client.post("/static/app.css")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


@given(st.dictionaries(st.sampled_from([*ENCODINGS, "identity", "*", "zstd"]), st.integers(0, 1000)))
def test_an_encoding_is_accepted_by_its_weight(weights: dict[str, int]) -> None:
    accepted = ", ".join(f"{name};q={weight / 1000}" for name, weight in weights.items())
    chosen = preferred_encoding(accepted)
    ours = {encoding: weights.get(encoding, weights.get("*", 0)) for encoding in ENCODINGS}
    best = max(ours.values())
    if best == 0 or best < weights.get("identity", 0):
        assert chosen is None
    else:
        assert chosen == next(encoding for encoding in ENCODINGS if ours[encoding] == best)


def test_the_frameworks_are_still_json_under_any_encoding(firm: Served) -> None:
    key = {"Authorization": f"Bearer {firm.admin.key}", "Accept": "application/json"}
    bodies = {DECODERS[e](raw(firm.client, "/api/v1/frameworks", e or "identity", **key)[1]) for e in DECODERS}
    assert len(bodies) == 1
    json.loads(bodies.pop())
