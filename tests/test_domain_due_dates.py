"""What is due when: the deliverables of each hat's first 90 days, renewals and notice days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from story import AI, TECHNOLOGY, day, named

from domain.due_dates import DueDate, DueKind, Issue, deliverables_due, missing_papers, renewals_due
from domain.kinds.engagement import RenewalSet
from domain.kinds.state import HeldSpans
from domain.seats import Function

SEATED = named("seated")
JANUARY = ((day("2026-01-05"), None),)


def issue(on: str, deliverable: str) -> Issue:
    return Issue(day(on), deliverable, named(f"{deliverable} {on}"))


def owed(
    function: Function, held: HeldSpans, *issues: Issue, closed_on: str | None = None
) -> list[tuple[str, str, str, str | None]]:
    due = list(deliverables_due(function, held, SEATED, issues, day(closed_on) if closed_on else None))
    assert all(one.milestone == SEATED and one.function is function for one in due)
    return [(one.kind.value, str(one.due_on), str(one.start), str(one.end) if one.end else None) for one in due]


def test_deliverables_are_due_90_days_after_the_first_day_on_which_the_hat_is_held() -> None:
    assert owed(TECHNOLOGY, JANUARY) == [
        ("first_quarter", "2026-04-05", "2026-01-05", None),
        ("first_90_days", "2026-04-05", "2026-01-05", None),
    ]


def test_the_first_quarter_of_the_ai_hat_is_done_with_both_of_its_papers() -> None:
    papers = issue("2026-02-01", "ai_capability_map"), issue("2026-03-01", "governance_framework")
    assert owed(AI, JANUARY, *papers) == [
        ("first_quarter", "2026-04-05", "2026-01-05", "2026-03-01"),
        ("first_90_days", "2026-04-05", "2026-01-05", None),
    ]
    (first_quarter, _) = deliverables_due(AI, JANUARY, SEATED, papers)
    assert first_quarter.done_by == papers[1].milestone
    strategy = issue("2026-05-01", "ai_strategy")
    assert owed(AI, JANUARY, *papers, strategy)[1] == ("first_90_days", "2026-04-05", "2026-01-05", "2026-05-01")


def test_each_hat_owes_its_own_papers() -> None:
    assert missing_papers(DueKind.FIRST_QUARTER, TECHNOLOGY, {"ai_capability_map"}) == ("technology_read",)
    assert missing_papers(DueKind.FIRST_QUARTER, AI, {"ai_capability_map"}) == ("governance_framework",)
    assert missing_papers(DueKind.FIRST_90_DAYS, TECHNOLOGY, {"roadmap", "hiring_plan", "technology_read"}) == (
        "architecture_read",
        "decision_log",
    )


def test_nothing_is_owed_while_the_hat_is_vacant_and_a_new_holder_gets_no_new_90_days() -> None:
    spans = ((day("2026-01-05"), day("2026-02-01")), (day("2026-06-01"), None))
    assert owed(AI, spans)[:2] == [
        ("first_quarter", "2026-04-05", "2026-01-05", "2026-02-01"),
        ("first_quarter", "2026-04-05", "2026-06-01", None),
    ]


def test_papers_issued_before_the_hat_is_held_are_not_owed() -> None:
    papers = issue("2026-01-02", "ai_capability_map"), issue("2026-01-05", "governance_framework")
    assert [kind for kind, *_ in owed(AI, JANUARY, *papers)] == ["first_90_days"]


def test_deliverables_due_on_or_after_the_close_are_not_owed() -> None:
    assert owed(AI, JANUARY, closed_on="2026-04-05") == []
    assert [end for *_, end in owed(AI, JANUARY, closed_on="2026-04-06")] == ["2026-04-06", "2026-04-06"]


def test_what_is_due_on_a_day_is_not_overdue_on_it_and_notice_is_never_overdue() -> None:
    (first_quarter, _) = deliverables_due(AI, JANUARY, SEATED, (), day("2026-08-01"))
    due_on = first_quarter.due_on
    assert [first_quarter.is_due_on(due_on + timedelta(days=n)) for n in (-91, -90, 0, 1)] == [False, True, True, False]
    assert [first_quarter.is_overdue_on(due_on + timedelta(days=n)) for n in (0, 1)] == [False, True]
    assert [first_quarter.is_overdue_on(day(text)) for text in ("2026-07-31", "2026-08-01")] == [True, False]
    details = RenewalSet(day("2026-12-31"), day("2026-09-30"))
    notice, renewal = renewals_due([(day("2026-01-05"), named("letter"), details)])
    assert (notice.is_overdue_on(day("2026-10-01")), renewal.is_overdue_on(day("2027-01-01"))) == (False, True)


days = st.integers(0, 400).map(lambda number: date(2026, 1, 1) + timedelta(days=number))
papers = st.sampled_from(("technology_read", "roadmap", "ai_capability_map", "governance_framework", "ai_strategy"))
issues = st.lists(st.builds(Issue, days, papers, st.uuids()), max_size=8)


@st.composite
def held_spans(draw: st.DrawFn) -> HeldSpans:
    edges = sorted(draw(st.sets(days, min_size=1, max_size=5)))
    return tuple((start, end) for start, end in zip(edges[::2], [*edges[1::2], None], strict=False))


@examples(100)
@given(held_spans(), issues, st.sampled_from(Function), st.none() | days, days)
def test_a_deliverable_is_owed_on_each_day_on_which_its_hat_is_held_and_it_is_missing(
    held: HeldSpans, issued: Sequence[Issue], function: Function, closed_on: date | None, on: date
) -> None:
    issued = sorted(issued, key=lambda one: one.on)
    answer = list(deliverables_due(function, held, SEATED, issued, closed_on))
    is_held = any(start <= on and (end is None or on < end) for start, end in held)
    is_open = closed_on is None or on < closed_on
    due_on = held[0][0] + timedelta(days=90)
    for kind in (DueKind.FIRST_QUARTER, DueKind.FIRST_90_DAYS):
        by_then = {one.deliverable for one in issued if one.on <= on}
        owes = is_held and is_open and bool(missing_papers(kind, function, by_then))
        expected = owes and (closed_on is None or due_on < closed_on)
        of_kind = [one for one in answer if one.kind is kind and _applies(one, on)]
        assert len(of_kind) == expected
        assert all(one.due_on == due_on and one.is_overdue_on(on) is (due_on < on) for one in of_kind)
        assert all(_completes(one, kind, function, issued) for one in answer if one.kind is kind and one.done_by)


def _applies(due: DueDate, on: date) -> bool:
    return due.start <= on and (due.end is None or on < due.end)


def _completes(due: DueDate, kind: DueKind, function: Function, issued: Sequence[Issue]) -> bool:
    place = next(number for number, one in enumerate(issued) if one.milestone == due.done_by)
    before, after = ({one.deliverable for one in issued[: place + more]} for more in (0, 1))
    return bool(missing_papers(kind, function, before)) and not missing_papers(kind, function, after)


def test_a_renewal_is_due_until_the_next_one_is_set() -> None:
    first, second = UUID(int=1), UUID(int=2)
    due = renewals_due(
        [
            (day("2026-01-01"), first, RenewalSet(day("2026-12-31"))),
            (day("2026-06-01"), second, RenewalSet(day("2027-12-31"))),
        ]
    )
    assert [(one.milestone, str(one.start), one.end) for one in due] == [
        (first, "2026-01-01", day("2026-06-01")),
        (second, "2026-06-01", None),
    ]


def test_nothing_is_due_on_the_day_of_the_close_or_from_the_day_on_which_the_next_renewal_is_set() -> None:
    assert list(renewals_due([], day("2026-06-30"))) == []
    first, second = RenewalSet(day("2026-06-30")), RenewalSet(day("2026-09-30"))
    set_on = [(day("2026-01-05"), named("first"), first), (day("2026-03-01"), named("second"), second)]
    due = list(renewals_due(set_on, day("2026-09-30")))
    assert [(one.due_on, one.end) for one in due] == [(day("2026-06-30"), day("2026-03-01"))]
    assert [one.is_due_on(day(text)) for one in due for text in ("2026-01-05", "2026-02-28", "2026-03-01")] == [
        True,
        True,
        False,
    ]
    assert len(list(renewals_due(set_on, day("2026-10-01")))) == 2
