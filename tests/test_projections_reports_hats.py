"""The two functions in balance: hours, decisions and deliverables of each, by quarter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from portfolios import store_of, told
from story import AI, DANA, IRIS, TECHNOLOGY, chosen, day, hours, named, on, seat, split, two_hats

from domain.areas import DecisionOwner
from domain.governance import HatActivity
from domain.kinds.agreements import DecisionRightAssigned
from domain.kinds.engagement import Opened, Paused, Resumed
from domain.kinds.work import DeliverableIssued, HoursReported
from domain.quarters import parse_quarter, quarters_between
from projections.log import Recorded
from projections.reports.hats import ExpectedRange, QuarterBalance, hats_by_quarter

FIRST, LAST = parse_quarter("2024-Q1"), parse_quarter("2025-Q4")


def balance(events: Sequence[Recorded], as_of: str) -> dict[str, QuarterBalance]:
    with store_of(events) as snapshot:
        found = hats_by_quarter(snapshot, named("halcyon"), quarters_between(FIRST, LAST), as_of=day(as_of))
    return {row.quarter.label: row for row in found}


def test_agreed_and_worked_hours_stand_beside_the_expected_range_of_each_phase() -> None:
    unified = two_hats(DANA, hours_per_month=hours(20, 12))
    rows = balance(
        told(
            halcyon=[
                on("2024-01-01", Opened("Letter")),
                chosen("2024-01-01", unified),
                on("2024-02-01", HoursReported("2024-01", AI, Decimal(16)), called="January"),
                on("2024-05-02", HoursReported("2024-04", TECHNOLOGY, Decimal(30)), called="April"),
            ]
        ),
        "2024-06-30",
    )
    first, second = rows["2024-Q1"].hats, rows["2024-Q2"].hats
    assert (first[AI].agreed, first[AI].activity.hours, first[AI].expected) == (
        Decimal(36),
        Decimal(16),
        ExpectedRange(Decimal(45), Decimal(60)),
    )
    assert (second[AI].agreed, second[AI].expected) == (Decimal(36), ExpectedRange(Decimal(24), Decimal(36)))
    assert (second[TECHNOLOGY].agreed, second[TECHNOLOGY].activity.hours) == (Decimal(60), Decimal(30))
    assert {rows[label].hats[TECHNOLOGY].expected for label in rows} == {None}
    assert rows["2025-Q1"].hats[AI].expected is None
    assert next(label for label, row in rows.items() if row.planned) == "2024-Q3"


def test_paused_days_count_neither_for_agreed_nor_for_expected_hours() -> None:
    rows = balance(
        told(
            halcyon=[
                on("2024-01-01", Opened("Letter")),
                chosen("2024-01-01", seat(IRIS, AI, hours_per_month=hours(ai=12))),
                on("2024-02-01", Paused()),
                on("2024-04-01", Resumed()),
            ]
        ),
        "2024-06-30",
    )
    first = rows["2024-Q1"].hats
    assert (first[AI].agreed, first[AI].expected) == (Decimal(12), ExpectedRange(Decimal(15), Decimal(20)))
    assert (first[TECHNOLOGY].is_held, first[TECHNOLOGY].agreed) == (False, None)


def test_decisions_and_deliverables_count_in_the_quarter_in_which_they_take_effect_up_to_the_day() -> None:
    events = told(
        halcyon=[
            on("2024-01-01", Opened("Letter")),
            chosen("2024-02-01", two_hats(DANA)),
            on("2024-03-31", DecisionRightAssigned("ai_risk", DecisionOwner.AI)),
            on("2024-04-01", DecisionRightAssigned("architecture", DecisionOwner.TECHNOLOGY)),
            on("2024-04-02", DeliverableIssued("ai_strategy", AI)),
            split("2024-07-01", DANA, IRIS),
        ]
    )
    rows = balance(events, "2024-04-01")
    assert rows["2024-Q1"].hats[AI].activity == HatActivity(Decimal(0), 1, 0)
    assert rows["2024-Q2"].hats[TECHNOLOGY].activity == HatActivity(Decimal(0), 1, 0)
    assert rows["2024-Q2"].hats[AI].activity == HatActivity()
    assert balance(events, "2024-04-02")["2024-Q2"].hats[AI].activity == HatActivity(Decimal(0), 0, 1)
    assert {row.hats[AI].agreed for row in rows.values()} == {None}


def test_quarters_in_which_nothing_was_held_or_done_are_left_out_and_what_was_known_then_stays() -> None:
    events = told(
        halcyon=[
            on("2024-05-01", Opened("Letter")),
            chosen("2024-05-01", two_hats(DANA)),
            on("2024-05-20", DeliverableIssued("roadmap", TECHNOLOGY)),
        ]
    )
    assert next(iter(balance(events, "2024-06-30"))) == "2024-Q2"
    before = events[-2].event.timestamp
    with store_of(events) as snapshot:
        (row, *_) = hats_by_quarter(
            snapshot, named("halcyon"), quarters_between(FIRST, LAST), as_of=date(2024, 6, 30), known_at=before
        )
    assert row.hats[TECHNOLOGY].activity == HatActivity()
