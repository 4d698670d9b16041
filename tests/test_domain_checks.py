"""What a milestone must hold by itself, field by field."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given as supposing
from hypothesis import strategies as st
from story import AI, DANA, IRIS, TECHNOLOGY, chosen, day, fee, given, hours, on, seat, terms, two_hats

from domain.areas import DECISION_AREAS, DELIVERABLES, SIGNS, DecisionOwner, Resolver
from domain.errors import InvalidField
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
