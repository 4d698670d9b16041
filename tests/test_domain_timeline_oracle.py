"""The fold against an engagement lived through day by day, on thousands of random histories."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from examples import examples
from histories import Dice, history, moved, numbers
from hypothesis import event, given
from hypothesis import strategies as st
from oracle import (
    FUNCTIONS,
    Chair,
    Life,
    Refused,
    Span,
    live_through,
    plain_hours,
    plain_money,
    plain_word,
    wrong_together,
)

from domain.cross_checks import faults_of
from domain.errors import Refusal
from domain.milestones import Milestone
from domain.seats import SeatTerms
from domain.timeline import SeatSpan, Timeline, fold


@examples(500)
@given(rolls=st.lists(numbers, min_size=4, max_size=14), shuffle=st.integers(0, 2**16))
def test_the_fold_says_what_living_through_every_day_says(rolls: list[int], shuffle: int) -> None:
    milestones = history(rolls)
    if shuffle % 4 == 3:  # one of them on another day than it was made for
        index = shuffle % len(milestones)
        milestones[index] = moved(milestones[index], Dice(shuffle))
    random.Random(shuffle).shuffle(milestones)  # whoever calls need not sort
    event(assert_same(milestones))


def assert_same(milestones: Sequence[Milestone]) -> str:
    """Both readings agree: on every span and transition, or on the milestone refused and the reason."""
    lived = lived_or_refused(milestones)
    if isinstance(lived, Life):
        timeline = fold(milestones)
        assert_timeline_is(timeline, lived)
        faults = {(type(f.refusal).__name__, f.refusal.milestone, f.measure) for f in faults_of(timeline)}
        wrong = {(w.reason, w.milestone, w.how_much) for w in wrong_together(milestones, lived)}
        assert faults == wrong
        return " and ".join(sorted({reason for reason, _, _ in wrong})) or "fits"
    assert refusal_of(milestones) == (lived.reason, lived.milestone)
    return lived.reason


def lived_or_refused(milestones: Sequence[Milestone]) -> Life | Refused:
    try:
        return live_through(milestones)
    except Refused as refused:
        return refused


def refusal_of(milestones: Sequence[Milestone]) -> tuple[str, UUID | None] | None:
    """What the fold refuses, and why; null when it does not."""
    try:
        fold(milestones)
    except Refusal as refusal:
        return type(refusal).__name__, refusal.milestone
    return None


def assert_timeline_is(timeline: Timeline, life: Life) -> None:
    """The timeline has exactly the spans and transitions of a life, and the same chairs."""
    assert [(s.structure, s.start, s.end, s.milestone) for s in timeline.structure_spans] == life.spans("structure")
    assert [(s.status, s.start, s.end, s.milestone) for s in timeline.status_spans] == life.spans("status")
    assert [(t.before, t.after, t.on, t.milestone) for t in timeline.transitions()] == life.transitions()
    chairs: dict[UUID, Any] = {}
    for function in FUNCTIONS:
        spans = [s for s in timeline.seat_spans if s.function == function]
        lived = life.spans(function)
        assert [as_lived(span) for span in spans] == [plain(span) for span in lived]
        for span, chair in zip(spans, lived, strict=True):
            assert chairs.setdefault(span.seat, chair.value.label) == chair.value.label
    assert len(set(chairs.values())) == len(chairs)
    for day, evening in life.evenings.items():
        assert timeline.structure_on(day) == evening.structure
        assert timeline.status_on(day) == evening.status
        assert [f for f in FUNCTIONS if getattr(timeline.arrangement_on(day), f)] == [
            f for f in FUNCTIONS if getattr(evening, f)
        ]


def as_lived(span: SeatSpan) -> tuple[Any, date, date | None, UUID]:
    return plain_terms(span.terms), span.start, span.end, span.milestone


def plain(span: Span) -> tuple[Any, date, date | None, UUID]:
    chair: Chair = span.value
    terms = (
        chair.holder,
        chair.commitment,
        chair.provider,
        chair.interim,
        chair.reports_to,
        chair.hours,
        chair.fee,
    )
    return terms, span.start, span.end, span.milestone


def plain_terms(terms: SeatTerms) -> Any:
    return (
        terms.holder,
        terms.commitment.value,
        terms.provider.value,
        terms.interim,
        plain_word(terms.reports_to),
        plain_hours(terms.hours_per_month),
        plain_money(terms.monthly_fee),
    )
