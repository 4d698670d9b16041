"""Remarks on people who hold seats now and whose seats the advice would change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.assessment.framework import Advised, Seats
from domain.assessment.outcome import Outcome
from domain.assessment.predicates import Values
from domain.seats import Function

_SEATED = {"fractional": Advised.FRACTIONAL, "full_time": Advised.FULL_TIME}
_WORDS = {Advised.FRACTIONAL: "fractional", Advised.FULL_TIME: "full-time"}
_NAMES = {Function.TECHNOLOGY: "technology", Function.AI: "AI"}


class Effect(StrEnum):
    """What the advice would do to a seat that is held."""

    BECOMES_FRACTIONAL = "becomes_fractional"
    BECOMES_FULL_TIME = "becomes_full_time"
    IS_VACATED = "is_vacated"
    MERGES = "merges"
    SPLITS = "splits"


_SENTENCES = {
    Effect.BECOMES_FRACTIONAL: "this advice would make that seat fractional.",
    Effect.BECOMES_FULL_TIME: "this advice would make that seat full-time.",
    Effect.IS_VACATED: "this advice would leave that seat empty.",
    Effect.MERGES: "this advice would merge that seat with the other one under a single leader.",
    Effect.SPLITS: "this advice would hand one of the two functions to a second leader.",
}


@dataclass(frozen=True, slots=True)
class SeatRemark:
    """A held seat (`commitment`, `since` a day, null if unknown) and the effect of the advice on it.

    A seat with both functions has one remark, for technology.
    """

    function: Function
    commitment: Advised
    since: date | None
    effect: Effect

    @property
    def consequence(self) -> str:
        """The effect as the end of a sentence, after who holds what."""
        return _SENTENCES[self.effect]

    @property
    def sentence(self) -> str:
        """The remark as a sentence without a name and a date."""
        both = " together with AI" if self.effect is Effect.SPLITS else ""
        return f"{_capital(_NAMES[self.function])} is held {_WORDS[self.commitment]}{both}; {self.consequence}"


def seat_remarks(outcome: Outcome, values: Values) -> tuple[SeatRemark, ...]:
    """The remarks on seats that are known to be held and that the advice would change."""
    technology, ai = _SEATED.get(values.get("technology_seat", "")), _SEATED.get(values.get("ai_seat", ""))
    if values.get("ai_seat") == "same_person":
        if technology is None:
            return ()
        effect = Effect.SPLITS if outcome.seats is Seats.TWO else _effect(technology, _shared(outcome))
        return _remarks((Function.TECHNOLOGY, technology, values.get("technology_seat_since"), effect))
    if outcome.seats is Seats.ONE:
        merged = Effect.MERGES if technology is not None and ai is not None else None
        advised_technology = advised_ai = _shared(outcome)
    else:
        merged = None
        advised_technology, advised_ai = outcome.technology, outcome.ai
    seats = (
        (Function.TECHNOLOGY, technology, values.get("technology_seat_since"), advised_technology),
        (Function.AI, ai, values.get("ai_seat_since"), advised_ai),
    )
    return _remarks(
        *[
            (function, commitment, since, merged or _effect(commitment, advised))
            for function, commitment, since, advised in seats
            if commitment is not None
        ]
    )


def _shared(outcome: Outcome) -> Advised:
    """The commitment of one seat for both functions: the larger of the two, if that is decided."""
    levels = (outcome.technology, outcome.ai)
    if outcome.seats is not Seats.ONE:
        return Advised.UNDECIDED
    if Advised.FULL_TIME in levels:
        return Advised.FULL_TIME
    return Advised.UNDECIDED if Advised.UNDECIDED in levels else Advised.FRACTIONAL


def _effect(current: Advised, advised: Advised) -> Effect | None:
    if advised in (current, Advised.UNDECIDED):
        return None
    return {
        Advised.NONE: Effect.IS_VACATED,
        Advised.FRACTIONAL: Effect.BECOMES_FRACTIONAL,
        Advised.FULL_TIME: Effect.BECOMES_FULL_TIME,
    }[advised]


def _remarks(*seats: tuple[Function, Advised, date | None, Effect | None]) -> tuple[SeatRemark, ...]:
    return tuple(
        SeatRemark(function, commitment, since, effect)
        for function, commitment, since, effect in seats
        if effect is not None
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
