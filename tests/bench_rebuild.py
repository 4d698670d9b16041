"""How fast all read models are made anew, beside reading and decoding the same log without making anything of it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from time import perf_counter, process_time
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import StoredEvent
from firms import demonstration_firm
from histories import history
from sqlalchemy import func, select

from domain.client import Client
from domain.decisions import Corrected, Log, Logged
from domain.engagement import Engagement
from domain.errors import Refusal
from domain.kinds.engagement import Opened
from domain.milestones import Milestone
from domain.timeline import fold
from projections.log import Event, migrate, open_log
from projections.log import Log as EventLog
from projections.log.mapper import EventMapper
from projections.read_models import READ_MODELS
from projections.views import open_views

ME = UUID(int=7)
EVENTS = 20_000
ROUNDS = 3
STORIES = 60
"""Different ones; the clients live them in turn."""

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest) -> Path | str:
    """Where a log and its views may be."""
    database: Path | str = request.getfixturevalue("data_dir" if request.param == "sqlite" else "postgres_url")
    if isinstance(database, str):
        migrate(database)
    return database


@pytest.mark.parametrize("firm", ["the demonstration firm, many times", "seats that change all the time"])
def bench_rebuilding_all_read_models(place: Path | str, firm: str) -> None:
    with open_log(place) as log:
        fill_with_demonstrations(log) if "demonstration" in firm else fill_with_stories(log)
        events = log.head()
        floors, rebuilds = [], []
        views = open_views(place, log)
        for _ in range(ROUNDS):
            floors.append(Took(lambda: sum(len(of_stream) for _, of_stream in log.every_stream(events))))
            rebuilds.append(Took(views.rebuild))
        with views.reading() as snapshot:
            tables = [table for model in READ_MODELS for table in model.tables]
            rows = sum(
                snapshot.connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables
            )
        views.close()
    assert {took.answer for took in (*floors, *rebuilds)} == {events}
    where = "SQLite" if isinstance(place, Path) else "PostgreSQL"
    print(f"\n{where}, {firm}: {events:,} events, {rows:,} rows")
    wall = min(took.seconds for took in rebuilds), min(took.seconds for took in floors)
    used = min(took.worked for took in rebuilds), min(took.worked for took in floors)
    for what, rebuild, floor in (("by the clock", *wall), ("by the work of this process", *used)):
        print(
            f"  {what}: rebuild {events / rebuild:,.0f} events/s, reading and decoding alone {events / floor:,.0f} "
            f"({rebuild / floor:.1f} times as long)"
        )


class Took:
    """How long something took, and how much of that this process worked: on a busy machine the latter says more."""

    def __init__(self, work: Callable[[], int]) -> None:
        begun, used = perf_counter(), process_time()
        self.answer = work()
        self.seconds, self.worked = perf_counter() - begun, process_time() - used


def fill_with_demonstrations(log: EventLog) -> None:
    """The demonstration firm as often as it takes, each time with ids of its own."""
    mapper = EventMapper()
    stored_events = [mapper.to_stored_event(recorded.event) for recorded in demonstration_firm(date(2026, 11, 22))]
    own = {str(stored.originator_id) for stored in stored_events}
    own |= {
        found for stored in stored_events for found in re.findall(r'"milestone":{"id":"([^"]+)"', stored.state.decode())
    }
    while log.head() < EVENTS:
        ids = {known: str(uuid4()) for known in own}
        log.engagements.events.put([renamed(mapper, stored, ids) for stored in stored_events])


def renamed(mapper: EventMapper, stored: StoredEvent, ids: Mapping[str, str]) -> Event:
    """The same event under other ids."""
    state = _ID.sub(lambda match: ids.get(match[0], match[0]), stored.state.decode())
    stream = UUID(ids[str(stored.originator_id)])
    return mapper.load(stored.topic, stream, stored.originator_version, state.encode())


def fill_with_stories(log: EventLog) -> None:
    """Engagements in which everything is equally likely, so that seats and structures change with every third event."""
    dice = random.Random(11)
    stories: list[list[Milestone]] = []
    while len(stories) < STORIES:
        story = history([dice.getrandbits(48) for _ in range(40)])
        if fits_as_it_grows(story):
            stories.append(story)
    number = 0
    while log.head() < EVENTS:
        name = f"client-{number}"
        client = Client.register(uuid4(), name, name, {"headcount": 40}, None, recorded_by=ME)
        engagement = told(client.id, stories[number % STORIES])
        client.bound(engagement.id, engagement.bounds, recorded_by=ME)
        log.engagements.save(client, engagement)
        number += 1


def fits_as_it_grows(story: Sequence[Milestone]) -> bool:
    """Whether it could have been logged one after the other."""
    try:
        for length in range(1, len(story) + 1):
            fold(story[:length])
    except Refusal:
        return False
    return True


def told(client: UUID, story: Sequence[Milestone]) -> Engagement:
    """An engagement in which a story was logged, every tenth milestone with a correction after it."""
    opening = next(m for m in story if isinstance(m.details, Opened))
    engagement = Engagement.open(uuid4(), client, Log(uuid4(), opening.effective_on, opening.details), recorded_by=ME)
    for order, milestone in enumerate((m for m in story if m is not opening), start=1):
        own = replace(milestone, id=uuid4(), order=order)
        engagement.trigger_event(Engagement.MilestoneLogged, logged=Logged(own), recorded_by=ME)
        if order % 10 == 0:
            corrected = Corrected(replace(own, note="a word more"), "forgotten")
            engagement.trigger_event(Engagement.MilestoneCorrected, corrected=corrected, recorded_by=ME)
    return engagement
