"""A generated network is one that the domain could have let happen, client by client; everything occurs in it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from eventsourcing.domain import Aggregate

from domain.client import Client, Slug, slug_id
from domain.decisions import Bounds, Change, Correct, Corrected, Log, Logged, Request, Retract, Standing, decide
from domain.engagement import Engagement
from domain.milestones import Kind, holders_of
from domain.profile import check_profile
from domain.seats import Structure
from domain.validation import check_milestone
from web.samples.network import Network
from web.samples.network.names import client_name

TODAY = date(2026, 11, 22)
CLIENTS = 200


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(CLIENTS, TODAY, 7)


@pytest.fixture(scope="module")
def recorded_events(network: Network) -> Sequence[Any]:
    return list(network.all_events())


@pytest.fixture(scope="module")
def streams(recorded_events: Sequence[Any]) -> dict[UUID, list[Any]]:
    by_stream: dict[UUID, list[Any]] = defaultdict(list)
    for event in recorded_events:
        by_stream[event.originator_id].append(event)
    return by_stream


def requested(standing: Standing, change: Change) -> Request:
    """What somebody would ask for, to get that change."""
    match change:
        case Logged(m):
            return Log(m.id, m.effective_on, m.details, m.precision, m.note, m.links, m.reported_on)
        case Corrected(m, reason):
            return Correct(m.id, reason, m.effective_on, m.precision, lambda _: m.details, m.note, m.links)
        case _:
            return Retract(change.milestone, change.reason, change.links)


def test_every_change_of_every_client_is_one_that_the_domain_decides_the_same(streams: dict[UUID, list[Any]]) -> None:
    engagements = 0
    for events in streams.values():
        if not isinstance(events[0], Engagement.Event):
            continue
        engagements += 1
        standing = Standing()
        for event in events:
            decision = decide(standing, [requested(standing, change) for change in event.changes])
            assert decision.changes == event.changes
            standing = standing.after(event.changes)
            for milestone in standing.milestones.values():
                check_milestone(milestone)
    assert engagements > CLIENTS


def test_every_stream_replays_to_an_aggregate(streams: dict[UUID, list[Any]]) -> None:
    kinds = Counter[str]()
    for stream, events in streams.items():
        assert [event.originator_version for event in events] == list(range(1, len(events) + 1))
        aggregate: Aggregate | None = None
        for event in events:
            aggregate = event.mutate(aggregate)
        assert aggregate is not None
        assert aggregate.id == stream
        kinds[type(aggregate).__name__] += 1
    assert kinds["Client"] == kinds["Slug"] == CLIENTS


def test_clients_and_their_engagements_agree_on_their_bounds_and_never_overlap(
    streams: dict[UUID, list[Any]],
) -> None:
    standing = {
        stream: Standing().after([change for event in events for change in event.changes])
        for stream, events in streams.items()
        if isinstance(events[0], Engagement.Event)
    }
    bounded = 0
    for events in streams.values():
        if isinstance(events[0], Client.Created):
            client: Any = None
            for event in events:
                if isinstance(event, Client.EngagementBounded):
                    client.check_bounds(event.engagement, Bounds(event.started_on, event.closed_on))
                client = event.mutate(client)
            for engagement, bounds in client.engagements.items():
                assert standing[engagement].bounds() == bounds
                bounded += 1
    assert bounded == len(standing)


def test_what_is_said_of_a_company_is_as_the_domain_would_keep_it(streams: dict[UUID, list[Any]]) -> None:
    for events in streams.values():
        for event in events:
            if isinstance(event, Client.Created | Client.ProfileChanged):
                assert check_profile(event.profile) == event.profile
            if isinstance(event, Client.Created):
                assert isinstance(streams[slug_id(event.slug)][0], Slug.Created)
                assert streams[slug_id(event.slug)][0].client == event.originator_id


def test_it_is_told_in_the_order_of_its_recording_until_yesterday(
    network: Network, recorded_events: Sequence[Any]
) -> None:
    assert all(one.timestamp <= other.timestamp for one, other in pairwise(recorded_events))
    assert recorded_events[-1].timestamp < datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
    assert recorded_events[-1].timestamp > datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC) - timedelta(days=60)
    assert len(recorded_events) == network.events
    assert 25 < len(recorded_events) / CLIENTS < 35


def test_everybody_in_it_is_somebody(network: Network, recorded_events: Sequence[Any]) -> None:
    people = {person.id: person for person in network.people()}
    assert all(person.name for person in people.values())
    for event in recorded_events:
        assert event.recorded_by in people
        if isinstance(event, Engagement.Event):
            for change in event.changes:
                if not isinstance(change, Retract) and hasattr(change.milestone, "details"):
                    assert people.keys() >= set(holders_of(change.milestone.details))


def test_everything_happens_in_it(recorded_events: Sequence[Any], streams: dict[UUID, list[Any]]) -> None:
    events = Counter(type(event) for event in recorded_events)
    for kind in (
        Engagement.MilestoneCorrected,
        Engagement.MilestoneRetracted,
        Engagement.MilestonesChanged,
        Client.ProfileChanged,
    ):
        assert events[kind] > CLIENTS / 20, kind
    logged = [
        (event.timestamp.date(), change.milestone)
        for event in recorded_events
        if isinstance(event, Engagement.Event)
        for change in event.changes
        if isinstance(change, Logged)
    ]
    kinds = Counter(milestone.kind for _, milestone in logged)
    assert set(Kind) - set(kinds) == {
        Kind.ASSESSMENT_TAKEN,
        Kind.ADVICE_DECLINED,
        Kind.RENEWAL_SET,
        Kind.SPENDING_LIMIT_SET,
    }
    assert sum(milestone.effective_on > day for day, milestone in logged) > CLIENTS / 10, "plans"
    assert sum(milestone.effective_on > TODAY for _, milestone in logged) > 5, "plans that still are"
    assert sum(milestone.effective_on < day - timedelta(days=20) for day, milestone in logged) > CLIENTS, "late"
    structures = Counter[Structure]()
    for stream in streams.values():
        if isinstance(stream[0], Engagement.Event):
            standing = Standing().after([change for event in stream for change in event.changes])
            structures.update(span.structure for span in standing.timeline().structure_spans)
    assert set(structures) == set(Structure)


def test_a_seed_gives_one_network_and_another_seed_another() -> None:
    one, again, other = ([vars(event) for event in Network(15, TODAY, seed).all_events()] for seed in (7, 7, 8))
    assert one == again
    assert one != other


def test_no_two_clients_have_one_name() -> None:
    assert len({client_name(number)[0] for number in range(150_000)}) == 150_000
