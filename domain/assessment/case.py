"""One client's case as the remarks on it see it: the answers, the verdicts, and what they combine to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.assessment.framework import Advised, First, Seats
from domain.assessment.outcome import Outcome
from domain.assessment.predicates import Values
from domain.assessment.verdict import Verdict

_HOLDING = (Advised.FRACTIONAL, Advised.FULL_TIME)


@dataclass(frozen=True)
class Case:
    """What a contradiction, a warning, a condition or an agreement may look at. Only what is known is ever true."""

    values: Values
    verdicts: Mapping[str, Verdict]
    fired: Mapping[str, frozenset[str]]
    outcome: Outcome

    def is_answered(self, name: str, *choices: object) -> bool:
        """Whether an answer is known to be one of these."""
        return self.values.get(name) in choices

    def has_fired(self, framework: str, *keys: str) -> bool:
        """Whether one of these rules fired in a framework."""
        return not self.fired[framework].isdisjoint(keys)

    @property
    def one_seat(self) -> bool:
        """One seat is advised."""
        return self.outcome.seats is Seats.ONE

    @property
    def two_seats(self) -> bool:
        """Two seats are advised."""
        return self.outcome.seats is Seats.TWO

    @property
    def two_hats(self) -> bool:
        """One seat for both functions is advised."""
        return self.one_seat and Advised.NONE not in (self.outcome.technology, self.outcome.ai)

    @property
    def ai_led(self) -> bool:
        """Somebody to lead AI is advised, in a seat of the leader's own or as a hat."""
        return self.outcome.ai in _HOLDING or self.two_seats

    @property
    def technology_vacant(self) -> bool | None:
        """Whether nobody senior owns technology; null while nobody said."""
        seat = self.values.get("technology_seat")
        return None if seat is None else seat == "none"

    def says_ai_first(self) -> bool:
        """Whether AI is to be filled first, by one framework at least or in all."""
        return self.outcome.first is First.AI or any(v.first is First.AI for v in self.verdicts.values())
