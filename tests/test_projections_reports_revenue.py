"""Revenue against fees counted day by day, and the rules that no day-by-day count shows by itself."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from oracle import UNIFIED, days_of_month
from portfolios import Case, Question, clients_behind, days_between, store_of, told
from story import DANA, IRIS, chosen, fee, named, on, seat, split, two_hats

from domain.currencies import decimals_of
from domain.kinds.engagement import Opened, Paused, Resumed
from domain.kinds.seats import TermsChanged
from domain.quarters import parse_quarter
from domain.seats import Function, Money
from projections.reports.catalog import REPORTS, clients_of_row
from projections.reports.question import ReportQuestion
from projections.reports.revenue import revenue


def fees_are_those_of_every_day_on_which_a_seat_is_held_and_work_is_not_paused(case: Case) -> None:
    question, snapshot = case.question, case.snapshot
    parameters = parameters_of(question)
    expected = fees_day_by_day(question)
    rows = revenue(snapshot, parameters).rows
    assert {(r.quarter, r.structure, r.function, r.currency): r for r in rows}.keys() == expected.keys()
    for row in rows:
        amount, to_date, paying = expected[row.quarter, row.structure, row.function, row.currency]
        assert (row.amount, row.to_date, row.clients) == (
            to_unit(amount, row.currency),
            to_unit(to_date, row.currency),
            len(paying),
        )
        assert row.planned is (row.quarter.start > question.as_of)
        assert clients_behind(snapshot, row.link, question) == paying
    assert list(rows) == sorted(rows, key=lambda row: row.quarter)


def parameters_of(question: Question) -> ReportQuestion:
    return ReportQuestion(
        question.quarters[0],
        question.quarters[-1],
        question.as_of,
        known_at=question.known_at,
        visible=question.visible,
        fiscal_year_start_month=question.quarters[0].fiscal_year_start_month,
    )


def fees_day_by_day(question: Question) -> dict[Any, tuple[Fraction, Fraction, set[Any]]]:
    amounts: dict[Any, Fraction] = defaultdict(Fraction)
    to_date: dict[Any, Fraction] = defaultdict(Fraction)
    paying: dict[Any, set[Any]] = defaultdict(set)
    for letter in question.letters:
        for quarter in question.quarters:
            for day in days_between(quarter.start, quarter.end):
                evening = letter.on(day)
                if evening.status != "open":
                    continue
                chairs = {"technology": evening.technology, "ai": evening.ai}
                if evening.structure in UNIFIED.values():
                    chairs = {"technology+ai": evening.technology}
                for hats, chair in chairs.items():
                    if chair and chair.fee:
                        amount, currency = chair.fee
                        share = Fraction(amount) / len(list(days_of_month(f"{day:%Y-%m}")))
                        key = quarter, evening.structure, hats, currency
                        amounts[key] += share
                        to_date[key] += share if day <= question.as_of else 0
                        paying[key].add(letter.client)
    return {key: (amounts[key], to_date[key], paying[key]) for key in amounts}


def to_cents(amount: Fraction) -> Decimal:
    return to_unit(amount, "USD")


def to_unit(amount: Fraction, currency: str) -> Decimal:
    """An exact sum, rounded once to the decimals of its currency."""
    with localcontext(prec=60):
        exact = Decimal(amount.numerator) / Decimal(amount.denominator)
    return exact.quantize({"JPY": Decimal(1), "KWD": Decimal("0.001")}.get(currency, Decimal("0.01")), ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("monthly", "currency", "first_quarter"),
    [
        ("1000000", "JPY", "2677419"),  # 21 of 31 days, February, March
        ("1250.500", "KWD", "3348.113"),
        ("40.1234", "CLF", "107.4272"),
        ("8500", "USD", "22758.06"),
    ],
)
def test_a_fee_is_prorated_to_the_decimals_of_its_currency(monthly: str, currency: str, first_quarter: str) -> None:
    events = told(
        halcyon=[
            on("2026-01-11", Opened("Letter")),
            chosen("2026-01-11", two_hats(DANA, monthly_fee=Money(Decimal(monthly), currency))),
        ]
    )
    quarter = parse_quarter("2026-Q1")
    with store_of(events) as snapshot:
        (row,) = revenue(snapshot, ReportQuestion(quarter, quarter, date(2026, 3, 31))).rows
    exact = Fraction(monthly) * (Fraction(21, 31) + 2)
    assert str(row.amount) == str(row.to_date) == first_quarter
    assert abs(Fraction(row.amount) - exact) <= Fraction(1, 2 * 10 ** decimals_of(currency))


def test_a_quarters_fees_are_counted_by_days_and_a_seat_with_both_hats_is_paid_once() -> None:
    events = told(
        halcyon=[
            on("2024-01-10", Opened("Letter")),
            chosen("2024-01-17", two_hats(DANA, monthly_fee=fee(8500))),
            on("2024-02-10", Paused()),
            on("2024-02-20", Resumed()),
            split("2024-03-11", DANA, IRIS),
            on("2024-03-21", TermsChanged((Function.AI,), monthly_fee=fee(3100, "EUR"))),
        ]
    )
    quarter = parse_quarter("2024-Q1")
    with store_of(events) as snapshot:
        rows = revenue(snapshot, ReportQuestion(quarter, quarter, date(2024, 1, 31))).rows
    assert [(r.structure, r.function, r.amount, r.to_date, r.currency, r.clients) for r in rows] == [
        # 15 of 31 days, 19 of 29, 10 of 31
        ("unified_fractional", "technology+ai", Decimal("12423.80"), Decimal("4112.90"), "USD", 1),
        ("fractional_pair", "ai", Decimal("1100.00"), Decimal("0.00"), "EUR", 1),
    ]


def test_the_largest_fees_are_summed_to_the_cent() -> None:
    largest = Money(Decimal("999999999999.99"), "USD")
    letters = {
        name: [
            on("2024-01-01", Opened("Letter"), f"{name} opens"),
            chosen("2024-01-01", seat(DANA, Function.AI, monthly_fee=largest), called=f"{name} chooses"),
        ]
        for name in ("a", "b", "c")
    }
    first, last = parse_quarter("2024-Q1"), parse_quarter("2024-Q4")
    with store_of(told(**letters)) as snapshot:
        rows = revenue(snapshot, ReportQuestion(first, last, date(2024, 12, 31))).rows
    assert [(row.amount, row.clients) for row in rows] == [(9 * largest.amount, 3)] * 4


def test_a_row_leads_to_its_clients_by_its_own_name() -> None:
    events = told(
        halcyon=[
            on("2024-01-01", Opened("Letter")),
            chosen("2024-01-01", two_hats(DANA, monthly_fee=fee(8500))),
        ]
    )
    quarter = parse_quarter("2024-Q1")
    parameters = ReportQuestion(quarter, quarter, date(2024, 3, 1))
    with store_of(events) as snapshot:
        (row,) = revenue(snapshot, parameters).rows
        clients = clients_of_row(
            snapshot, REPORTS["revenue"], row.link["row"], ReportQuestion(None, None, parameters.as_of)
        )
    assert row.link == {
        "as_of": "2024-03-01",
        "report": "revenue",
        "row": "2024-Q1.unified_fractional.technology+ai.USD",
    }
    assert clients == {named("halcyon")}
