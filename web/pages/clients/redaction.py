"""Redaction of shared timelines: money, free text and answers are removed before anything is drawn or written.

The types of a milestone's fields say which of them are removed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain.field_types import FieldSpec, FieldType, field_specs
from domain.milestones import DETAILS
from domain.seats import Money, SeatTerms, SeatWithFunctions
from projections.clients import ClientRow
from projections.milestone_versions import MilestoneVersion
from projections.timelines import ClientTimeline

_CURRENCY = re.compile(r"[$€£¥₹]|\b[A-Z]{3}\b|(?i:dollar|euro|pound|franc|cent)")
"""Matches a unit of money: a currency sign, a code of three capitals, or a name."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """Whether money and notes are shown. A timeline never shows answers, sources and who recorded what."""

    money: bool
    notes: bool

    def client(self, client: ClientRow) -> ClientRow:
        """A client without the redacted fields."""
        seats = tuple(replace(seat, terms=self.terms(seat.terms)) for seat in client.seats)
        if self.money:
            return replace(client, seats=seats)
        sums = {
            name: None for name in type(client.profile).__slots__ if isinstance(getattr(client.profile, name), Money)
        }
        return replace(client, seats=seats, profile=replace(client.profile, **sums))

    def timeline(self, timeline: ClientTimeline) -> ClientTimeline:
        """A timeline without the redacted fields."""
        return replace(
            timeline,
            seat_spans=tuple(replace(span, terms=self.terms(span.terms)) for span in timeline.seat_spans),
            milestones=tuple(self.milestone(milestone) for milestone in timeline.milestones),
        )

    def terms(self, terms: SeatTerms) -> SeatTerms:
        """A seat's terms without the redacted fields."""
        return terms if self.money else replace(terms, monthly_fee=None)

    def milestone(self, milestone: MilestoneVersion) -> MilestoneVersion:
        """A milestone without the redacted fields."""
        return replace(
            milestone,
            details=self._details(DETAILS[milestone.kind], milestone.details),
            note=milestone.note if self.notes else None,
            links=(),
            reason=None,
            retraction_links=(),
        )

    def _details(self, owner: Any, shape: Mapping[str, Any]) -> dict[str, Any]:
        """The JSON of a dataclass without redacted fields and without members that are not fields."""
        specs = field_specs(owner)
        is_money = any(spec.type is FieldType.UNIT and _CURRENCY.search(shape.get(spec.name) or "") for spec in specs)
        shown = (spec for spec in specs if spec.name in shape and not self._hides(spec, is_money))
        return {spec.name: self._value(spec, shape[spec.name]) for spec in shown}

    def _hides(self, spec: FieldSpec, is_money: bool) -> bool:
        """Whether a field is redacted; `is_money`: the measures in the same object are in a currency."""
        if spec.type is not None and spec.type.is_free_text:
            return not self.notes
        is_sum = spec.value is Money or (is_money and spec.type in (FieldType.MEASURE, FieldType.UNIT))
        return is_sum and not self.money

    def _value(self, spec: FieldSpec, value: Any) -> Any:
        if spec.type is FieldType.ANSWERS:
            return dict.fromkeys(value)
        if spec.type is FieldType.VERDICTS or value is None:
            return None
        if spec.value not in (SeatTerms, SeatWithFunctions):
            return value
        return [self._details(spec.part, one) for one in value] if spec.is_list else self._details(spec.part, value)
