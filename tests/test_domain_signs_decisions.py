"""Signs about decisions, risk, governance and the renewal (W10, X02, X04, X05), with dates worked out by hand."""

from __future__ import annotations

from datetime import date

from sign_cases import answers, runs, words
from story import AI, DANA, IRIS, SOFIA, TECHNOLOGY, chosen, day, given, on, retract, seat, two_hats

from domain.areas import GOVERNANCE_PACK, DecisionOwner, Resolver
from domain.decisions import Log
from domain.kinds.agreements import ConflictRaised, ConflictResolvedBy, DecisionRightAssigned
from domain.kinds.engagement import AssessmentTaken, Closed, Paused, RenewalSet, Resumed
from domain.kinds.seats import HandedOver, SeatFilled, SeatVacated, TermsChanged
from domain.kinds.work import DeliverableIssued, InitiativeLive, InitiativeStarted
from domain.seats import ReportsTo
from domain.signs.runs import ThresholdChange, ThresholdHistory

REGULATED = answers(("profile:2024-01-15", {"regulated": True}))
BY_TECHNOLOGY, BY_AI, BY_CEO, BY_BOTH = Resolver.TECHNOLOGY, Resolver.AI, Resolver.CEO, Resolver.JOINT


def resolved(*each: tuple[str, Resolver]) -> list[Log]:
    """Conflicts, all raised at the start, and resolved on these days."""
    return [
        log
        for place, (text, resolver) in enumerate(each)
        for log in (
            on("2024-01-20", ConflictRaised(f"conflict {place}", "who pays"), f"raised {place}"),
            on(text, ConflictResolvedBy(f"conflict {place}", resolver), f"resolved {place}"),
        )
    ]


# X02: the CTO decides every conflict


def test_technology_decides_conflicts_from_the_second_of_the_newest_three_that_it_resolves() -> None:
    one = given(*resolved(("2024-02-10", BY_TECHNOLOGY)))
    assert words(runs("X02", one)) == []
    two = given(*resolved(("2024-02-10", BY_TECHNOLOGY), ("2024-03-10", BY_TECHNOLOGY)))
    assert words(runs("X02", two)) == ["2024-03-10.. medium"]
    apart = given(*resolved(("2024-02-10", BY_TECHNOLOGY), ("2024-03-10", BY_CEO), ("2024-04-10", BY_TECHNOLOGY)))
    assert words(runs("X02", apart)) == ["2024-04-10.. medium"]


def test_a_later_resolution_that_breaks_the_majority_clears_it() -> None:
    story = given(
        *resolved(
            ("2024-02-10", BY_TECHNOLOGY),
            ("2024-03-10", BY_TECHNOLOGY),
            ("2024-04-10", BY_AI),
            ("2024-05-10", BY_BOTH),
            ("2024-06-10", BY_TECHNOLOGY),
            ("2024-07-10", BY_TECHNOLOGY),
        )
    )
    assert words(runs("X02", story)) == ["2024-03-10..2024-05-10 medium", "2024-07-10.. medium"]


def test_resolutions_of_one_day_are_judged_together() -> None:
    story = given(
        *resolved(("2024-02-10", BY_TECHNOLOGY), ("2024-03-10", BY_TECHNOLOGY), ("2024-03-10", BY_CEO)),
    )
    assert words(runs("X02", story)) == ["2024-03-10.. medium"]
    broken = given(
        *resolved(
            ("2024-02-10", BY_TECHNOLOGY), ("2024-03-10", BY_TECHNOLOGY), ("2024-03-10", BY_CEO), ("2024-03-10", BY_AI)
        )
    )
    assert words(runs("X02", broken)) == []


def test_deciding_technology_is_severe_while_the_ai_seat_reports_to_the_cto() -> None:
    story = given(
        chosen("2024-02-01", seat(DANA, TECHNOLOGY), seat(IRIS, AI, reports_to=ReportsTo.CTO)),
        *resolved(("2024-02-10", BY_TECHNOLOGY), ("2024-03-10", BY_TECHNOLOGY)),
        on("2024-05-01", TermsChanged((AI,), reports_to=ReportsTo.CEO)),
    )
    assert words(runs("X02", story)) == ["2024-03-10.. high until 2024-05-01, medium"]


def test_a_retracted_resolution_no_longer_counts() -> None:
    story = given(*resolved(("2024-02-10", BY_TECHNOLOGY), ("2024-03-10", BY_TECHNOLOGY)))
    assert words(runs("X02", story.when(retract("resolved 0")))) == []


def test_the_number_of_counted_conflicts_is_the_firm_s() -> None:
    story = given(
        *resolved(("2024-02-10", BY_TECHNOLOGY), ("2024-03-10", BY_TECHNOLOGY), ("2024-04-10", BY_TECHNOLOGY))
    )
    five = ThresholdHistory({"X02": (ThresholdChange(day("2024-03-20").toordinal(), {"n": 5}),)})
    assert words(runs("X02", story, thresholds=five)) == ["2024-03-10..2024-03-20 medium", "2024-04-10.. medium"]


# X04: nobody answers for AI risk


def owned(text: str, area: str = "ai_risk") -> Log:
    return on(text, DecisionRightAssigned(area, DecisionOwner.AI))


def test_ai_risk_needs_an_owner_ninety_days_after_ai_is_held() -> None:
    story = given(chosen("2024-02-01", seat(IRIS, AI)), owned("2024-02-02", "architecture"))
    assert words(runs("X04", story)) == ["2024-05-01.. medium"]
    assert words(runs("X04", story, REGULATED)) == ["2024-05-01.. high"]
    assert words(runs("X04", story.when(owned("2024-04-30")))) == []
    assert words(runs("X04", story.when(owned("2024-05-01", "ai_risk")))) == []
    assert words(runs("X04", story.when(owned("2024-05-02")))) == ["2024-05-01..2024-05-02 medium"]


def test_a_hand_over_of_ai_does_not_restart_the_days_and_a_vacancy_does() -> None:
    handed = given(chosen("2024-02-01", two_hats(DANA)), on("2024-04-01", HandedOver((TECHNOLOGY, AI), SOFIA)))
    assert words(runs("X04", handed)) == ["2024-05-01.. medium"]
    vacated = given(
        chosen("2024-02-01", seat(IRIS, AI)),
        on("2024-05-10", SeatVacated((AI,))),
        on("2024-05-20", SeatFilled(seat(SOFIA, AI))),
    )
    assert words(runs("X04", vacated)) == ["2024-05-01..2024-05-10 medium", "2024-08-18.. medium"]


def test_paused_days_do_not_count_for_ai_risk() -> None:
    story = given(
        chosen("2024-02-01", seat(IRIS, AI)), on("2024-02-11", Paused()), on("2024-03-11", Resumed())
    )  # ten days before the pause, so eighty after it
    assert words(runs("X04", story)) == ["2024-05-30.. medium"]


def test_a_client_that_becomes_regulated_makes_an_unowned_risk_severe() -> None:
    known = answers(("2024-01-20", {"regulated": False}), ("2024-06-01", {"regulated": True}))
    story = given(chosen("2024-02-01", seat(IRIS, AI)))
    assert words(runs("X04", story, known)) == ["2024-05-01.. medium until 2024-06-01, high"]


# X05: the governance pack has gaps


def live(text: str = "2024-02-01", name: str = "assistant") -> list[Log]:
    return [
        on("2024-01-20", InitiativeStarted(name), f"started {name}"),
        on(text, InitiativeLive(name), f"live {name}"),
    ]


def issued(text: str, *deliverables: str) -> list[Log]:
    return [on(text, DeliverableIssued(one, AI), f"{one} {text}") for one in deliverables]


def test_the_governance_pack_must_be_complete_ninety_days_after_the_first_initiative_is_live() -> None:
    story = given(*live(), *live("2024-03-01", "another"))
    assert words(runs("X05", story)) == ["2024-05-01.. low"]
    assert words(runs("X05", story, REGULATED)) == ["2024-05-01.. medium"]
    assert words(runs("X05", given(on("2024-01-20", InitiativeStarted("assistant"))))) == []


def test_the_missing_deliverables_are_named_until_each_is_issued() -> None:
    story = given(
        *live(), *issued("2024-03-01", *GOVERNANCE_PACK[:5], "ai_strategy"), *issued("2024-06-01", GOVERNANCE_PACK[6])
    )
    (run,) = runs("X05", story)
    assert words([run]) == ["2024-05-01.. low"]
    finding = run.stretches[0].finding
    assert finding.details_on(day("2024-05-31").toordinal()) == ("incident_runbook", "governance_ownership")
    assert finding.details_on(day("2024-06-01").toordinal()) == ("incident_runbook",)
    complete = story.when(*issued("2024-07-01", "incident_runbook"))
    assert words(runs("X05", complete)) == ["2024-05-01..2024-07-01 low"]


def test_a_pack_that_was_complete_in_time_has_no_gaps() -> None:
    assert words(runs("X05", given(*live(), *issued("2024-05-01", *GOVERNANCE_PACK)))) == []


def test_paused_days_do_not_count_for_the_governance_pack_and_a_close_ends_it() -> None:
    story = given(*live(), on("2024-02-11", Paused()), on("2024-03-11", Resumed()), on("2024-06-30", Closed("done")))
    assert words(runs("X05", story)) == ["2024-05-30..2024-06-30 low"]


# W10: the decision is left to the renewal cycle


def renews(text: str, on_day: str) -> Log:
    return on(text, RenewalSet(date.fromisoformat(on_day)))


def assessed(text: str) -> Log:
    return on(text, AssessmentTaken({}, DANA))


def test_a_renewal_without_an_assessment_is_unprepared_from_ninety_days_before_until_its_day() -> None:
    story = given(renews("2024-01-20", "2024-12-31"))
    assert words(runs("W10", story)) == ["2024-10-02..2025-01-01 medium"]


def test_an_assessment_counts_for_half_a_year() -> None:
    assert words(runs("W10", given(renews("2024-01-20", "2024-12-31"), assessed("2024-04-05")))) == [
        "2024-10-02..2025-01-01 medium"
    ]
    aged = given(renews("2024-01-20", "2024-12-31"), assessed("2024-04-06"))
    assert words(runs("W10", aged)) == ["2024-10-03..2025-01-01 medium"]
    cleared = given(renews("2024-01-20", "2024-12-31"), assessed("2024-11-15"))
    assert words(runs("W10", cleared)) == ["2024-10-02..2024-11-15 medium"]


def test_the_newest_renewal_counts_from_the_day_on_which_it_is_set() -> None:
    late = given(renews("2024-12-01", "2024-12-31"))
    assert words(runs("W10", late)) == ["2024-12-01..2025-01-01 medium"]
    moved = given(renews("2024-01-20", "2024-12-31"), renews("2024-11-15", "2025-12-31"))
    assert words(runs("W10", moved)) == ["2024-10-02..2024-11-15 medium", "2025-10-02..2026-01-01 medium"]


def test_paused_days_do_not_age_an_assessment() -> None:
    story = given(
        renews("2024-01-20", "2024-12-31"),
        assessed("2024-04-06"),
        on("2024-05-01", Paused()),
        on("2024-05-31", Resumed()),
    )
    assert words(runs("W10", story)) == ["2024-11-02..2025-01-01 medium"]
