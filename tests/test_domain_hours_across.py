"""The hours that a person reports in a month, in all engagements together."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from functools import partial
from uuid import UUID, uuid4

import pytest
from firm import FIRST, SECOND, Firm, opening
from story import AI, DANA, ELENA, IRIS, TECHNOLOGY, chosen, closed, correct, named, on, retract, seat, split, two_hats

from domain.decisions import Log, Request
from domain.errors import TooManyHours
from domain.kinds.engagement import Paused
from domain.kinds.seats import HandedOver
from domain.kinds.work import HoursReported
from domain.reported_hours import hours_by_month
from domain.seats import Function
from domain.unit_of_work import UnitOfWork

OTHER = named("Marlow Bank")
MONTH = "2026-02"
"""It has 672 hours."""


def hours(amount: int, function: Function = TECHNOLOGY, called: str = "the hours", month: str = MONTH) -> Log:
    return on("2026-02-28", HoursReported(month, function, Decimal(amount)), called)


class BoundFirm(Firm):
    """Two clients with an engagement each, in both of which Dana holds the one seat; her hours are bound."""

    def __init__(self, visible: Collection[UUID] = (FIRST, SECOND)) -> None:
        super().__init__()
        self.visible = visible
        for client, name, engagement in ((named("Halcyon"), "Halcyon", FIRST), (OTHER, "Marlow Bank", SECOND)):
            self.run(partial(register, client, name))
            self.run(partial(open_with, engagement, client))
            self.does(engagement, chosen("2026-01-01", two_hats(DANA), called=f"seats of {name}"))

    def does(self, engagement: UUID, *requests: Request) -> None:
        def change(unit: UnitOfWork) -> None:
            unit.bound_hours(lambda month, holder: self.visible)
            unit.change(engagement, requests, recorded_by=DANA)

        self.run(change)

    def refuses(self, engagement: UUID, *requests: Request) -> TooManyHours:
        with pytest.raises(TooManyHours) as caught:
            self.does(engagement, *requests)
        return caught.value


def register(client: UUID, name: str, unit: UnitOfWork) -> None:
    unit.register_client(client, name, None, {}, None, recorded_by=DANA)


def open_with(engagement: UUID, client: UUID, unit: UnitOfWork) -> None:
    unit.open_engagement(engagement, client, opening(engagement, "2026-01-01"), recorded_by=DANA)


def test_a_person_has_no_more_hours_than_the_month_in_all_engagements_together() -> None:
    firm = BoundFirm()
    firm.does(FIRST, hours(400, called="first"))
    refusal = firm.refuses(SECOND, hours(200), hours(73, AI, "more"))
    assert refusal.detail == (
        "Feb 2026 has 672 hours. 400 h in “CTO+CAIO” at Halcyon are on record for that month and holder, "
        "and 273 h in this engagement do not fit beside them."
    )
    assert (refusal.milestone, refusal.request, refusal.is_new) == (named("more"), 1, True)
    firm.does(SECOND, hours(200), hours(72, AI, "more"))
    firm.does(SECOND, hours(600, month="2026-01", called="another month"))


def test_corrections_and_retractions_free_hours_and_corrections_cannot_exceed_them() -> None:
    firm = BoundFirm()
    firm.does(FIRST, hours(400, called="first"))
    firm.does(SECOND, hours(272))
    more = correct("the hours", details=lambda _: HoursReported(MONTH, TECHNOLOGY, Decimal(273)))
    assert firm.refuses(SECOND, more).milestone == named("the hours")
    firm.does(FIRST, correct("first", details=lambda _: HoursReported(MONTH, TECHNOLOGY, Decimal(399))))
    firm.does(SECOND, more)
    firm.does(FIRST, retract("first"))
    firm.does(SECOND, hours(399, AI, "the rest"))


def test_a_hand_over_brings_its_hours_to_the_new_holder() -> None:
    firm = BoundFirm()
    firm.does(SECOND, on("2026-01-15", HandedOver((TECHNOLOGY, AI), IRIS), "to Iris"))
    firm.does(FIRST, hours(400, called="first"))
    firm.does(SECOND, hours(300))
    back = on("2026-01-31", HandedOver((TECHNOLOGY, AI), DANA), "back")
    assert firm.refuses(SECOND, back).milestone == named("back")
    assert firm.refuses(SECOND, retract("to Iris")).request == 0
    firm.does(SECOND, on("2026-02-26", HandedOver((TECHNOLOGY, AI), DANA), "back"))
    assert firm.refuses(FIRST, hours(260, called="second")).detail.startswith("Feb 2026 has 672 hours. 32.14 h in ")


def test_paused_days_do_not_share_in_the_hours() -> None:
    firm = BoundFirm()
    firm.does(FIRST, hours(400, called="first"))
    firm.does(SECOND, on("2026-02-15", HandedOver((TECHNOLOGY, AI), ELENA), "to Elena"))
    firm.does(SECOND, hours(500))
    assert firm.refuses(SECOND, on("2026-02-15", Paused(), "the pause")).milestone == named("the pause")


def test_an_engagement_that_was_retracted_or_may_not_be_seen_does_not_count() -> None:
    firm = BoundFirm(visible=(SECOND,))
    firm.does(FIRST, hours(400, called="first"))
    firm.does(SECOND, hours(600))
    firm = BoundFirm()
    firm.does(FIRST, hours(400, called="first"))
    firm.run(lambda unit: unit.retract_engagement(FIRST, "at the wrong client", recorded_by=DANA))
    firm.does(SECOND, hours(600))


def test_changes_that_give_nobody_more_hours_are_made_whatever_is_on_record() -> None:
    firm = BoundFirm(visible=())
    firm.does(FIRST, hours(400, called="first"))
    firm.does(SECOND, hours(600))
    firm.visible = (FIRST, SECOND)
    firm.does(SECOND, correct("the hours", details=lambda _: HoursReported(MONTH, TECHNOLOGY, Decimal(500))))
    firm.does(SECOND, closed("2026-03-01"))


def test_an_engagement_told_at_once_and_engagements_changed_in_one_command_count() -> None:
    firm = BoundFirm()
    firm.does(FIRST, hours(400, called="first"))
    third, new = uuid4(), uuid4()

    def tell(unit: UnitOfWork) -> None:
        unit.bound_hours(lambda month, holder: (FIRST,))
        unit.register_client(new, "Drayline", None, {}, None, recorded_by=DANA)
        told = (chosen("2026-01-02", seat(DANA, TECHNOLOGY), called="a seat"), hours(100, called="h"))
        unit.open_engagement(third, new, opening(third, "2026-01-01"), told, recorded_by=DANA)
        unit.change(SECOND, [hours(amount)], recorded_by=DANA)

    amount = 173
    with pytest.raises(TooManyHours, match="400 h in “"):
        firm.run(tell)
    amount = 172
    firm.run(tell)


def test_one_hour_more_than_a_month_has_is_too_many() -> None:
    firm = BoundFirm()
    firm.does(FIRST, hours(672, called="first"))
    assert firm.refuses(SECOND, hours(1)).request == 0


def test_of_several_reports_that_do_not_fit_the_first_one_sent_is_refused() -> None:
    firm = BoundFirm()
    firm.does(FIRST, hours(600, called="first"), hours(700, called="second", month="2026-01"))
    february = on("2026-03-31", HoursReported(MONTH, TECHNOLOGY, Decimal(300)), "february")
    refusal = firm.refuses(SECOND, february, hours(300, called="january", month="2026-01"))
    assert (refusal.request, refusal.milestone) == (0, named("february"))
    assert refusal.about == "“Hours reported” on 31 Mar 2026 does not fit"


def test_a_refusal_of_the_only_change_does_not_say_which_change_it_is_about() -> None:
    firm = BoundFirm()
    firm.does(FIRST, hours(600, called="first"))
    assert firm.refuses(SECOND, hours(300)).about == ""


def test_the_report_is_refused_with_which_the_month_has_too_few_hours() -> None:
    firm = BoundFirm()
    firm.does(FIRST, hours(400, called="first"))
    exactly, more = hours(272), hours(1, AI, "more")
    assert firm.refuses(SECOND, exactly, more).milestone == named("more")


def test_only_the_holders_share_of_a_report_counts() -> None:
    """From the second half of the month on Iris holds both functions: each of the two has half of the hours."""
    firm = BoundFirm()
    firm.does(FIRST, hours(400, called="first"))
    firm.does(SECOND, on("2026-02-15", HandedOver((TECHNOLOGY, AI), IRIS), "to Iris"))
    assert firm.refuses(SECOND, hours(500), hours(60, AI, "more")).milestone == named("more")
    assert firm.refuses(SECOND, hours(550), hours(10, AI, "more")).milestone == named("the hours")
    firm.does(SECOND, hours(500), hours(44, AI, "more"))


def test_hours_of_another_holder_do_not_count() -> None:
    firm = BoundFirm()
    firm.does(FIRST, hours(400, called="first"))
    firm.does(SECOND, split("2026-01-10", DANA, IRIS))
    assert firm.refuses(SECOND, hours(273), hours(100, AI, "of Iris")).milestone == named("the hours")
    firm.does(SECOND, hours(272), hours(600, AI, "of Iris"))


def test_of_hours_elsewhere_only_the_holders_share_counts() -> None:
    """From the second half of the month on Iris holds both functions at Halcyon: 200 of the 400 hours are hers."""
    firm = BoundFirm()
    firm.does(FIRST, on("2026-02-15", HandedOver((TECHNOLOGY, AI), IRIS), "to Iris"))
    firm.does(FIRST, hours(400, called="first"))
    assert hours_by_month(firm.engagement(FIRST).standing.milestones.values()) == {MONTH: 400}
    assert firm.refuses(SECOND, hours(473)).detail.startswith("Feb 2026 has 672 hours. 200 h in ")
    firm.does(SECOND, hours(472))


def test_a_new_report_is_refused_that_does_not_fit_beside_a_correction_that_does() -> None:
    firm = BoundFirm()
    firm.does(FIRST, hours(400, called="first"))
    firm.does(SECOND, hours(100))
    fitting = correct("the hours", details=lambda _: HoursReported(MONTH, TECHNOLOGY, Decimal(272)))
    assert firm.refuses(SECOND, fitting, hours(1, AI, "new")).milestone == named("new")


def test_hours_in_several_engagements_are_told_with_each_place() -> None:
    firm = BoundFirm()
    third = uuid4()
    firm.run(partial(register, named("Drayline"), "Drayline"))
    firm.run(partial(open_with, third, named("Drayline")))
    firm.does(third, chosen("2026-01-01", two_hats(DANA), called="third seats"))
    firm.visible = (FIRST, SECOND, third)
    firm.does(FIRST, hours(400, called="first"))
    firm.does(third, hours(100, called="third"))
    detail = firm.refuses(SECOND, hours(200)).detail
    assert "100 h in “CTO+CAIO” at Drayline and 400 h in “CTO+CAIO” at Halcyon are on record" in detail
