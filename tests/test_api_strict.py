"""Bodies are read strictly: what two readers could understand differently is a small 4xx, everywhere the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_client import Served, served
from hypothesis import given
from hypothesis import strategies as st

from api.http.json_bodies import LARGEST_INTEGER, read_json
from api.http.problems import Problem

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-LARGEST_INTEGER, LARGEST_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0")), inner)
    ),
    max_leaves=20,
)

AS_JSON = {"Content-Type": "application/json"}

ODD = {
    "not a number": b'{"name": NaN}',
    "infinity": b'{"name": Infinity}',
    "infinity in disguise": b'{"name": 1e999}',
    "a name twice": b'{"name": "x", "name": "y"}',
    "half a surrogate pair": b'{"name": "\\ud800"}',
    "NUL": b'{"name": "\\u0000"}',
    "NUL in a name": b'{"na\\u0000me": 1}',
    "too large an integer": b'{"name": 9007199254740993}',
    "an endless integer": b'{"name": ' + b"9" * 100_000 + b"}",
    "too deep": b"[" * 33 + b"]" * 33,
    "far too deep": b"[" * 400_000,
    "not UTF-8": b'{"name": "\xff"}',
    "not JSON": b"{name: 1}",
    "two values": b"{} {}",
    "cut off": b'{"name": "x"',
}


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("strict")
    with served(folder) as running:
        yield running


@given(PLAIN)
def test_what_is_plain_is_read_as_it_was_written(value: Any) -> None:
    assert read_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize("body", ODD.values(), ids=ODD.keys())
def test_what_is_odd_is_refused(body: bytes) -> None:
    with pytest.raises(Problem) as refused:
        read_json(body)
    assert refused.value.status_code == 400


@pytest.mark.parametrize("body", ODD.values(), ids=ODD.keys())
def test_the_same_holds_over_http_and_says_little(firm: Served, body: bytes) -> None:
    answer = firm.admin.ask("POST", "/people", status=400, content=body, headers={"Content-Type": "application/json"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/malformed"
    assert len(answer.content) < 500


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "text/json"])
def test_a_body_that_is_not_called_json_is_not_taken(firm: Served, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = firm.admin.ask("POST", "/people", status=415, content=b'{"name": "x"}', headers=headers)
    assert answer.json()["type"] == "/problems/unsupported-media-type"


def test_a_large_body_is_refused_before_it_is_read(firm: Served) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(64):
            yield b" " * 100_000

    for content in (b" " * 1_000_001, endless()):
        answer = firm.admin.ask("POST", "/people", status=413, content=content, headers=AS_JSON)
        assert answer.json()["type"] == "/problems/body-too-large"
    firm.admin.ask("POST", "/people", status=400, content=b" " * 1_000_000, headers=AS_JSON)


ODD_FIELDS: dict[str, tuple[str, dict[str, Any], str]] = {
    "unknown": ("/people", {"name": "x", "employer": "firm", "recorded_by": "me"}, "recorded_by"),
    "missing": ("/people", {"name": "x"}, "employer"),
    "blank": ("/people", {"name": "  ", "employer": "firm"}, "name"),
    "a number for a text": ("/people", {"name": 1, "employer": "firm"}, "name"),
    "a text for a number": ("/clients", {"name": "x", "profile": {"headcount": "24"}}, "profile.headcount"),
    "a text for a flag": ("/clients", {"name": "x", "profile": {"regulated": "true"}}, "profile.regulated"),
    "money as a number": (
        "/clients",
        {"name": "x", "profile": {"annual_revenue": {"amount": 8500.0, "currency": "USD"}}},
        "profile.annual_revenue.amount",
    ),
    "money in small letters": (
        "/clients",
        {"name": "x", "profile": {"annual_revenue": {"amount": "8500.00", "currency": "usd"}}},
        "profile.annual_revenue.currency",
    ),
    "a slug with capitals": ("/clients", {"name": "x", "slug": "Acme"}, "slug"),
    "a slug like an id": ("/clients", {"name": "x", "slug": "0d3b2c4e-8a51-4f0e-9c07-2f6a1b7e4d10"}, "slug"),
    "a thirteenth month": ("/clients", {"name": "x", "fiscal_year_start_month": 13}, "fiscal_year_start_month"),
}


@pytest.mark.parametrize(("path", "body", "field"), ODD_FIELDS.values(), ids=ODD_FIELDS.keys())
def test_a_field_that_does_not_hold_what_it_must_is_named(
    firm: Served, path: str, body: dict[str, Any], field: str
) -> None:
    problem = firm.admin.post(path, body, status=422)
    assert problem["type"] == "/problems/invalid-fields"
    assert [error["field"] for error in problem["errors"]] == [field]


ODD_DAYS = [
    "2024-02-30",
    "0001-01-01",
    "9999-12-31",
    "2024-1-1",
    "2024-01-01T00:00:00",
    1704067200,
    None,
    "\u0662\u0660\u0662\u0664-01-01",
]


@pytest.mark.parametrize("day", ODD_DAYS)
def test_odd_dates_are_refused(firm: Served, day: object) -> None:
    body = {"effective_on": day, "headcount": 3}
    client = firm.admin.post("/clients", {"name": "Dated"})
    problem = firm.admin.post(f"/clients/{client['id']}/profile-changes", body, status=422)
    assert [error["field"] for error in problem["errors"]] == ["effective_on"]


def test_addresses_that_are_odd_are_small_4xx(firm: Served) -> None:
    assert firm.admin.ask("GET", "/clients?q=%00", status=400)
    assert firm.admin.ask("GET", "/clients/%00", status=400)
    assert firm.admin.ask("GET", "/engagements/not-an-id", status=404)
    assert firm.admin.ask("GET", "/clients?limit=0", status=422)
    assert firm.admin.ask("GET", "/clients?limit=501", status=422)
    assert firm.admin.ask("GET", "/clients?limit=99999999999999999999999", status=422)
    assert firm.admin.ask("GET", "/clients?as_of=0001-01-01", status=422)
    assert firm.admin.ask("GET", "/clients?known_at=2024-01-01", status=422)
    assert firm.admin.ask("GET", "/clients?known_at=2024-01-01T00:00:00Z")
    assert firm.admin.ask("GET", "/clients?known_at=2024-01-01T00:00:00+02:00")
    assert firm.admin.ask("GET", "/reports/structure-mix?from=1900-Q1&to=2199-Q4", status=422)
    assert firm.admin.ask("GET", "/reports/structure-mix?from=FY2025-Q1", status=422)


@pytest.mark.parametrize("offset", ["+24:00", "-99:00", "+05:60"])
def test_an_offset_that_no_clock_has_is_refused_in_the_words_of_the_others(firm: Served, offset: str) -> None:
    asked = {"known_at": f"2026-01-01T00:00:00{offset}"}
    problem = firm.admin.ask("GET", "/clients", params=asked, status=422).json()
    assert problem["errors"] == [
        {"field": "known_at", "message": "must be an instant like 2026-03-31T09:30:00.000000Z"}
    ]
