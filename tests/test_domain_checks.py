"""What a milestone must hold by itself, field by field."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given as supposing
from hypothesis import strategies as st
from story import AI, DANA, IRIS, TECHNOLOGY, chosen, closed, day, fee, given, hours, on, seat, terms, two_hats

from domain.areas import DECISION_AREAS, DELIVERABLES, SIGNS, DecisionOwner, Resolver
from domain.errors import InvalidField
from domain.field_checks import check_fields
from domain.field_types import Line, PersonId
from domain.kinds.agreements import (
    AlignmentHeld,
    ConflictRaised,
    ConflictResolvedBy,
    DecisionRightAssigned,
    SignCleared,
    SignObserved,
)
from domain.kinds.engagement import Closed, Opened
from domain.kinds.seats import (
    HandedOver,
    HatAdded,
    MergedToOneRole,
    SeatFilled,
    SeatVacated,
    SplitToTwoRoles,
    StructureChosen,
    TermsChanged,
    TransitionedToFractional,
    TransitionedToFullTime,
)
from domain.kinds.work import DeliverableIssued, HoursReported, InitiativeLive, InitiativeStarted, OutcomeMeasured
from domain.milestones import Details, Precision
from domain.profile import PROFILE_FIELDS, check_profile
from domain.seats import BOTH, Money
from domain.validation import check_details


@pytest.mark.parametrize(
    ("details", "field"),
    [
        (Opened(" "), "name"),
        (StructureChosen(()), "seats"),
        (StructureChosen((seat(DANA, AI), seat(DANA, TECHNOLOGY), seat(IRIS, AI))), "seats"),
        (StructureChosen((seat(DANA, AI), two_hats(IRIS))), "seats.1.functions"),
        (StructureChosen((seat(DANA),)), "seats.0.functions"),
        (StructureChosen((seat(DANA, AI, AI),)), "seats.0.functions"),
        (StructureChosen((seat(DANA, AI, hours_per_month=hours(4)),)), "seats.0.hours_per_month.technology"),
        (StructureChosen((seat(DANA, AI, hours_per_month=hours()),)), "seats.0.hours_per_month"),
        (StructureChosen((seat(DANA, AI, monthly_fee=fee(-1)),)), "seats.0.monthly_fee.amount"),
        (SplitToTwoRoles(terms(DANA, hours_per_month=hours(ai=1)), terms(IRIS)), "technology.hours_per_month.ai"),
        (SplitToTwoRoles(terms(DANA), terms(IRIS, monthly_fee=fee(1, "usd"))), "ai.monthly_fee.currency"),
        (MergedToOneRole(terms(DANA, hours_per_month=hours(745))), "seat.hours_per_month.technology"),
        (SeatFilled(seat(DANA)), "seat.functions"),
        (SeatFilled(seat(DANA, AI, monthly_fee=Money(Decimal("1.005"), "USD"))), "seat.monthly_fee.amount"),
        (TransitionedToFullTime((), DANA), "functions"),
        (TransitionedToFractional((AI,), DANA, hours_per_month=hours(5)), "hours_per_month.technology"),
        (TransitionedToFractional((AI,), DANA, monthly_fee=Money(Decimal("NaN"), "USD")), "monthly_fee.amount"),
        (HatAdded(AI, hours_per_month=hours(ai=-1)), "hours_per_month.ai"),
        (HandedOver((AI, AI), DANA), "functions"),
        (SeatVacated(()), "functions"),
        (TermsChanged((AI,)), "functions"),
        (TermsChanged((AI,), hours_per_month=hours(3)), "hours_per_month.technology"),
        (TermsChanged((AI,), monthly_fee=fee(10**13)), "monthly_fee.amount"),
        (DecisionRightAssigned("Who decides?", DecisionOwner.AI), "area"),
        (DecisionRightAssigned("mlops", DecisionOwner.AI, fee(-5)), "spending_limit.amount"),
        (DeliverableIssued("", AI), "deliverable"),
        (HoursReported("2026-13", AI, Decimal(1)), "month"),
        (HoursReported("2026-3", AI, Decimal(1)), "month"),
        (HoursReported("1９00-03", AI, Decimal(1)), "month"),  # noqa: RUF001  (a digit of another script)
        (HoursReported("2026-03", AI, Decimal(745)), "hours"),
        (HoursReported("2026-03", AI, Decimal("0.125")), "hours"),
        (AlignmentHeld(()), "participants"),
        (AlignmentHeld((DANA, DANA)), "participants"),
        (ConflictRaised("", "topic"), "conflict"),
        (ConflictRaised("gpu", "\t"), "topic"),
        (ConflictResolvedBy(" ", Resolver.CEO), "conflict"),
        (InitiativeStarted(""), "initiative"),
        (InitiativeLive(""), "initiative"),
        (OutcomeMeasured("", "days", Decimal(1), "days"), "initiative"),
        (OutcomeMeasured("triage", "", Decimal(1), "days"), "metric"),
        (OutcomeMeasured("triage", "days", Decimal(1), ""), "unit"),
        (OutcomeMeasured("triage", "days", Decimal("Infinity"), "days"), "value"),
        (OutcomeMeasured("triage", "days", Decimal(1), "days", Decimal(10) ** 16), "baseline"),
        (SignObserved("", "evidence"), "sign"),
        (SignObserved("A07", ""), "evidence"),
        (SignCleared(""), "sign"),
        (Closed(""), "outcome"),
    ],
)
def test_a_field_that_does_not_hold_what_it_must_is_named(details: Details, field: str) -> None:
    with pytest.raises(InvalidField) as caught:
        check_details(details)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "details",
    [
        HoursReported("1900-01", AI, Decimal(0)),
        HoursReported("2199-12", AI, Decimal(744)),
        HoursReported("2026-03", AI, Decimal("0.01")),
        SeatFilled(seat(DANA, AI, hours_per_month=hours(ai=744))),
        SeatFilled(seat(DANA, TECHNOLOGY, hours_per_month=hours(744))),
        SeatFilled(two_hats(DANA, hours_per_month=hours(700, 44))),
        SeatFilled(two_hats(DANA, hours_per_month=hours(0, 0))),
        SeatFilled(seat(DANA, AI, monthly_fee=fee(10**12))),
        OutcomeMeasured("triage", "days", Decimal(10) ** 15, "days", -(Decimal(10) ** 15)),
        DecisionRightAssigned("a" + 79 * "1", DecisionOwner.AI),
        SignObserved(80 * "s", "seen"),
    ],
)
def test_the_last_value_before_a_limit_is_allowed(details: Details) -> None:
    check_details(details)


@pytest.mark.parametrize(
    ("details", "field"),
    [
        (HoursReported("1899-12", AI, Decimal(0)), "month"),
        (HoursReported("2200-01", AI, Decimal(0)), "month"),
        (HoursReported("2026-03", AI, Decimal("744.01")), "hours"),
        (HoursReported("2026-03", AI, Decimal("-0.01")), "hours"),
        (SeatFilled(two_hats(DANA, hours_per_month=hours(700, 45))), "seat.hours_per_month"),
        (SeatFilled(seat(DANA, AI, monthly_fee=fee(10**12 + 1))), "seat.monthly_fee.amount"),
        (OutcomeMeasured("triage", "days", Decimal(10**15 + 1), "days"), "value"),
        (OutcomeMeasured("triage", "days", Decimal(-(10**15) - 1), "days"), "value"),
        (DecisionRightAssigned("a" + 80 * "1", DecisionOwner.AI), "area"),
        (SignObserved(81 * "s", "seen"), "sign"),
    ],
)
def test_the_first_value_beyond_a_limit_is_refused(details: Details, field: str) -> None:
    with pytest.raises(InvalidField) as caught:
        check_details(details)
    assert caught.value.field == field


@dataclass(frozen=True)
class Meeting:
    """Fields that may be left empty."""

    present: tuple[PersonId, ...] = ()
    place: Line = ""
    met_on: date | None = None


@dataclass(frozen=True)
class Attended:
    """The same fields, required."""

    present: tuple[PersonId, ...]
    place: Line
    met_on: date | None


@pytest.mark.parametrize(
    ("present", "place", "field"), [((), "Berlin", "present"), ((DANA,), "", "place"), ((DANA,), " ", "place")]
)
def test_only_a_required_field_must_hold_something(present: tuple[UUID, ...], place: str, field: str) -> None:
    check_fields(Meeting(present, place))
    check_fields(Attended((DANA,), "Berlin", None))
    with pytest.raises(InvalidField) as caught:
        check_fields(Attended(present, place, None))
    assert caught.value.field == field


def test_named_areas_and_deliverables_and_any_other_slug_are_allowed() -> None:
    for area in (*DECISION_AREAS, "something_of_our_own"):
        check_details(DecisionRightAssigned(area, DecisionOwner.JOINT))
    for deliverable in (*DELIVERABLES, "soc2_report"):
        check_details(DeliverableIssued(deliverable, AI))


@pytest.mark.parametrize("sign", [*SIGNS])
def test_a_named_sign_in_small_letters_is_no_sign_of_ones_own(sign: str) -> None:
    check_details(SignObserved(sign, "seen"))
    check_details(SignObserved(f"{sign.lower()}-of-ours", "seen"))
    with pytest.raises(InvalidField, match=f"must be written {sign}") as refused:
        check_details(SignObserved(sign.lower(), "seen"))
    assert refused.value.field == "sign"
    before = SignObserved(sign.lower(), "seen")
    check_details(SignObserved(sign.lower(), "seen twice"), before)  # one on record stays
    check_details(SignCleared(sign.lower()))


@pytest.mark.parametrize("text", ["1899-12-31", "2200-01-01"])
def test_dates_lie_between_1900_and_2199(text: str) -> None:
    given().refuses(on(text, AlignmentHeld((DANA,))), because=InvalidField)


def test_the_first_and_the_last_of_these_dates_are_allowed() -> None:
    first, last = "1900-01-01", "2199-12-31"
    assert given(closed(last), opened=first).structures == [f"none {first}..{last}"]


@supposing(day=st.dates(day("2024-01-15"), day("2026-12-31")), precision=st.sampled_from(Precision))
def test_a_period_is_written_as_its_first_day(day: date, precision: Precision) -> None:
    met = on(day.isoformat(), AlignmentHeld((DANA,)), "met", precision)
    starts = {Precision.DAY: True, Precision.MONTH: day.day == 1}
    starts[Precision.QUARTER] = day.day == 1 and day.month in (1, 4, 7, 10)
    starts[Precision.YEAR] = (day.day, day.month) == (1, 1)
    if starts[precision]:
        assert len(given(met).timeline.milestones) == 2
    else:
        given().refuses(met, because=InvalidField)


def test_an_unfit_field_is_refused_before_it_is_recorded() -> None:
    refusal = given().refuses(chosen("2024-02-01", seat(DANA)), because=InvalidField)
    assert refusal.detail == "seats.0.functions: must name at least one function"


def test_functions_may_come_in_either_order() -> None:
    backwards = given(chosen("2024-02-01", seat(DANA, *reversed(BOTH))))
    assert backwards.structures[-1] == "unified_fractional 2024-02-01.."
    assert backwards.seat_ids(AI) == given(chosen("2024-02-01", two_hats(DANA))).seat_ids(AI)


def test_a_profile_is_kept_as_json_and_null_says_not_known() -> None:
    profile = {
        "sector": "health",
        "headcount": 24,
        "annual_revenue": {"amount": "3200000", "currency": "USD"},
        "regulated": True,
        "funding_stage": None,
    }
    assert check_profile(profile) == {**profile, "annual_revenue": {"amount": "3200000.00", "currency": "USD"}}
    assert set(PROFILE_FIELDS) >= set(profile)


@pytest.mark.parametrize(
    ("profile", "field"),
    [
        ({"mood": "good"}, "mood"),
        ({"headcount": -1}, "headcount"),
        ({"headcount": True}, "headcount"),
        ({"engineers": 2.5}, "engineers"),
        ({"regulated": "yes"}, "regulated"),
        ({"sector": " "}, "sector"),
        ({"sector": "x" * 101}, "sector"),
        ({"ai_spend": 5}, "ai_spend"),
        ({"ai_spend": {"amount": "5"}}, "ai_spend"),
        ({"ai_spend": {"amount": "five", "currency": "USD"}}, "ai_spend.amount"),
        ({"ai_spend": {"amount": "5.001", "currency": "USD"}}, "ai_spend.amount"),
        ({"ai_spend": {"amount": "5", "currency": "dollars"}}, "ai_spend.currency"),
    ],
)
def test_a_profiles_field_that_does_not_hold_what_it_must_is_named(profile: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidField) as caught:
        check_profile(profile)
    assert caught.value.field == field


@pytest.mark.parametrize("count", [0, 10_000_000])
def test_counts_of_a_profile_reach_from_nothing_to_ten_million(count: int) -> None:
    assert check_profile({"headcount": count}) == {"headcount": count}
    with pytest.raises(InvalidField):
        check_profile({"headcount": 10_000_001})


def test_a_fact_of_a_profile_has_at_most_a_hundred_characters() -> None:
    assert check_profile({"sector": 100 * "x"}) == {"sector": 100 * "x"}


@pytest.mark.parametrize(
    ("profile", "detail"),
    [
        ({"mood": "good"}, "mood: is not a field of a profile"),
        ({"headcount": -1}, "headcount: must be a whole number from 0 to 10000000"),
        ({"sector": " "}, "sector: must be a text of 1 to 100 characters"),
        ({"sector": "he\0alth"}, "sector: must not hold control characters (U+0000)"),
        ({"regulated": "yes"}, "regulated: must be true or false"),
        ({"ai_spend": 5}, "ai_spend: must be money: an amount and a currency"),
        ({"ai_spend": {"amount": "five", "currency": "USD"}}, "ai_spend.amount: must be a decimal number"),
        (
            {"ai_spend": {"amount": "-1", "currency": "USD"}},
            "ai_spend.amount: must be an amount that is not negative",
        ),
        (
            {"ai_spend": {"amount": "5", "currency": "usd"}},
            "ai_spend.currency: must be an ISO 4217 currency code, like USD",
        ),
    ],
)
def test_a_refused_fact_of_a_profile_comes_with_what_it_must_be(profile: dict[str, object], detail: str) -> None:
    with pytest.raises(InvalidField) as caught:
        check_profile(profile)
    assert caught.value.detail == detail
