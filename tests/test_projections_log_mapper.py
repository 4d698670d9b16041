"""What is recorded can always be read again: today's events, those of past versions, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import pytest
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import StoredEvent
from golden_events import EVENTS, RECORDED_AT, STREAM, event
from hypothesis import given
from hypothesis import strategies as st

from domain.client import Client, Slug
from domain.decisions import Change, Corrected, Logged, Retracted
from domain.engagement import Engagement
from domain.kinds.engagement import Opened
from domain.milestones import DETAILS, Kind, Milestone, Precision
from projections.log import Event, Undecodable, UnknownTopic
from projections.log.mapper import EventMapper
from projections.log.payloads import PAYLOADS, Payload, details_reader

GOLDEN = Path(__file__).parent / "golden"
MAPPER = EventMapper()

texts = st.text(max_size=20)
days = st.dates(date(1900, 1, 1), date(2199, 12, 31))
decimals = st.decimals(allow_nan=False, allow_infinity=False)
instants = st.datetimes(datetime(1970, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
json_objects = st.dictionaries(texts, json_values, max_size=4)


PLAIN: Mapping[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    date: days,
    Decimal: decimals,
    str: texts,
    UUID: st.uuids(),
    type(None): st.none(),
}


def values_of(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Anything that the fields of a dataclass may hold."""
    hints = get_type_hints(kind)
    return st.builds(kind, **{field.name: values_for(hints[field.name]) for field in fields(kind)})


def values_for(hint: Any) -> st.SearchStrategy[Any]:
    if hint in PLAIN:
        return PLAIN[hint]
    if get_origin(hint) in (Union, UnionType):
        return st.one_of(*map(values_for, get_args(hint)))
    if get_origin(hint) is tuple:
        return st.lists(values_for(get_args(hint)[0]), max_size=3).map(tuple)
    if get_origin(hint) is Mapping:
        return json_objects
    return st.sampled_from(hint) if issubclass(hint, Enum) else values_of(hint)


details = st.sampled_from(sorted(DETAILS)).flatmap(lambda kind: values_of(DETAILS[kind]))
milestones = st.builds(
    Milestone,
    st.uuids(),
    st.integers(0, 10_000),
    days,
    details,
    st.sampled_from(Precision),
    st.none() | texts,
    st.lists(texts, max_size=3).map(tuple),
    st.none() | days,
)
changes: st.SearchStrategy[Change] = st.one_of(
    st.builds(Logged, milestones),
    st.builds(Corrected, milestones, texts),
    st.builds(Retracted, st.uuids(), texts, st.lists(texts, max_size=3).map(tuple)),
)

events: st.SearchStrategy[Event] = st.one_of(
    st.builds(event, st.just(Engagement.Created), client=st.uuids(), logged=milestones.map(Logged)),
    st.builds(
        event,
        st.just(Engagement.OpenedWithMilestones),
        client=st.uuids(),
        logged=milestones.map(Logged),
        further=st.lists(milestones.map(Logged), max_size=3).map(tuple),
    ),
    st.builds(event, st.just(Engagement.EngagementRetracted), reason=texts),
    st.builds(event, st.just(Client.EngagementRetracted), engagement=st.uuids()),
    st.builds(event, st.just(Client.ClientRetracted), reason=texts),
    st.builds(event, st.just(Engagement.MilestoneLogged), logged=milestones.map(Logged)),
    st.builds(event, st.just(Engagement.MilestoneCorrected), corrected=st.builds(Corrected, milestones, texts)),
    st.builds(event, st.just(Engagement.MilestoneRetracted), retracted=st.builds(Retracted, st.uuids(), texts)),
    st.builds(
        event,
        st.just(Engagement.MilestonesChanged),
        made=st.lists(changes, max_size=4).map(tuple),
        reason=st.none() | texts,
    ),
    st.builds(
        event,
        st.just(Client.Created),
        name=texts,
        slug=texts,
        profile=json_objects,
        fiscal_year_start_month=st.none() | st.integers(1, 12),
    ),
    st.builds(event, st.just(Client.ProfileChanged), effective_on=days, name=st.none() | texts, profile=json_objects),
    st.builds(
        event, st.just(Client.EngagementBounded), engagement=st.uuids(), started_on=days, closed_on=st.none() | days
    ),
    st.builds(event, st.just(Slug.Created), client=st.uuids()),
)


def stored(topic: str, state: bytes) -> StoredEvent:
    return StoredEvent(STREAM, 2, topic, state)


@given(events)
def test_every_event_comes_back_as_it_was_recorded(event: Event) -> None:
    back = MAPPER.to_domain_event(MAPPER.to_stored_event(event))
    assert back == event
    assert repr(back) == repr(event)  # 20.0 is not 20.00, and a tuple is not a list


@given(events, instants)
def test_the_log_says_when_an_event_was_recorded(event: Event, at: datetime) -> None:
    noted = MAPPER.notification(event, at, 5)
    back = MAPPER.to_domain_event(noted)
    assert back.timestamp == at
    assert back.timestamp.utcoffset() == timedelta(0)
    assert noted.id == 5


def test_every_event_class_of_the_domain_has_a_place_in_the_log() -> None:
    event_classes = {payload.event for payload in PAYLOADS}
    for aggregate in (Engagement, Client, Slug):
        events = {
            kind for kind in vars(aggregate).values() if isinstance(kind, type) and issubclass(kind, Aggregate.Event)
        }
        assert aggregate.Created in events
        assert event_classes.issuperset(events - {aggregate.Event})


def versions_in(state: dict[str, Any]) -> tuple[int, int]:
    """The version of the event's class, and that of the details of the kind that it holds."""
    milestone = state.get("milestone")
    details = milestone.get("details_version", 1) if isinstance(milestone, dict) else 1
    return state.get("class_version", 1), details


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_what_was_recorded_once_reads_for_ever(path: Path) -> None:
    name, _, _ = path.stem.rpartition(".v")
    expected = EVENTS[name]
    stored = MAPPER.to_stored_event(expected)
    written = path.read_bytes().rstrip(b"\n")
    versions = versions_in(json.loads(written))
    back = MAPPER.load(stored.topic, expected.originator_id, expected.originator_version, written)
    assert back == expected
    assert repr(back) == repr(expected)
    if versions == versions_in(json.loads(stored.state)):
        assert stored.state == written


def test_there_is_a_file_of_what_is_recorded_today() -> None:
    written = {path.read_bytes().rstrip(b"\n") for path in GOLDEN.glob("*.json")}
    assert {MAPPER.to_stored_event(event).state for event in EVENTS.values()} <= written


def test_there_is_a_file_of_every_event_class_and_of_every_kind_of_milestone() -> None:
    topics = {payload.event.TOPIC for payload in PAYLOADS}  # type: ignore[attr-defined]
    named = {path.stem.rpartition(".v")[0] for path in GOLDEN.glob("*.json")}
    assert named == topics | {f"milestone.{kind}" for kind in Kind} == set(EVENTS)


class Sample(Aggregate):
    """An aggregate whose event has changed twice."""

    class Weighed(Aggregate.Event):
        """Version 1 said pounds, version 2 kilograms, version 3 who weighed."""

        TOPIC = "sample.weighed"
        class_version = 3
        recorded_by: UUID
        kilograms: float
        weighed_by: str | None

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> None:
            state["kilograms"] = state.pop("pounds") * 0.5

        @staticmethod
        def upcast_v2_v3(state: dict[str, Any]) -> None:
            state["weighed_by"] = None


SAMPLES = EventMapper(
    (
        Payload(
            Sample.Weighed,
            lambda e: {"kilograms": e.kilograms, "weighed_by": e.weighed_by},
            lambda s: {"kilograms": s["kilograms"], "weighed_by": s["weighed_by"]},
        ),
    )
)


def sample(**state: Any) -> bytes:
    return json.dumps({"recorded_at": RECORDED_AT.isoformat(), "recorded_by": str(UUID(int=0xA)), **state}).encode()


@pytest.mark.parametrize(
    "state",
    [
        sample(pounds=84),
        sample(kilograms=42.0, class_version=2),
        sample(kilograms=42, weighed_by=None, class_version=3),
    ],
)
def test_an_event_of_an_older_version_is_read_as_the_newest(state: bytes) -> None:
    back = SAMPLES.load("sample.weighed", STREAM, 2, state)
    assert (back.kilograms, back.weighed_by) == (42, None)  # type: ignore[union-attr]
    again = json.loads(SAMPLES.to_stored_event(back).state)
    assert (again["class_version"], again["kilograms"]) == (3, 42)


def test_an_event_of_a_newer_version_than_the_program_is_refused() -> None:
    with pytest.raises(Undecodable):
        SAMPLES.load("sample.weighed", STREAM, 2, sample(kilograms=42, weighed_by=None, class_version=4))


@pytest.fixture
def _details_read_anew() -> Iterator[None]:
    details_reader.cache_clear()
    yield
    details_reader.cache_clear()


@pytest.mark.usefixtures("_details_read_anew")
def test_the_details_of_a_kind_have_versions_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def upcast(state: dict[str, Any]) -> None:
        state["name"] = state["name"].upper()

    path = GOLDEN / "milestone.opened.v1.json"
    monkeypatch.setattr(Opened, "class_version", 2, raising=False)
    monkeypatch.setattr(Opened, "upcast_v1_v2", staticmethod(upcast), raising=False)
    back = MAPPER.load("engagement.milestone_logged", STREAM, 2, path.read_bytes())
    assert isinstance(back, Engagement.MilestoneLogged)
    opened = back.logged.milestone.details
    assert opened == Opened("CTO AND CAIO", UUID(int=0xA))
    written = MAPPER.to_stored_event(back)
    assert json.loads(written.state)["milestone"]["details_version"] == 2
    assert MAPPER.to_domain_event(written) == back


@pytest.mark.parametrize("topic", ["os:system", "builtins:eval", "domain.engagement:Engagement.Created", "client", ""])
def test_a_topic_that_is_not_an_event_of_ours_is_refused_and_imports_nothing(topic: str) -> None:
    with pytest.raises(UnknownTopic):
        MAPPER.to_domain_event(stored(topic, b"{}"))


def test_a_payload_cannot_say_which_aggregate_it_creates() -> None:
    state = json.loads((GOLDEN / "slug.taken.v1.json").read_bytes()) | {"originator_topic": "os:system"}
    back = MAPPER.to_domain_event(stored("slug.taken", json.dumps(state).encode()))
    assert back.originator_topic == "slug"


def test_an_event_of_another_program_cannot_be_recorded() -> None:
    foreign = SAMPLES.load("sample.weighed", STREAM, 2, sample(pounds=84))
    with pytest.raises(UnknownTopic):
        MAPPER.to_stored_event(foreign)


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"recorded_at":"2026-03-04T05:06:07.000080+00:00"}',
        (GOLDEN / "engagement.opened.v1.json").read_bytes().replace(b"opened", b"opend"),
        (GOLDEN / "engagement.opened.v1.json").read_bytes().replace(b"2026-01-01", b"2026-13-01"),
        (GOLDEN / "engagement.opened.v1.json").read_bytes().replace(b'"First letter"', b"[1]"),
        (GOLDEN / "engagement.opened.v1.json").read_bytes().replace(b'"day"', b'"week"'),
    ],
)
def test_a_damaged_event_is_named_and_its_content_is_not_told(damage: bytes) -> None:
    with pytest.raises(Undecodable) as undecodable:
        MAPPER.to_domain_event(stored("engagement.opened", damage))
    fault = undecodable.value
    assert (fault.topic, fault.stream, fault.version) == ("engagement.opened", STREAM, 2)
    assert str(STREAM) in str(fault)
    assert fault.__cause__ is fault.__context__ is None
    assert "letter" not in str(fault)


def test_a_value_that_json_does_not_have_is_refused_and_not_bent() -> None:
    wrong = event(Client.ProfileChanged, effective_on=date(2026, 1, 1), name=None, profile={"headcount": {1, 2}})
    with pytest.raises(TypeError):
        MAPPER.to_stored_event(wrong)
