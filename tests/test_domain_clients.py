"""Clients: their slugs, their profile's changes, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from examples import examples
from firm import FIRST, HALCYON, Firm
from hypothesis import given as supposing
from hypothesis import strategies as st
from story import DANA, IRIS, day, named

from domain.areas import SIGNS, sign_title
from domain.client import LONGEST_SLUG, Client, Slug, is_uuid, overlap, overlap_refusal, slug_from
from domain.decisions import Bounds
from domain.errors import (
    ClientHasEngagements,
    EngagementStillOpen,
    InvalidField,
    NothingToChange,
    SlugTaken,
    UnknownClient,
)
from domain.text import UncleanText, clean_name
from domain.unit_of_work import UnitOfWork


@pytest.fixture
def firm() -> Firm:
    """A firm with one client."""
    firm = Firm()
    firm.register()
    return firm


def test_a_client_is_registered_together_with_its_slug(firm: Firm) -> None:
    assert firm.client().slug == "halcyon-health"
    assert sorted(firm.recorded()) == ["Client.Created", "Slug.Created"]


def test_a_second_client_of_the_same_name_gets_a_slug_of_its_own(firm: Firm) -> None:
    use_case: Callable[[UnitOfWork], Client] = lambda unit: unit.register_client(  # noqa: E731
        named("another"), "Halcyon  Health!", None, {}, None, recorded_by=DANA
    )
    assert firm.run(use_case).value.slug == "halcyon-health-2"


def test_a_slug_that_is_asked_for_and_taken_is_refused(firm: Firm) -> None:
    before = firm.recorded()
    with pytest.raises(SlugTaken):
        firm.register("Another", slug="halcyon-health")
    assert firm.recorded() == before


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Marlowe & Finch", "marlowe-finch"),
        ("Café Zürich", "cafe-zurich"),
        ("東京", "client"),
        ("a" * 200, "a" * 74),
        (f"{'a' * 73} b", "a" * 73),
        ("00000000-0000-0000-0000-000000000001", "client-00000000-0000-0000-0000-000000000001"),
    ],
)
def test_a_slug_is_made_from_the_name(name: str, slug: str) -> None:
    assert slug_from(name) == slug


@examples(50)
@supposing(name=st.text(min_size=1, max_size=100))
def test_every_name_gives_a_slug_that_is_allowed(name: str) -> None:
    slug = slug_from(name)
    assert not is_uuid(slug)
    with suppress(UncleanText):
        clean_name(name)
        assert Client.register(HALCYON, name, slug, {}, None, recorded_by=DANA).slug == slug


@pytest.mark.parametrize(
    ("name", "slug", "month", "field"),
    [
        (" ", None, None, "name"),
        ("x", "Big Letters", None, "slug"),
        ("x", "-x", None, "slug"),
        ("x", "x" * 81, None, "slug"),
        ("x", "123e4567-e89b-12d3-a456-426614174000", None, "slug"),
        ("x", None, 13, "fiscal_year_start_month"),
        ("x", None, 0, "fiscal_year_start_month"),
    ],
)
def test_a_client_that_is_wrong_by_itself_is_refused(
    name: str, slug: str | None, month: int | None, field: str
) -> None:
    firm = Firm()
    with pytest.raises(InvalidField) as caught:
        firm.run(lambda unit: unit.register_client(named("x"), name, slug, {}, month, recorded_by=DANA))
    assert caught.value.field == field
    assert firm.recorded() == []


def test_a_profile_change_names_something(firm: Firm) -> None:
    firm.run(
        lambda unit: unit.client(HALCYON).change_profile(day("2024-05-01"), None, {"headcount": 30}, recorded_by=IRIS)
    )
    firm.run(lambda unit: unit.client(HALCYON).change_profile(day("2024-06-01"), "Halcyon", {}, recorded_by=IRIS))
    assert firm.recorded()[-2:] == ["Client.ProfileChanged", "Client.ProfileChanged"]
    with pytest.raises(NothingToChange):
        firm.run(lambda unit: unit.client(HALCYON).change_profile(day("2024-06-01"), None, {}, recorded_by=IRIS))
    with pytest.raises(InvalidField):
        firm.run(
            lambda unit: unit.client(HALCYON).change_profile(
                day("1624-06-01"), None, {"headcount": 1}, recorded_by=IRIS
            )
        )


def test_a_slug_belongs_to_its_client() -> None:
    slug = Slug.take("halcyon-health", HALCYON, recorded_by=DANA)
    assert slug.client == HALCYON
    event: Any = slug.pending_events[-1]
    assert (event.client, event.recorded_by) == (HALCYON, DANA)


def registered(slug: str = "halcyon", month: int | None = None) -> Client:
    return Client.register(named("new"), "Halcyon", slug, {"headcount": 24}, month, recorded_by=DANA)


@pytest.mark.parametrize(
    ("slug", "month", "refusal"),
    [
        ("a" * (LONGEST_SLUG + 1), None, ("slug", "must be lower-case letters and digits, in words joined by hyphens")),
        ("Halcyon", None, ("slug", "must be lower-case letters and digits, in words joined by hyphens")),
        (str(DANA), None, ("slug", "must not look like an id")),
        ("halcyon", 0, ("fiscal_year_start_month", "must be a month from 1 to 12")),
        ("halcyon", 13, ("fiscal_year_start_month", "must be a month from 1 to 12")),
    ],
)
def test_a_slug_or_month_that_does_not_fit_is_refused_by_name(
    slug: str, month: int | None, refusal: tuple[str, str]
) -> None:
    with pytest.raises(InvalidField) as caught:
        registered(slug, month)
    assert (caught.value.field, caught.value.message) == refusal


@pytest.mark.parametrize("month", [1, 12, None])
def test_a_client_is_registered_with_what_is_known_of_it(month: int | None) -> None:
    client = registered("a" * LONGEST_SLUG, month)
    event: Any = client.pending_events[-1]
    assert (event.slug, event.profile) == ("a" * LONGEST_SLUG, {"headcount": 24})
    assert (event.fiscal_year_start_month, event.recorded_by) == (month, DANA)


def test_a_change_of_a_profile_names_what_is_wrong_with_it() -> None:
    client = registered()
    with pytest.raises(NothingToChange, match=r"^A profile change names at least one field\.$"):
        client.change_profile(day("2026-01-01"), None, {}, recorded_by=DANA)
    for on, name, field in ((day("1800-01-01"), "Halcyon", "effective_on"), (day("2026-01-01"), " ", "name")):
        with pytest.raises(InvalidField) as caught:
            client.change_profile(on, name, {}, recorded_by=DANA)
        assert caught.value.field == field
    client.change_profile(day("2026-01-01"), "Halcyon Health", {}, recorded_by=IRIS)
    event: Any = client.pending_events[-1]
    assert (event.name, event.recorded_by) == ("Halcyon Health", IRIS)


@pytest.mark.parametrize(
    ("sign", "title"),
    [("A07", SIGNS["A07"]), ("no_time-for_ai", "No time for ai"), ("-", "-"), ("__", "__"), ("x", "X")],
)
def test_a_sign_has_the_title_of_a_named_one_or_the_words_of_its_slug(sign: str, title: str) -> None:
    assert sign_title(sign) == title


def test_a_client_with_engagements_is_not_retracted_and_is_told_how_many_it_has(firm: Firm) -> None:
    firm.opens(FIRST, "2024-01-15")
    with pytest.raises(ClientHasEngagements, match=r"^The client has one engagement; retract it first\.$"):
        firm.run(lambda unit: unit.retract_client(HALCYON, "by mistake", recorded_by=DANA))
    client = firm.client()
    with pytest.raises(ClientHasEngagements, match=r"^The client has 2 engagements; retract them first\.$"):
        client.retract("by mistake", recorded_by=DANA, engagements=(FIRST, named("one not settled yet")))
    firm.run(lambda unit: unit.retract_engagement(FIRST, "by mistake", recorded_by=DANA))
    firm.run(lambda unit: unit.retract_client(HALCYON, "by mistake", recorded_by=DANA))
    with pytest.raises(UnknownClient):
        firm.client()


JANUARY, MARCH, JUNE = day("2024-01-15"), day("2024-03-01"), day("2024-06-01")


@pytest.mark.parametrize(
    ("one", "other", "do"),
    [
        (Bounds(JANUARY, MARCH), Bounds(MARCH, None), False),
        (Bounds(JANUARY, MARCH), Bounds(MARCH, JUNE), False),
        (Bounds(JANUARY, JUNE), Bounds(MARCH, None), True),
        (Bounds(JANUARY, None), Bounds(MARCH, JUNE), True),
        (Bounds(MARCH, MARCH), Bounds(MARCH, None), False),
        (Bounds(MARCH, MARCH), Bounds(MARCH, JUNE), False),
        (Bounds(MARCH, MARCH), Bounds(MARCH, MARCH), False),
        (Bounds(MARCH, MARCH), Bounds(JANUARY, JUNE), True),
        (Bounds(MARCH, JUNE), Bounds(MARCH, None), True),
    ],
)
def test_engagements_overlap_that_share_a_day_but_not_if_one_closes_as_the_other_opens(
    one: Bounds, other: Bounds, *, do: bool
) -> None:
    assert overlap(one, other) is overlap(other, one) is do


@pytest.mark.parametrize(
    ("bounds", "other", "is_new", "detail"),
    [
        (
            Bounds(MARCH, JUNE),
            Bounds(JANUARY, MARCH),
            True,
            "Another engagement runs from 15 Jan 2024 until 1 Mar 2024.",
        ),
        (Bounds(MARCH, None), Bounds(JANUARY, None), True, "The engagement that started on 15 Jan 2024 is still open."),
        (Bounds(JANUARY, None), Bounds(MARCH, None), True, "The engagement that started on 1 Mar 2024 is still open."),
        (Bounds(MARCH, JUNE), Bounds(MARCH, None), True, "The engagement that started on 1 Mar 2024 is still open."),
        (
            Bounds(JANUARY, JUNE),
            Bounds(MARCH, None),
            True,
            "Another engagement runs from 1 Mar 2024 and is still open.",
        ),
        (
            Bounds(MARCH, None),
            Bounds(JANUARY, None),
            False,
            "Another engagement runs from 15 Jan 2024 and is still open.",
        ),
    ],
)
def test_a_refusal_of_overlapping_engagements_names_the_days_of_the_other_one(
    bounds: Bounds, other: Bounds, *, is_new: bool, detail: str
) -> None:
    refusal = overlap_refusal(bounds, other, is_new=is_new)
    assert refusal.detail == detail
    assert isinstance(refusal, EngagementStillOpen) == detail.startswith("The engagement that")
