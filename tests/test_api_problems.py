"""Every refusal has a type, a title and a status, and a page that says what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from api_client import Served, served

from api.http.error_handlers import as_problem
from api.http.problems import kebab, problem_of, problem_types, refusal_type, refusals
from domain.application import TooBusy
from domain.errors import AlreadySplit, InvalidField, Refusal, SlugTaken, UnknownClient, UnknownConflict
from domain.unit_of_work import VersionConflict
from projections.log import ClockAhead, DiskFull, LogUnavailable
from projections.views import NotCaughtUp


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("problems")) as running:
        yield running


@pytest.mark.parametrize(
    ("fault", "slug", "status"),
    [
        (AlreadySplit(), "already-split", 409),
        (UnknownConflict(), "unknown-conflict", 409),
        (SlugTaken(), "slug-taken", 409),
        (UnknownClient("with words of its own"), "unknown-client", 404),
        (InvalidField("seat.holder", "must be somebody"), "invalid-fields", 422),
        (VersionConflict(7), "version-conflict", 412),
        (TooBusy(), "too-busy", 503),
        (NotCaughtUp(3, 2), "not-caught-up", 503),
        (LogUnavailable("x"), "unavailable", 503),
        (DiskFull("x"), "disk-full", 507),
        (ClockAhead(datetime(2036, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)), "clock-ahead", 503),
        (ZeroDivisionError("a secret"), "internal", 500),
    ],
)
def test_a_fault_becomes_a_problem(fault: Exception, slug: str, status: int) -> None:
    problem = as_problem(fault)
    assert (problem.body()["type"], problem.status_code) == (f"/problems/{slug}", status)
    assert ("Retry-After" in (problem.headers or {})) == (status == 503)
    assert "secret" not in problem.encoded().decode()


def test_a_refusal_keeps_its_own_words_but_what_is_unknown_reads_the_same() -> None:
    assert problem_of(SlugTaken("Another client has 'acme'.")).body()["detail"] == "Another client has 'acme'."
    assert problem_of(UnknownClient("client 17")).encoded() == problem_of(UnknownClient()).encoded()


def test_a_field_is_named_and_a_version_is_told() -> None:
    assert as_problem(InvalidField("a.b", "is wrong")).body()["errors"] == [{"field": "a.b", "message": "is wrong"}]
    assert as_problem(VersionConflict(7)).body()["version"] == 7


def every_refusal(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    for word in kind.__subclasses__():
        yield word
        yield from every_refusal(word)


def test_no_refusal_is_without_a_page(firm: Served) -> None:
    documented = problem_types()
    assert {refusal_type(word) for word in refusals()} <= set(documented.values())
    for word in every_refusal():
        if not word.__subclasses__():
            assert refusal_type(word).slug in documented, word
    for slug, kind in documented.items():
        shown = firm.client.get(f"/problems/{slug}")
        assert (shown.status_code, shown.json()["status"]) == (200, kind.status)
        page = firm.client.get(f"/problems/{slug}", headers={"Accept": "text/html"})
        assert kind.title.replace("'", "&#x27;") in page.text
    assert firm.client.get("/problems/nonsense").status_code == 404


def test_slugs_are_words_joined_by_hyphens() -> None:
    assert kebab("TransitionedToFullTime") == "transitioned-to-full-time"


def test_a_method_that_is_not_taken_says_which_are(firm: Served) -> None:
    answer = firm.admin.ask("DELETE", "/people", status=405)
    assert set(answer.headers["allow"].split(", ")) >= {"GET", "POST"}
    assert answer.json()["type"] == "/problems/method-not-allowed"


def test_what_is_nowhere_is_a_problem_too(firm: Served) -> None:
    assert firm.admin.ask("GET", "/nowhere", status=404).json()["type"] == "/problems/not-found"
