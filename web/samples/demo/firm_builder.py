"""Builds the demonstration firm: commands with the instants at which they are recorded.

The histories are written as of `WRITTEN_ON`; for another date all dates move by the same number of days.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import TypeAlias
from uuid import UUID, uuid5

from domain.assessment.answers import Answers, answers_from_profile, merge_answers
from domain.seats import Money, Provider
from domain.unit_of_work import UnitOfWork

WRITTEN_ON = date(2026, 11, 22)
_STORIES = UUID("7b1c6f0a-3d0e-5c55-9a57-0f6f6e2a41d9")
_SECOND = timedelta(seconds=1)
_LAGS = (0, 0, 1, 1, 2, 3, 4, 6)
"""Typical delays of recording, in days."""

UseCase: TypeAlias = Callable[[UnitOfWork], object]


@dataclass(frozen=True, slots=True)
class Person:
    """A person of the demonstration. The record has only the id; the caller stores the name."""

    id: UUID
    name: str
    employer: Provider


@dataclass(frozen=True, slots=True)
class Step:
    """A command, and the instant (UTC) at which it is recorded."""

    recorded_at: datetime
    tell: UseCase


class FirmBuilder:
    """The people and commands of the demonstration firm."""

    def __init__(self, today: date, seed: int, firm_people: Sequence[str]) -> None:
        """`firm_people` are the names of the firm's own people; everyone else works for a client."""
        self._names = uuid5(_STORIES, str(seed))
        self._shift = today - WRITTEN_ON
        self._last_instant = datetime.combine(today, time(), UTC) - timedelta(hours=6)
        self._people: dict[str, Person] = {}
        self._accounts: list[Account] = []
        for name in firm_people:
            self._people[name] = Person(self.id_of("person", name), name, Provider.FIRM)

    def id_of(self, *words: str) -> UUID:
        """An id derived from the seed and these words."""
        return uuid5(self._names, "/".join(words))

    def person(self, name: str) -> UUID:
        """The id of a person, who is added if new."""
        if name not in self._people:
            self._people[name] = Person(self.id_of("person", name), name, Provider.CLIENT)
        return self._people[name].id

    def day(self, text: str) -> date:
        """A date of the histories, shifted to the current date."""
        return date.fromisoformat(text) + self._shift

    def dice(self, of: UUID) -> Random:
        """Dice of a client or an engagement: what is added to one history changes no other."""
        return Random(of.int)  # noqa: S311  (a story needs no safe dice)

    def instant(self, day: date, lag: int, dice: Random) -> datetime:
        """A working-hours instant on the first working day at least `lag` days later, but before today."""
        later = day + timedelta(days=lag)
        while later.isoweekday() > 5:
            later += timedelta(days=1)
        at = datetime.combine(later, time(8), UTC) + timedelta(seconds=dice.randrange(36_000))
        return min(at, self._last_instant)

    @property
    def people(self) -> tuple[Person, ...]:
        """All people."""
        return tuple(self._people.values())

    def steps(self) -> tuple[Step, ...]:
        """The commands in recording order, at distinct instants."""
        steps: list[Step] = []
        of_all = (step for account in self._accounts for step in account.steps())
        for step in sorted(of_all, key=lambda step: step.recorded_at):
            at = max(step.recorded_at, steps[-1].recorded_at + _SECOND) if steps else step.recorded_at
            steps.append(Step(at, step.tell))
        return tuple(steps)

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
        account = Account(self, name, on, profile, fiscal_year_start_month, currency, lead)
        self._accounts.append(account)
        return account


class Account:
    """A client of the demonstration.

    What happened is recorded in the order in which it happened, however a history is written, a few days later. Only
    what has a day of recording of its own is recorded then.
    """

    def __init__(
        self,
        firm: FirmBuilder,
        name: str,
        on: str,
        profile: Mapping[str, object],
        fiscal_year_start_month: int | None,
        currency: str,
        lead: str,
    ) -> None:
        """The client is registered on `on` by its practice lead."""
        self.firm = firm
        self.name = name
        self.currency = currency
        self.lead = lead
        self.id = client_id = firm.id_of("client", name)
        self._dice = firm.dice(client_id)
        by, facts = firm.person(lead), self._facts(profile)
        self._profile = [(firm.day(on), facts)]
        self._given = Answers()
        self._registered = firm.instant(firm.day(on), 0, self._dice)
        self._recorded: dict[date, datetime] = {}
        self._steps = [
            Step(
                self._registered,
                lambda unit: unit.register_client(
                    client_id, name, None, facts, fiscal_year_start_month, recorded_by=by
                ),
            )
        ]
        self._by_day: list[tuple[date, UseCase]] = []

    def becomes(self, on: str, *, name: str | None = None, **profile: object) -> None:
        """Profile facts change on a day."""
        firm, client_id, facts = self.firm, self.id, self._facts(profile)
        effective_on, by = firm.day(on), firm.person(self.lead)
        self._profile.append((effective_on, facts))
        self.record(
            effective_on,
            lambda unit: unit.client(client_id).change_profile(effective_on, name, facts, recorded_by=by),
        )

    def answer(self, day: date, answers: Answers) -> Answers:
        """The newest answers on a day: these, those given before them, and the profile."""
        self._given = merge_answers(self._given, answers)
        facts: dict[str, object] = {}
        dates: dict[str, date] = {}
        for since, changed in sorted(self._profile, key=lambda change: change[0]):
            if since <= day:
                facts |= changed
                dates |= dict.fromkeys(changed, since)
        return merge_answers(answers_from_profile(facts, as_of=dates), self._given)

    def record(self, happened: date, tell: UseCase, recorded: date | None = None) -> None:
        """Record what happened on a day; without a day of recording, a few days later."""
        if recorded is None:
            self._by_day.append((happened, tell))
            return
        before = self._recorded.get(recorded)
        instant = self.firm.instant(recorded, 0, self._dice) if before is None else before + 90 * _SECOND
        self._recorded[recorded] = instant
        self._steps.append(Step(instant, tell))

    def steps(self) -> list[Step]:
        """The commands of this client."""
        steps, clock = [*self._steps], self._registered
        for day, tell in sorted(self._by_day, key=lambda one: one[0]):
            clock = max(self.firm.instant(day, self._dice.choice(_LAGS), self._dice), clock + 5 * _SECOND)
            steps.append(Step(clock, tell))
        return steps

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
