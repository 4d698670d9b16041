"""A client's case, the input of contradictions, warnings, depth conditions and agreements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.assessment.framework import Advised, First, Seats
from domain.assessment.outcome import Outcome
from domain.assessment.predicates import Values
from domain.assessment.verdict import Verdict

_HOLDING = (Advised.FRACTIONAL, Advised.FULL_TIME)
_SEATED = ("fractional", "full_time")


@dataclass(frozen=True)
class Case:
    """Answers, verdicts and combined outcome of one client. Conditions on it are true only for known answers."""

    values: Values
    verdicts: Mapping[str, Verdict]
    fired: Mapping[str, frozenset[str]]
    outcome: Outcome

    def is_answered(self, name: str, *choices: object) -> bool:
        """Whether the answer is known and one of these choices."""
        return self.values.get(name) in choices

    def has_fired(self, framework: str, *keys: str) -> bool:
        """Whether one of these rules fired in the framework."""
        return not self.fired[framework].isdisjoint(keys)

    @property
    def one_seat(self) -> bool:
        """One leader is advised, for both functions or for one."""
        return self.outcome.seats in (Seats.ONE, Seats.SINGLE)

    @property
    def two_seats(self) -> bool:
        """Two leaders are advised."""
        return self.outcome.seats is Seats.TWO

    @property
    def two_hats(self) -> bool:
        """One leader for both functions is advised."""
        return self.outcome.seats is Seats.ONE

    @property
    def one_function(self) -> bool:
        """One function is to be filled, and the other not yet."""
        return self.outcome.seats is Seats.SINGLE

    @property
    def ai_led(self) -> bool:
        """AI leadership is advised, in a seat of its own or beside technology."""
        return self.outcome.ai in _HOLDING or self.two_seats

    @property
    def technology_vacant(self) -> bool | None:
        """Whether no senior leader owns technology; None if unknown."""
        seat = self.values.get("technology_seat")
        return None if seat is None else seat == "none"

    @property
    def holds_technology(self) -> bool:
        """A CTO is known to be in place."""
        return self.is_answered("technology_seat", *_SEATED)

    @property
    def holds_both_alone(self) -> bool:
        """One person is known to hold both functions."""
        return self.is_answered("ai_seat", "same_person")

    @property
    def holds_two_seats(self) -> bool:
        """Two leaders are known to be in place."""
        return self.holds_technology and self.is_answered("ai_seat", *_SEATED)

    def says_ai_first(self) -> bool:
        """Whether at least one framework, or the outcome, says to fill AI first."""
        return self.outcome.first is First.AI or any(v.first is First.AI for v in self.verdicts.values())
