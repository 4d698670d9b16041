"""Random firms and random questions about them, for the tests of reports: what a naive count may look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, cached_property, partial
from random import Random
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from firms import ME, UNOBSERVED, Firm, MemoryLog
from histories import Dice
from hypothesis import strategies as st
from oracle import Evening, Life, live_through
from story import named

from domain.client import Client
from domain.decisions import Log, Request, Standing
from domain.engagement import Engagement
from domain.errors import Refusal
from domain.kinds.engagement import Opened
from domain.kinds.work import HoursReported
from domain.milestones import Milestone
from domain.quarters import Quarter, quarter_of, quarters_between
from domain.seats import BOTH
from domain.unit_of_work import UnitOfWork
from projections.log import Recorded
from projections.read_model import METADATA, project_stream
from projections.read_models import READ_MODELS
from projections.reports.catalog import REPORTS, clients_of_row
from projections.reports.question import Link, ReportQuestion
from projections.snapshot import Snapshot
from projections.view_store import add_rows

seeds = st.integers(0, 2**32)
"""What a firm does is thrown by dice: reports are of interest only where much has happened."""

FIRST_DAY = date(2022, 7, 1)
"""No random history begins before it, however its opening is corrected."""

FIRST_QUARTER_DAY = date(2023, 9, 1)
"""Questions are about quarters from this day's on."""


@dataclass(frozen=True)
class Letter:
    """An engagement as it is known: its milestones, lived through day by day."""

    id: UUID
    client: UUID
    milestones: tuple[Milestone, ...]

    @cached_property
    def life(self) -> Life:
        """Every evening of it."""
        return live_through(self.milestones)

    @property
    def opening(self) -> Milestone:
        """Its first milestone."""
        return next(m for m in self.milestones if isinstance(m.details, Opened))

    def on(self, day: date) -> Evening:
        """What holds in the evening of a day."""
        evenings = self.life.evenings
        return evenings.get(min(day, max(evenings)), UNOBSERVED)


@dataclass(frozen=True)
class Question:
    """Some quarters of some calendar, looked at on some day, as known at some instant, by somebody.

    `letters` and `profiles` are what is known then of the clients that may be seen.
    """

    quarters: tuple[Quarter, ...]
    as_of: date
    known_at: datetime | None
    visible: frozenset[UUID] | None
    letters: tuple[Letter, ...]
    profiles: Mapping[UUID, dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """A firm, a question about it, and the store that answers; `number` throws the dice for what else a law asks."""

    number: int
    events: Sequence[Recorded]
    question: Question
    snapshot: Snapshot


def question_about(events: Sequence[Recorded], seed: int) -> Question:
    """A question, thrown by dice."""
    dice = Dice(Random(seed).randrange(2**64))
    known_at = dice.of(events).event.timestamp if dice.once_in(2) else None
    visible_events = [event for _, event in events if known_at is None or event.timestamp <= known_at]
    retracted = {event.originator_id for event in visible_events if isinstance(event, Client.ClientRetracted)}
    clients = sorted({event.originator_id for event in visible_events if isinstance(event, Client.Created)} - retracted)
    visible = frozenset(client for client in clients if dice.once_in(2)) if dice.once_in(4) else None
    month = dice.of((1, 1, 2, 4, 12))
    around = quarters_between(quarter_of(FIRST_QUARTER_DAY, month), quarter_of(date(2026, 3, 1), month))
    quarters = around[dice.below(5) :][: 1 + dice.below(len(around))]
    as_of = date(2024, 2, 1) + timedelta(days=dice.below(600))
    seen = [client for client in clients if visible is None or client in visible]
    letters = tuple(letter for letter in _letters(visible_events) if letter.client in seen)
    return Question(quarters, as_of, known_at, visible, letters, {c: _profile(visible_events, c, as_of) for c in seen})


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last."""
    for number in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(number)


@contextmanager
def store_of(events: Sequence[Recorded], engine: sa.Engine | None = None) -> Iterator[Snapshot]:
    """The firm's rows in a store that is empty again afterwards (null: one in memory)."""
    with (engine or _in_memory()).connect() as connection:
        for stream, of_stream in MemoryLog(events).every_stream(len(events)):
            for table, rows in project_stream(stream, of_stream, READ_MODELS).items():
                add_rows(connection, table, rows)
        yield Snapshot(connection, len(events))
        connection.rollback()


def firm_of(seed: int) -> list[Recorded]:
    """Everything recorded of a firm that reports its hours now and then."""
    dice = Random(seed)
    firm = Firm(makes_mistakes=True).live([0, *(dice.randrange(2**48) for _ in range(dice.randint(30, 160)))])
    for number in range(30 if firm.engagements else 0):
        told_on = date(2024, 2, 1) + timedelta(days=dice.randrange(600))
        month = (told_on - timedelta(days=dice.randrange(40))).strftime("%Y-%m")
        hours = HoursReported(month, dice.choice(BOTH), Decimal(dice.randrange(5000)) / 100)
        report = Log(UUID(int=10**9 + number), told_on, hours)
        with suppress(Refusal):
            firm.cabinet.run(partial(_change, dice.choice(firm.engagements), report))
    return firm.events


def told(**letters: Sequence[Request]) -> list[Recorded]:
    """A firm with clients of these names, each with an engagement that begins with the first of its requests."""
    firm = Firm()
    for name, (opening, *requests) in letters.items():
        client, engagement = named(name), named(f"{name}'s letter")
        assert isinstance(opening, Log)
        firm.cabinet.run(partial(_open, client, name, engagement, opening))
        for request in requests:
            firm.cabinet.run(partial(_change, engagement, request))
    return firm.events


def _open(client: UUID, name: str, engagement: UUID, opening: Log, unit: UnitOfWork) -> None:
    unit.register_client(client, name, None, {}, None, recorded_by=ME)
    unit.open_engagement(engagement, client, opening, recorded_by=ME)


def _change(engagement: UUID, request: Request, unit: UnitOfWork) -> None:
    unit.change(engagement, [request], recorded_by=ME)


def clients_behind(
    snapshot: Snapshot, link: Link, question: Question, scope: ReportQuestion | None = None
) -> frozenset[UUID]:
    """The clients that a row's link leads to."""
    asked = scope or ReportQuestion(
        None,
        None,
        question.as_of,
        known_at=question.known_at,
        visible=question.visible,
        fiscal_year_start_month=question.quarters[0].fiscal_year_start_month,
    )
    assert link["as_of"] == asked.as_of.isoformat()
    assert [link.get("from"), link.get("to")] == [bound and bound.label for bound in (asked.first, asked.last)]
    return clients_of_row(snapshot, REPORTS[link["report"]], link["row"], asked)


@cache
def _in_memory() -> sa.Engine:
    """The tables of all read models, made once."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    METADATA.create_all(engine)
    return engine


def _letters(events: Sequence[Any]) -> Iterator[Letter]:
    standing: dict[UUID, Standing] = {}
    client: dict[UUID, UUID] = {}
    for event in events:
        if isinstance(event, Engagement.Created):
            client[event.originator_id] = event.client
        if isinstance(event, Engagement.Event):
            engagement = event.originator_id
            standing[engagement] = standing.get(engagement, Standing()).after(event.changes)
        if isinstance(event, Engagement.EngagementRetracted):
            del standing[event.originator_id]
    for engagement, stands in standing.items():
        yield Letter(engagement, client[engagement], tuple(stands.milestones.values()))


def _profile(events: Sequence[Any], client: UUID, day: date) -> dict[str, Any]:
    """A client's profile on a day."""
    profile: dict[str, Any] = {}
    changes = [event for event in events if isinstance(event, Client.ProfileChanged) and event.originator_id == client]
    created = next(event for event in events if isinstance(event, Client.Created) and event.originator_id == client)
    profile.update(created.profile)
    for change in sorted(changes, key=lambda event: event.effective_on):
        if change.effective_on <= day:
            profile.update(change.profile)
    return profile
