"""Clients: their slugs, their profile's changes, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from examples import examples
from firm import HALCYON, Firm
from hypothesis import given as supposing
from hypothesis import strategies as st
from story import DANA, IRIS, day, named

from domain.client import Client, Slug, is_uuid, slug_from
from domain.errors import InvalidField, NothingToChange, SlugTaken
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
