"""Firms for the tests of read models: what was recorded of one, in memory, and what that means day by day."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from eventsourcing.utils import get_topic
from histories import Dice, milestone_id, one_more
from hypothesis import strategies as st
from oracle import DAY, Evening, Life, live_through
from story import Cabinet

from domain.client import Client
from domain.decisions import Correct, Log, Request, Retract, Standing
from domain.engagement import Engagement
from domain.errors import Refusal
from domain.kinds.engagement import Closed, Opened
from domain.milestones import Milestone, Precision
from domain.unit_of_work import UnitOfWork
from projections import log as event_log
from projections.log import Recorded
from projections.log.mapper import with_timestamp
from projections.read_model import METADATA
from projections.snapshot import Snapshot
from projections.stopped_streams import STOPPED_STREAMS
from projections.view_store import READ_MODELS, ViewStore
from projections.view_store_postgres import PostgresViewStore
from projections.view_store_sqlite import SQLiteViewStore
from projections.views import Views
from web.samples.demo import demonstration

ME = UUID(int=7)
FIRST_INSTANT = datetime(2025, 3, 1, 9, tzinfo=UTC)
UNOBSERVED = Evening(None, None, None, None)


def rolls(least: int, most: int) -> st.SearchStrategy[list[int]]:
    """What a firm lives on: numbers as wide as dice give them (Hypothesis's own are mostly small, and dull lives)."""
    return st.builds(seeded_rolls, st.integers(0, 2**32), st.integers(least, most))


def seeded_rolls(seed: int, length: int) -> list[int]:
    dice = random.Random(seed)
    return [dice.getrandbits(48) for _ in range(length)]


class MemoryLog:
    """The reading side of a log, as much of it as is shown."""

    def __init__(self, events: Sequence[Recorded], shown: int | None = None) -> None:
        self.events = events
        self.unreadable: set[int] = set()
        self.shown = len(events) if shown is None else shown

    def head(self) -> int:
        return self.shown

    def wait(self, after: int, timeout: float, cancelled: Callable[[], bool] = lambda: False) -> int:
        return self.shown

    def wake(self) -> None:
        """Nobody ever waits."""

    def scan(self, after: int = 0, limit: int = 2_000) -> event_log.Batch:
        batch = self.events[after : min(after + limit, self.shown)]
        readable = [recorded for recorded in batch if recorded.position not in self.unreadable]
        bad = [self._bad(recorded) for recorded in batch if recorded.position in self.unreadable]
        return event_log.Batch(readable, bad, after + len(batch))

    def histories(self, streams: Iterable[UUID], up_to: int = 2**63) -> Mapping[UUID, event_log.History]:
        among = set(streams)
        return {history.stream: history for history in self.every_history(up_to) if history.stream in among}

    def every_history(self, up_to: int) -> Iterator[event_log.History]:
        for stream, events in self.every_stream(up_to):
            bad = next((number for number, r in enumerate(events) if r.position in self.unreadable), len(events))
            first = self._bad(events[bad]) if bad < len(events) else None
            yield event_log.History(stream, events[:bad], first, len(events))

    def instant_at(self, position: int) -> datetime | None:
        readable = (r for r in reversed(self.events[:position]) if r.position not in self.unreadable)
        return next((recorded.event.timestamp for recorded in readable), None)

    def _bad(self, recorded: Recorded) -> event_log.Unreadable:
        event = recorded.event
        topic = get_topic(type(event))
        return event_log.Unreadable(recorded.position, event.originator_id, event.originator_version, topic, "damaged")

    def every_stream(self, up_to: int) -> Iterator[tuple[UUID, Sequence[Recorded]]]:
        by_stream: dict[UUID, list[Recorded]] = defaultdict(list)
        for recorded in self.events[: min(up_to, self.shown)]:
            by_stream[recorded.event.originator_id].append(recorded)
        yield from sorted(by_stream.items())


def as_log(memory: MemoryLog) -> event_log.Log:
    """For whoever only reads."""
    return cast("event_log.Log", memory)


def open_store(place: Path | str) -> ViewStore:
    return SQLiteViewStore(place) if isinstance(place, Path) else PostgresViewStore(place)


def views_of(place: Path | str, memory: MemoryLog) -> Views:
    return Views(open_store(place), as_log(memory))


def tables_in(connection: sa.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every read model, as stored, in the order of streams."""
    return {
        table.name: sorted(connection.execute(sa.text(f"SELECT * FROM {table.name}")), key=lambda row: row[:2])  # noqa: S608
        for table in METADATA.sorted_tables
        if table not in (READ_MODELS, STOPPED_STREAMS)
    }


@contextmanager
def answering(events: Sequence[Recorded]) -> Iterator[Snapshot]:
    """What is known after these events, to be asked."""
    with TemporaryDirectory(prefix="seatline-") as folder:
        views = views_of(Path(folder), MemoryLog(events))
        try:
            with views.reading() as snapshot:
                yield snapshot
        finally:
            views.close()


@dataclass
class Firm:
    """A firm that does something every time the dice are thrown."""

    cabinet: Cabinet = field(default_factory=Cabinet)
    clients: list[UUID] = field(default_factory=list)
    engagements: list[UUID] = field(default_factory=list)
    milestones: int = 0
    makes_mistakes: bool = False
    """Whether engagements are told at once, and engagements and clients retracted, now and then."""

    @property
    def events(self) -> list[Recorded]:
        """Everything recorded, a minute after the other."""
        events = [cast("event_log.Event", event) for _, event in self.cabinet.recorded_at]
        return [
            Recorded(number, with_timestamp(event, FIRST_INSTANT + number * timedelta(minutes=1)))
            for number, event in enumerate(events, start=1)
        ]

    def live(self, rolls: Sequence[int]) -> Firm:
        """One thing after the other; what is refused never happened."""
        for roll in rolls:
            with suppress(Refusal):
                self._do(Dice(roll))
        return self

    def _do(self, dice: Dice) -> None:
        what = dice.below(12)
        if self.makes_mistakes and self.clients and dice.once_in(12):
            self._mistake(dice)
        elif not self.clients or (what == 0 and len(self.clients) < 6):
            self._register(dice)
        elif what == 1:
            self._change_profile(dice)
        elif what == 2 or not self.engagements:
            self._open(dice)
        else:
            self._change(dice, dice.of(self.engagements))

    def _register(self, dice: Dice) -> None:
        client = UUID(int=100 + len(self.clients))
        name = dice.of(("Ábel & Co", "abel", "Zest 100%", "Zest_100", "Ωmega"))
        profile: dict[str, object] = {"headcount": dice.below(300), "sector": dice.of(("health", "retail"))}
        self.cabinet.run(lambda unit: unit.register_client(client, name, None, profile, None, recorded_by=ME))
        self.clients.append(client)

    def _change_profile(self, dice: Dice) -> None:
        client, on = dice.of(self.clients), date(2024, 1, 1) + timedelta(days=30 * dice.below(30))
        name = dice.of((None, None, "Renamed"))
        profile: dict[str, object] = {"headcount": dice.of((dice.below(300), None))}
        if dice.once_in(2):
            profile["annual_revenue"] = {"amount": "1000000.00", "currency": "USD"}

        def change(unit: UnitOfWork) -> None:
            unit.client(client).change_profile(on, name, profile, recorded_by=ME)

        self.cabinet.run(change)

    def _open(self, dice: Dice) -> None:
        client, engagement = dice.of(self.clients), UUID(int=500 + len(self.engagements))
        engagements = cast("Client", self.cabinet.fetch(client)).engagements.values()
        after = max((bounds.closed_on or date(2026, 1, 1) for bounds in engagements), default=date(2024, 1, 15))
        on = after + timedelta(days=dice.of((0, 9, 70)))
        opening = Log(self._new_id(), on, Opened("Letter", dice.of((None, UUID(int=2)))))
        self.cabinet.run(lambda unit: unit.open_engagement(engagement, client, opening, recorded_by=ME))
        self.engagements.append(engagement)

    def _mistake(self, dice: Dice) -> None:
        """Retract an engagement or a client, or tell an earlier engagement at once."""
        what = dice.below(3)
        if what == 0 and self.engagements:
            mistaken = dice.of(self.engagements)
            self.cabinet.run(lambda unit: unit.retract_engagement(mistaken, "at another client", recorded_by=ME))
        elif what == 1:
            client = dice.of(self.clients)
            self.cabinet.run(lambda unit: unit.retract_client(client, "registered twice", recorded_by=ME))
        else:
            self._tell_at_once(dice, dice.of(self.clients))

    def _tell_at_once(self, dice: Dice, client: UUID) -> None:
        engagement = UUID(int=500 + len(self.engagements))
        on = date(2023, 9, 15) + timedelta(days=dice.below(60))
        opening = Log(self._new_id(), on, Opened("Told late", None))
        first = Milestone(opening.milestone, 0, on, opening.details)
        one = one_more([first], dice, 1, on + timedelta(days=dice.of((0, 5, 17))))
        further = [
            Log(self._new_id(), one.effective_on, one.details, one.precision),
            Log(self._new_id(), on + timedelta(days=60), Closed("done")),
        ]
        self.cabinet.run(lambda unit: unit.open_engagement(engagement, client, opening, further, recorded_by=ME))
        self.engagements.append(engagement)

    def _change(self, dice: Dice, engagement: UUID) -> None:
        standing = cast("Engagement", self.cabinet.fetch(engagement)).standing
        requests = [self._request(dice, standing) for _ in range(dice.of((1, 1, 1, 1, 2)))]
        reason = dice.of((None, None, None, "told together"))
        self.cabinet.run(lambda unit: unit.change(engagement, requests, recorded_by=ME, reason=reason))

    def _request(self, dice: Dice, standing: Standing) -> Request:
        milestones = list(standing.milestones.values())
        newest = max(m.effective_on for m in milestones)
        what = dice.below(10)
        if what < 7:
            around = newest + timedelta(days=dice.of((0, 5, 17, 33, -10, -40)))
            if what == 6 and dice.once_in(2):
                return Log(self._new_id(), around, Closed("done"))
            new_id = self._new_id()
            one = one_more(milestones, dice, standing.next_order, around)
            return Log(new_id, one.effective_on, one.details, one.precision, dice.of((None, "a note")))
        chosen = dice.of(milestones)
        if what == 9:
            return Retract(chosen.id, "it never happened")
        day = chosen.effective_on + timedelta(days=dice.of((1, -1, 4, -9, 30, -30)))
        if dice.once_in(3):
            return Correct(chosen.id, "another word", note=dice.of(("so", "thus")))
        return Correct(chosen.id, "another day", effective_on=day, precision=Precision.DAY)

    def _new_id(self) -> UUID:
        self.milestones += 1
        return milestone_id(self.milestones)


def demonstration_firm(today: date) -> list[Recorded]:
    """What is recorded of the demonstration firm."""
    cabinet = Cabinet()
    for step in demonstration(today).steps:
        cabinet.run(step.tell, step.recorded_at)
    events = []
    last = FIRST_INSTANT.replace(year=1990)
    for number, (at, event) in enumerate(cabinet.recorded_at, start=1):
        last = max(at or last, last + timedelta(microseconds=1))
        events.append(Recorded(number, with_timestamp(cast("event_log.Event", event), last)))
    return events


@dataclass(frozen=True)
class Days:
    """A client's engagements, each lived through day by day."""

    lives: tuple[Life, ...]
    milestones: tuple[tuple[Milestone, ...], ...]

    def evening(self, day: date) -> Evening:
        """What holds at the end of a day, in whichever engagement something does."""
        evenings = [life.evenings.get(min(day, max(life.evenings)), UNOBSERVED) for life in self.lives]
        return next((evening for evening in evenings if evening.structure is not None), UNOBSERVED)

    def has_begun(self, day: date) -> bool:
        return any(min(life.evenings) <= day for life in self.lives)

    def moves(self) -> list[tuple[str | None, str | None, date, UUID]]:
        """Every boundary between structures, an engagement after the other."""
        return [move for life in self.lives for move in life.transitions()]


def days_of(events: Sequence[Recorded]) -> dict[UUID, Days]:
    """Every client's days, as these events tell them."""
    standing: dict[UUID, Standing] = {}
    owner: dict[UUID, UUID] = {}
    clients = []
    for _, event in events:
        if isinstance(event, Client.Created):
            clients.append(event.originator_id)
        if isinstance(event, Client.ClientRetracted):
            clients.remove(event.originator_id)
        if isinstance(event, Engagement.Created):
            owner[event.originator_id] = event.client
        if isinstance(event, Engagement.Event):
            stream = event.originator_id
            standing[stream] = standing.get(stream, Standing()).after(event.changes)
        if isinstance(event, Engagement.EngagementRetracted):
            del standing[event.originator_id], owner[event.originator_id]
    return {client: _days([standing[e] for e, c in owner.items() if c == client]) for client in clients}


def _days(engagements: Sequence[Standing]) -> Days:
    in_turn = sorted(engagements, key=lambda s: (s.bounds().started_on, s.bounds().closed_on or date.max))
    milestones = tuple(tuple(standing.milestones.values()) for standing in in_turn)
    return Days(tuple(live_through(of_one) for of_one in milestones), milestones)


def all_days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += DAY
