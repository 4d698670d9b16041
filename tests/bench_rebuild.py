"""How fast all read models are made anew, beside reading and decoding the same log without making anything of it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from uuid import UUID, uuid4

import pytest
from histories import history
from sqlalchemy import func, select

from domain.changes import Corrected, Log, Logged
from domain.client import Client
from domain.engagement import Engagement
from domain.errors import Refusal
from domain.milestones import Milestone, Opened
from domain.timeline import fold
from projections.log import Log as EventLog
from projections.log import migrate, open_log
from projections.read_models import READ_MODELS
from projections.views import open_views

ME = UUID(int=7)
CLIENTS = 1_000
STORIES = 60
"""Different ones; the clients live them in turn."""


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest) -> Path | str:
    """Where a log and its views may be."""
    found: Path | str = request.getfixturevalue("data_dir" if request.param == "sqlite" else "postgres_url")
    if isinstance(found, str):
        migrate(found)
    return found


def bench_rebuilding_all_read_models(place: Path | str) -> None:
    with open_log(place) as log:
        fill(log)
        events = log.head()
        floors, rebuilds = [], []
        views = open_views(place, log)
        for _ in range(3):
            begun = perf_counter()
            read = sum(len(of_stream) for _, of_stream in log.every_stream(events))
            floors.append(perf_counter() - begun)
            begun = perf_counter()
            assert views.rebuild() == read == events
            rebuilds.append(perf_counter() - begun)
        with views.reading() as connection:
            tables = [table for model in READ_MODELS for table in model.tables]
            rows = sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)
        views.close()
    floor, rebuild = min(floors), min(rebuilds)
    print(
        f"\n{'SQLite' if isinstance(place, Path) else 'PostgreSQL'}: {events:,} events, {rows:,} rows: "
        f"rebuild {events / rebuild:,.0f} events/s, reading and decoding alone {events / floor:,.0f} "
        f"({rebuild / floor:.1f} times as long)"
    )


def fill(log: EventLog) -> None:
    dice = random.Random(11)
    stories: list[list[Milestone]] = []
    while len(stories) < STORIES:
        story = history([dice.getrandbits(48) for _ in range(40)])
        if fits_as_it_grows(story):
            stories.append(story)
    for number in range(CLIENTS):
        name = f"client-{number}"
        client = Client.register(uuid4(), name, name, {"headcount": 40}, None, recorded_by=ME)
        engagement = told(client.id, stories[number % STORIES])
        client.bound(engagement.id, engagement.bounds, recorded_by=ME)
        log.engagements.save(client, engagement)


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
