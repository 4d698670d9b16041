"""How a demonstration story is told: in the firm's words, each sentence a command with the instant it was given.

The stories are written as if today were `WRITTEN_ON`; for another today every date moves by the same number of days.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import TypeAlias
from uuid import UUID, uuid5

from domain.seats import Money, Provider
from domain.unit_of_work import UnitOfWork

WRITTEN_ON = date(2026, 11, 22)
_STORIES = UUID("7b1c6f0a-3d0e-5c55-9a57-0f6f6e2a41d9")
_SECOND = timedelta(seconds=1)

UseCase: TypeAlias = Callable[[UnitOfWork], object]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the stories: the record holds only the id, the caller keeps the name."""

    id: UUID
    name: str
    employer: Provider


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the story, and the instant (UTC) at which it was given."""

    recorded_at: datetime
    tell: UseCase


class FirmBuilder:
    """The whole story while it is told: who is in it, and what was recorded when."""

    def __init__(self, today: date, seed: int, firm_people: Sequence[str]) -> None:
        """`firm_people` are the names of the firm's own; everybody else who is named works for a client."""
        self.dice = Random(seed)  # noqa: S311  (a story needs no safe dice)
        self._names = uuid5(_STORIES, str(seed))
        self._shift = today - WRITTEN_ON
        self._last_instant = datetime.combine(today, time(), UTC) - timedelta(hours=6)
        self._people: dict[str, Person] = {}
        self._steps: list[Step] = []
        for name in firm_people:
            self._people[name] = Person(self.id_of("person", name), name, Provider.FIRM)

    def id_of(self, *words: str) -> UUID:
        """The id of something in the stories: it follows from the seed and its name."""
        return uuid5(self._names, "/".join(words))

    def person(self, name: str) -> UUID:
        """The id of a person, who is in the story from now on."""
        if name not in self._people:
            self._people[name] = Person(self.id_of("person", name), name, Provider.CLIENT)
        return self._people[name].id

    def day(self, text: str) -> date:
        """A date of the stories, moved to where today is."""
        return date.fromisoformat(text) + self._shift

    def instant(self, day: date, lag: int) -> datetime:
        """Some time in the working hours of the first working day from `lag` days later on, but before today."""
        later = day + timedelta(days=lag)
        while later.isoweekday() > 5:
            later += timedelta(days=1)
        at = datetime.combine(later, time(8), UTC) + timedelta(seconds=self.dice.randrange(36_000))
        return min(at, self._last_instant)

    def lag(self) -> int:
        """How many days late something is usually recorded."""
        return self.dice.choice((0, 0, 1, 1, 2, 3, 4, 6))

    def at(self, instant: datetime, tell: UseCase) -> None:
        """A command is given at an instant."""
        self._steps.append(Step(instant, tell))

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody who was named."""
        return tuple(self._people.values())

    def steps(self) -> tuple[Step, ...]:
        """The commands in the order in which they were given, no two at one instant."""
        told: list[Step] = []
        for step in sorted(self._steps, key=lambda s: s.recorded_at):
            at = max(step.recorded_at, told[-1].recorded_at + _SECOND) if told else step.recorded_at
            told.append(Step(at, step.tell))
        return tuple(told)

    def client(
        self,
        name: str,
        on: str,
        profile: Mapping[str, object],
        *,
        fiscal_year_start_month: int | None = None,
        currency: str = "USD",
        lead: str,
    ) -> Account:
        """Register a client on a day."""
        return Account(self, name, on, profile, fiscal_year_start_month, currency, lead)


class Account:
    """One client's story."""

    def __init__(
        self,
        telling: FirmBuilder,
        name: str,
        on: str,
        profile: Mapping[str, object],
        fiscal_year_start_month: int | None,
        currency: str,
        lead: str,
    ) -> None:
        """The client is registered on that day by the partner who leads it."""
        self.telling = telling
        self.name = name
        self.currency = currency
        self.lead = lead
        self.id = client_id = telling.id_of("client", name)
        by, facts = telling.person(lead), self._facts(profile)
        self._profile = [(telling.day(on), facts)]
        self._clock = telling.instant(telling.day(on), 0)
        self._told: dict[date, datetime] = {}
        telling.at(
            self._clock,
            lambda unit: unit.register_client(client_id, name, None, facts, fiscal_year_start_month, recorded_by=by),
        )

    def becomes(self, on: str, *, lag: int | None = None, name: str | None = None, **profile: object) -> None:
        """From that day on the facts named are these."""
        telling, client_id, facts = self.telling, self.id, self._facts(profile)
        effective_on, by = telling.day(on), telling.person(self.lead)
        self._profile.append((effective_on, facts))
        telling.at(
            self.clock(effective_on, lag),
            lambda unit: unit.client(client_id).change_profile(effective_on, name, facts, recorded_by=by),
        )

    def profile_on(self, day: date) -> tuple[dict[str, object], dict[str, date]]:
        """The facts on a day, as far as the story was told, and since when each holds."""
        facts: dict[str, object] = {}
        dates: dict[str, date] = {}
        for since, changed in sorted(self._profile, key=lambda change: change[0]):
            if since <= day:
                facts |= changed
                dates |= dict.fromkeys(changed, since)
        return facts, dates

    def clock(self, day: date, lag: int | None) -> datetime:
        """When something of that day is recorded: by default after everything else that was recorded as usual."""
        if lag is not None:
            return self.telling.instant(day, lag)
        self._clock = max(self.telling.instant(day, self.telling.lag()), self._clock + 5 * _SECOND)
        return self._clock

    def told(self, day: date) -> datetime:
        """When something is recorded that was told on that day, after whatever else was told on it."""
        before = self._told.get(day)
        self._told[day] = self.telling.instant(day, 0) if before is None else before + 90 * _SECOND
        return self._told[day]

    def money(self, amount: int | None) -> Money | None:
        """An amount in the client's currency."""
        return None if amount is None else Money(Decimal(amount).quantize(Decimal("0.01")), self.currency)

    def _facts(self, profile: Mapping[str, object]) -> dict[str, object]:
        return {
            field: {"amount": f"{value}.00", "currency": self.currency}
            if field in ("annual_revenue", "ai_spend")
            else value
            for field, value in profile.items()
        }
