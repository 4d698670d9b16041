"""The firm's settings, its time zone and its public address, over HTTP."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from api_client import Served, served
from browsing import Visitor
from hypothesis import given
from hypothesis import strategies as st

from api.context import AppContext
from api.schemas.firm import NOT_AN_ORIGIN, as_origin, time_zones
from api.schemas.logo import Logo, logo_of, parse_logo
from api.state.roles import Role
from web.forms import end_of
from web.pages.time_params import known_text

DEFAULTS: dict[str, Any] = {
    "firm_name": None,
    "fiscal_year_start_month": 1,
    "time_zone": "UTC",
    "public_address": None,
    "currency": "USD",
    "logo": None,
    "fixed": [],
}


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("settings")) as running:
        yield running


@pytest.fixture(autouse=True)
def reset(firm: Served) -> Iterator[None]:
    yield
    unset = {name: value for name, value in DEFAULTS.items() if name != "fixed"}
    firm.admin.ask("PATCH", "/settings", unset)


def set_on(firm: Served, **settings: object) -> None:
    firm.admin.ask("PATCH", "/settings", settings)


def test_settings_are_kept_versioned_and_audited(firm: Served) -> None:
    answer = firm.admin.ask("GET", "/settings")
    assert answer.json() == DEFAULTS
    tag = answer.headers["ETag"]
    wanted = {"firm_name": "Two Hats", "fiscal_year_start_month": 7, "time_zone": "Europe/Berlin", "currency": "EUR"}
    changed = firm.admin.ask("PATCH", "/settings", wanted, headers={"If-Match": tag})
    assert changed.json() == {**DEFAULTS, **wanted}
    assert changed.headers["ETag"] != tag
    assert firm.admin.ask("GET", "/settings").headers["ETag"] == changed.headers["ETag"]
    firm.admin.ask("PATCH", "/settings", {"firm_name": "Late"}, status=412, headers={"If-Match": tag})
    firm.admin.ask("PATCH", "/settings", {"firm_name": None})
    assert firm.admin.get("/settings")["firm_name"] is None
    acts = firm.admin.get("/audit?limit=10")["items"]
    assert next(act["detail"] for act in acts if "settings.changed" in act.values()) == {"fields": ["firm_name"]}


def test_only_an_admin_of_all_clients_changes_settings(firm: Served) -> None:
    for caller in (firm.caller(Role.VIEWER), firm.caller(Role.RECORDER), firm.caller(Role.ADMIN, set())):
        caller.ask("PATCH", "/settings", {"currency": "EUR"}, status=403)
        assert caller.get("/settings")["currency"] == "USD"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../etc/passwd"),
        ("time_zone", None),
        ("fiscal_year_start_month", 13),
        ("fiscal_year_start_month", "7"),
        ("currency", "ABC"),
        ("currency", "eur"),
        ("public_address", "ftp://example.org"),
        ("public_address", "https://example.org/path"),
        ("logo", "<svg/>"),
        ("logo", "data:image/svg+xml;base64,PHN2Zy8+"),
        ("logo", "PHN2Zy8+"),
        ("logo", ""),
        ("logo", "https://example.org/logo.png"),
        ("firm_name", " "),
        ("name", "x"),
    ],
)
def test_what_is_no_setting_is_refused_by_its_name(firm: Served, field: str, value: object) -> None:
    problem = firm.admin.ask("PATCH", "/settings", {field: value}, status=422).json()
    assert [error["field"] for error in problem["errors"]] == [field]


def test_what_the_environment_fixes_is_named_and_not_changed(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATLINE_TIME_ZONE", "Asia/Tokyo")
    monkeypatch.setenv("SEATLINE_PUBLIC_ADDRESS", "https://Seatline.Example.org/")
    with served(data_dir) as running:
        settings = running.admin.get("/settings")
        assert settings["fixed"] == ["public_address", "time_zone"]
        assert (settings["time_zone"], settings["public_address"]) == ("Asia/Tokyo", "https://seatline.example.org")
        problem = running.admin.ask("PATCH", "/settings", {"time_zone": "UTC", "currency": "EUR"}, status=409).json()
        assert problem["type"] == "/problems/setting-fixed"
        assert "SEATLINE_TIME_ZONE" in problem["detail"]
        assert running.admin.get("/settings")["currency"] == "USD"
        assert running.context.today() == running.context.day_of(running.context.now())


def test_a_change_on_one_server_holds_on_another(firm: Served) -> None:
    other = AppContext(firm.context.log, firm.context.views)
    set_on(firm, fiscal_year_start_month=4)
    assert other.fiscal_year_start_month == 1
    other.refresh_settings()
    assert other.fiscal_year_start_month == firm.context.fiscal_year_start_month == 4


def test_quarters_follow_the_fiscal_year_at_once(firm: Served) -> None:
    for month, label in ((1, "2026-Q1"), (7, "FY2026-Q3")):
        set_on(firm, fiscal_year_start_month=month)
        answer = firm.admin.get("/reports/structure-mix?as_of=2026-02-01")
        assert answer["parameters"]["to"] == label


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("America/Los_Angeles", "2026-03-10T01:30:00Z", date(2026, 3, 9)),  # half past six in the evening
        ("Pacific/Kiritimati", "2026-03-09T10:00:00Z", date(2026, 3, 10)),
        ("Pacific/Pago_Pago", "2026-03-10T10:59:59Z", date(2026, 3, 9)),
        ("UTC", "2026-03-10T00:00:00Z", date(2026, 3, 10)),
    ],
)
def test_today_is_the_date_in_the_firms_time_zone(firm: Served, zone: str, instant: str, day: date) -> None:
    client = firm.admin.post("/clients", {"name": f"Client in {zone}"})["id"]
    engagement = firm.admin.post(f"/clients/{client}/engagements", {"name": "Letter", "started_on": "2026-03-10"})["id"]
    set_on(firm, time_zone=zone)
    with time_machine.travel(datetime.fromisoformat(instant), tick=False):
        assert firm.context.today() == day
        timeline = firm.admin.get(f"/clients/{client}/timeline")
        assert timeline["as_of"] == day.isoformat()
        assert firm.admin.get("/reports/plan")["parameters"]["as_of"] == day.isoformat()
        is_plan = day < date(2026, 3, 10)
        assert [span["planned"] for span in timeline["structure_spans"]] == [is_plan]
        assert firm.admin.get(f"/clients/{client}")["status"] == ("prospect" if is_plan else "active")
    assert engagement


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "localhost:1", "a b", "[", "x@y"])
def test_links_never_use_the_host_that_a_caller_claims(firm: Served, host: str) -> None:
    given: dict[str, Any] = {
        "headers": {"Host": host, "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    }
    link = firm.admin.ask(
        "POST", "/users", {"name": "Noor", "role": "viewer", "email": f"noor{abs(hash(host))}@example.org"}, **given
    ).json()["link"]
    assert link["url"].startswith("http://testserver/sign-in/")
    client = firm.admin.post("/clients", {"name": "Shared"})["id"]
    body = {"client": client, "expires_at": "2099-01-01T00:00:00Z"}
    assert firm.admin.ask("POST", "/share-links", body, **given).json()["url"].startswith("http://testserver/")


def test_links_use_the_public_address(firm: Served) -> None:
    set_on(firm, public_address="https://seatline.example.org")
    link = firm.admin.post("/users", {"email": "noor@example.org", "name": "Noor", "role": "viewer"})["link"]
    assert link["url"].startswith("https://seatline.example.org/sign-in/")


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://Seatline.Example.org/", "https://seatline.example.org"),
        ("https://seatline.example.org:443", "https://seatline.example.org"),
        ("http://10.0.0.5:8000", "http://10.0.0.5:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://straße.de", "https://xn--strae-oqa.de"),
    ],
)
def test_an_origin_is_written_in_one_way(text: str, origin: str) -> None:
    assert as_origin(text) == origin
    assert as_origin(origin) == origin


@pytest.mark.parametrize(
    "text",
    [
        "seatline.example.org",
        "//seatline.example.org",
        "https://",
        "https://u:p@example.org",
        "https://example.org?",
        "https://example.org#x",
        "https://example.org:port",
        "https://exa mple.org",
        "https://example.org\\@evil.example",
        "javascript://example.org",
        "https://-.org",
        "https://seat\u200bline.example.org",
        "https://seat\u00adline.example.org",
    ],
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=NOT_AN_ORIGIN):
        as_origin(text)


@given(st.text(max_size=60))
def test_no_text_makes_an_origin_that_changes_when_it_is_read_again(text: str) -> None:
    try:
        origin = as_origin(f"https://{text}")
    except ValueError:
        return
    assert as_origin(origin) == origin
    assert not set(origin) & set(" @\\?#<>\"'")


def test_the_time_zones_of_the_world_are_there() -> None:
    assert {"UTC", "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kolkata"} <= time_zones()


def test_the_settings_page_warns_until_a_public_address_is_set_and_saves_what_is_typed(firm: Served) -> None:
    browser = Visitor(firm)
    assert "No public address is set." in browser.get("/settings")
    typed = {
        "firm_name": "Two Hats",
        "fiscal_year_start_month": "4",
        "time_zone": "Asia/Kolkata",
        "public_address": "https://seatline.example.org/",
        "currency": "inr",
    }
    page = browser.fill("/settings/firm", {**typed, "time_zone": "Nowhere"}, 422)
    assert "IANA time zone" in page
    page = browser.fill("/settings/firm", typed)
    assert "No public address is set." not in page
    for words in ("Two Hats", "April", "Asia/Kolkata", "https://seatline.example.org", "INR"):
        assert words in page
    firm_settings = firm.admin.get("/settings")
    assert (firm_settings["currency"], firm_settings["fiscal_year_start_month"]) == ("INR", 4)
    assert 'value="INR"' in browser.get("/clients/new")
    browser.fill("/settings/firm", {**typed, "public_address": "", "firm_name": ""})
    assert firm.admin.get("/settings")["public_address"] is None


def test_a_day_of_knowledge_on_a_page_ends_at_the_firms_midnight(firm: Served) -> None:
    set_on(firm, time_zone="America/Los_Angeles")
    with time_machine.travel(datetime.fromisoformat("2026-03-10T02:30:00Z"), tick=False):
        assert (at := firm.context.now()) <= end_of(firm.context.today(), firm.context.firm.zone)
        assert known_text(end_of(date(2026, 3, 9), firm.context.firm.zone), firm.context.firm.zone) == "2026-03-09"
        assert end_of(date(2026, 3, 9), firm.context.firm.zone) == datetime.fromisoformat("2026-03-10T06:59:59.999999Z")
        assert at > end_of(date(2026, 3, 9))
    browser = Visitor(firm)
    for zone in ("Pacific/Kiritimati", "America/Los_Angeles"):
        set_on(firm, time_zone=zone)
        for odd in ("0001-01-01", "9999-12-31", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
            assert browser.client.get("/clients", params={"known_at": odd}).status_code in (200, 422)


def png(width: int, height: int) -> bytes:
    """A grey picture."""
    rows = zlib.compress(b"".join(b"\0" + b"\x80" * width for _ in range(height)))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", rows), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


JPEG = b"\xff\xd8\xff\xe0\x00\x04JF\xff\xc0\x00\x0b\x08\x00\x10\x00\x20\x01\x01\x11\x00\xff\xda\x00\x02xx\xff\xd9"
WEBP = b"RIFF\x1a\x00\x00\x00WEBPVP8 \x0e\x00\x00\x00\x30\x01\x00\x9d\x01\x2a\x20\x00\x10\x00" + b"x" * 4


def test_a_logo_is_shown_to_everyone_at_an_address_with_its_hash(firm: Served) -> None:
    content = png(32, 16)
    encoded = base64.b64encode(content).decode()
    before = firm.admin.ask("GET", "/settings").headers["ETag"]
    answer = firm.admin.ask("PATCH", "/settings", {"logo": encoded})
    assert answer.json()["logo"] == f"data:image/png;base64,{encoded}" == firm.admin.get("/settings")["logo"]
    assert answer.headers["ETag"] != before
    again = firm.admin.ask("PATCH", "/settings", {"logo": answer.json()["logo"]})
    assert again.headers["ETag"] == answer.headers["ETag"]
    old = f"/logo/{firm.context.firm.logo}"
    shown = firm.client.get(old)
    assert (shown.content, shown.headers["content-type"]) == (content, "image/png")
    assert (shown.headers["x-content-type-options"], "immutable" in shown.headers["cache-control"]) == ("nosniff", True)
    set_on(firm, logo=base64.b64encode(png(16, 16)).decode())
    assert firm.client.get(old).status_code == 404
    set_on(firm, logo=None)
    assert firm.admin.get("/settings")["logo"] is None
    assert firm.context.firm.logo is None


def test_the_type_of_a_logo_follows_from_its_content() -> None:
    for content, media_type in ((png(1, 1), "image/png"), (JPEG, "image/jpeg"), (WEBP, "image/webp")):
        assert parse_logo(f"data:image/png;base64,{base64.b64encode(content).decode()}") == Logo(media_type, content)


@pytest.mark.parametrize("content", [png(3, 3), JPEG, WEBP])
def test_a_logo_that_is_cut_off_or_followed_by_something_else_is_refused(content: bytes) -> None:
    for size in range(len(content)):
        with pytest.raises(ValueError, match="must be a PNG, JPEG or WebP"):
            logo_of(content[:size])
    with pytest.raises(ValueError, match="must be a PNG, JPEG or WebP"):
        logo_of(content + b"<script>")


@given(st.binary(max_size=80), st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\x10\0\0\0WEBP", b""]))
def test_no_content_of_a_logo_is_read_past_its_end(content: bytes, start: bytes) -> None:
    with suppress(ValueError):
        logo_of(start + content)


def test_a_large_logo_is_refused() -> None:
    for content in (png(2001, 1), b"\x89PNG\r\n\x1a\n" + b"x" * 262_144):
        with pytest.raises(ValueError, match="at most 256 KB and 2000 pixels"):
            logo_of(content)


def test_the_page_of_the_logo_takes_a_picture_and_says_what_is_wrong_with_another(firm: Served) -> None:
    browser = Visitor(firm)

    def send(content: bytes, status: int) -> str:
        form = browser.get("/settings/logo")
        form_id = re.search(r'name="form_id" value="([^"]+)"', form)
        assert form_id is not None
        answer = browser.client.post(
            "/settings/logo", data={"form_id": form_id[1]}, files={"logo": ("a.png", content, "image/png")}
        )
        assert answer.status_code == status
        return str(answer.text)

    assert "Must be a PNG, JPEG or WebP picture" in send(b"<svg/>", 422)
    assert "Choose a file" in send(b"", 422)
    address = re.search(r'src="(/logo/[^"]+)"', send(png(8, 8), 200))
    assert address is not None
    assert browser.client.get(address[1]).content == png(8, 8)
    client = firm.admin.post("/clients", {"name": "Seen by outsiders"})["id"]
    set_on(firm, firm_name="Two Hats & Partners")
    link = firm.admin.post("/share-links", {"client": client, "expires_at": "2099-01-01T00:00:00Z"})["url"]
    shared = firm.client.get(link).text
    assert address[1] in shared
    assert "Two Hats &amp; Partners" in shared
    browser.send("/settings/logo/remove", {})
    assert firm.admin.get("/settings")["logo"] is None
