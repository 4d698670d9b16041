"""Discretion: what a shared timeline leaves out is taken from what was read, before anything is drawn or written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain.milestones import Kind
from domain.seats import Money, SeatTerms
from projections.clients import ClientRow
from projections.milestone_versions import MilestoneVersion
from projections.timelines import ClientTimeline

_SUMS = frozenset({"monthly_fee", "spending_limit"})
_WORDS = frozenset({"reason", "rationale", "evidence", "topic", "topics", "conflict", "outcome"})
_MEASURED = frozenset({"value", "baseline", "unit"})
_CURRENCY = re.compile(r"[$€£¥₹]|\b[A-Z]{3}\b|(?i:dollar|euro|pound|franc|cent)")
"""A unit in which money is told: a sign, a code of three capitals, a name."""


@dataclass(frozen=True, slots=True)
class Discretion:
    """Whether money and notes are shown. Assessments' answers, sources and who recorded what never are."""

    money: bool
    notes: bool

    def client(self, client: ClientRow) -> ClientRow:
        """A client without what is left out."""
        seats = tuple(replace(seat, terms=self.terms(seat.terms)) for seat in client.seats)
        if self.money:
            return replace(client, seats=seats)
        sums = {
            name: None for name in type(client.profile).__slots__ if isinstance(getattr(client.profile, name), Money)
        }
        return replace(client, seats=seats, profile=replace(client.profile, **sums))

    def timeline(self, timeline: ClientTimeline) -> ClientTimeline:
        """A timeline without what is left out."""
        return replace(
            timeline,
            seat_spans=tuple(replace(span, terms=self.terms(span.terms)) for span in timeline.seat_spans),
            milestones=tuple(self.milestone(milestone) for milestone in timeline.milestones),
        )

    def terms(self, terms: SeatTerms) -> SeatTerms:
        """A seat's terms without what is left out."""
        return terms if self.money else replace(terms, monthly_fee=None)

    def milestone(self, milestone: MilestoneVersion) -> MilestoneVersion:
        """A milestone without what is left out."""
        details: dict[str, Any] = dict(milestone.details)
        if milestone.kind is Kind.ASSESSMENT_TAKEN:
            details = {**details, "answers": dict.fromkeys(details["answers"]), "verdicts": None}
        if milestone.kind is Kind.OUTCOME_MEASURED and not self.money and _CURRENCY.search(details["unit"]):
            details = {name: value for name, value in details.items() if name not in _MEASURED}
        return replace(
            milestone,
            details=self._left_of(details),
            note=milestone.note if self.notes else None,
            links=(),
            reason=None,
            retraction_links=(),
        )

    def _left_of(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: self._left_of(member) for name, member in value.items() if not self._hides(name, member)}
        return [self._left_of(member) for member in value] if isinstance(value, list | tuple) else value

    def _hides(self, name: str, value: object) -> bool:
        is_sum = name in _SUMS or (isinstance(value, Mapping) and set(value) == {"amount", "currency"})
        return (is_sum and not self.money) or (name in _WORDS and not self.notes)
