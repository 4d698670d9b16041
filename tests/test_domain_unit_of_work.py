"""What a command brings with it: the firm's date, the client's other engagements, bounds settled at the end."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from eventsourcing.application import AggregateNotFoundError
from eventsourcing.domain import Aggregate
from firm import FIRST, HALCYON, SECOND, Firm, opening
from story import AI, DANA, IRIS, chosen, closed, correct, day, named, on, retract, two_hats

from domain.decisions import Bounds, Log
from domain.errors import (
    ClientHasEngagements,
    EngagementsOverlap,
    HoursNotHeld,
    InvalidField,
    RecordUnreadable,
    Refusal,
    UnknownAssessment,
    UnknownClient,
)
from domain.kinds.agreements import AdviceDeclined
from domain.kinds.engagement import AssessmentTaken, Paused
from domain.kinds.work import HoursReported
from domain.unit_of_work import UnitOfWork

CHOICE = chosen("2024-02-01", two_hats(DANA), called="the choice")
MAY = on("2024-05-31", HoursReported("2024-05", AI, Decimal(10)), "hours of May")
JUNE = on("2024-06-01", HoursReported("2024-06", AI, Decimal(10)), "hours of June")
ASSESSED = on("2024-02-01", AssessmentTaken({"headcount": 24}, DANA), "the assessment")
DECLINED = on("2024-10-01", AdviceDeclined(named("the assessment"), "no budget"), "declined")


@pytest.fixture
def firm() -> Firm:
    """A firm with one client."""
    firm = Firm()
    firm.register()
    return firm


def open_with(unit: UnitOfWork, text: str, *further: Log) -> None:
    unit.open_engagement(SECOND, HALCYON, opening(SECOND, text), further, recorded_by=DANA)


# The firm's date


def test_hours_of_a_month_that_has_not_begun_on_the_firms_date_are_refused_in_every_command(firm: Firm) -> None:
    firm.opens(FIRST, "2024-01-15")
    firm.changes(FIRST, CHOICE)
    firm.today = lambda: date(2024, 5, 31)
    for command in (firm.run, firm.query):
        with pytest.raises(HoursNotHeld, match="Jun 2024 has not begun"):
            command(lambda unit: unit.change(FIRST, [JUNE], recorded_by=DANA))
    firm.changes(FIRST, MAY)
    firm.changes(FIRST, closed("2024-06-01"))
    with pytest.raises(HoursNotHeld, match="Jun 2024 has not begun"):
        firm.run(lambda unit: open_with(unit, "2024-06-01", chosen("2024-06-01", two_hats(IRIS)), JUNE))


def test_without_a_date_no_month_is_in_the_future(firm: Firm) -> None:
    firm.opens(FIRST, "2024-01-15")
    firm.changes(FIRST, CHOICE, on("2150-03-01", HoursReported("2150-03", AI, Decimal(10))))
    assert len(firm.engagement().standing.milestones) == 3


# The client's other engagements


def test_an_engagement_may_be_opened_with_a_reply_to_advice_given_in_an_earlier_one(firm: Firm) -> None:
    firm.opens(FIRST, "2024-01-15")
    firm.changes(FIRST, ASSESSED)
    firm.changes(FIRST, closed("2024-09-30"))
    firm.run(lambda unit: open_with(unit, "2024-09-30", DECLINED))
    assert named("declined") in firm.engagement(SECOND).standing.milestones


def test_a_reply_to_advice_that_no_engagement_gave_is_refused(firm: Firm) -> None:
    firm.opens(FIRST, "2024-01-15")
    firm.changes(FIRST, closed("2024-09-30"))
    with pytest.raises(UnknownAssessment):
        firm.run(lambda unit: open_with(unit, "2024-09-30", DECLINED))
    firm.opens(SECOND, "2024-09-30")
    with pytest.raises(UnknownAssessment):
        firm.changes(SECOND, DECLINED)


def test_a_preview_of_a_closed_engagement_is_as_free_as_the_change_itself(firm: Firm) -> None:
    firm.opens(FIRST, "2024-01-15")
    firm.changes(FIRST, closed("2024-09-30"))
    firm.opens(SECOND, "2024-12-01")
    later = correct("closed 2024-09-30", "2024-12-01")
    _, after = firm.query(lambda unit: unit.preview(FIRST, [later]))
    assert after.closed_on == day("2024-12-01")


# Ids


def test_an_id_is_free_until_something_is_recorded_under_it(firm: Firm) -> None:
    assert firm.query(lambda unit: (unit.is_free(HALCYON), unit.is_free(FIRST))) == (False, True)
    firm.opens(FIRST, "2024-01-15")
    assert firm.query(lambda unit: (unit.is_free(HALCYON), unit.is_free(FIRST))) == (False, False)


def unreadable(_: object) -> Aggregate:
    raise RecordUnreadable


def nothing(_: object) -> Aggregate:
    raise AggregateNotFoundError


def test_what_cannot_be_read_is_taken_all_the_same() -> None:
    unit = UnitOfWork(unreadable)
    assert not unit.is_free(HALCYON)
    with pytest.raises(Refusal, match="Another client has the slug 'halcyon'"):
        unit.register_client(HALCYON, "Halcyon", "halcyon", {}, None, recorded_by=DANA)


def test_a_unit_of_work_may_read_unless_it_is_forbidden() -> None:
    assert UnitOfWork(nothing).may_read
    assert not UnitOfWork(nothing, may_read=False).may_read


# Bounds that are settled at the end


def test_engagements_may_overlap_until_their_bounds_are_settled(firm: Firm) -> None:
    firm.opens(FIRST, "2024-01-15")

    def exchange(unit: UnitOfWork) -> None:
        unit.defer_bounds()
        open_with(unit, "2024-06-01")
        unit.change(FIRST, [closed("2024-06-01")], recorded_by=DANA)
        unit.settle_bounds(recorded_by=DANA)

    firm.run(exchange)
    assert firm.client().engagements == {
        FIRST: Bounds(day("2024-01-15"), day("2024-06-01")),
        SECOND: Bounds(day("2024-06-01"), None),
    }

    def overlapping(unit: UnitOfWork) -> None:
        unit.defer_bounds()
        unit.change(FIRST, [retract("closed 2024-06-01")], recorded_by=DANA)
        unit.settle_bounds(recorded_by=DANA)

    with pytest.raises(EngagementsOverlap):
        firm.run(overlapping)


def test_an_engagement_opened_and_retracted_before_bounds_are_settled_leaves_its_days_free(firm: Firm) -> None:
    def opened_in_vain(unit: UnitOfWork) -> None:
        unit.defer_bounds()
        open_with(unit, "2024-06-01")
        with pytest.raises(ClientHasEngagements):
            unit.retract_client(HALCYON, "by mistake", recorded_by=DANA)
        unit.retract_engagement(SECOND, "by mistake", recorded_by=DANA)
        unit.settle_bounds(recorded_by=DANA)

    firm.run(opened_in_vain)
    assert firm.client().engagements == {}


def test_an_engagement_on_record_may_be_retracted_before_bounds_are_settled(firm: Firm) -> None:
    firm.opens(FIRST, "2024-01-15")

    def replaced(unit: UnitOfWork) -> None:
        unit.defer_bounds()
        unit.retract_engagement(FIRST, "by mistake", recorded_by=DANA)
        open_with(unit, "2024-03-01")
        unit.settle_bounds(recorded_by=DANA)

    firm.run(replaced)
    assert set(firm.client().engagements) == {SECOND}


def test_a_retracted_client_is_unknown(firm: Firm) -> None:
    firm.run(lambda unit: unit.retract_client(HALCYON, "by mistake", recorded_by=DANA))
    with pytest.raises(UnknownClient):
        firm.opens(FIRST, "2024-01-15")


# What is recorded


def test_an_engagement_that_does_not_begin_with_its_opening_is_refused_by_name(firm: Firm) -> None:
    with pytest.raises(InvalidField) as refused:
        firm.run(lambda unit: unit.open_engagement(FIRST, HALCYON, on("2024-01-15", Paused()), recorded_by=DANA))
    assert refused.value.detail == "kind: an engagement begins with being opened"


def test_an_event_names_its_engagement_who_recorded_it_and_why(firm: Firm) -> None:
    alone: Any = firm.opens(FIRST, "2024-01-15").recordings
    firm.changes(FIRST, closed("2024-03-01"))
    together: Any = firm.run(lambda unit: open_with(unit, "2024-03-01", closed("2024-09-30"))).recordings
    changed: Any = firm.changes(SECOND, retract("closed 2024-09-30"), reason="it goes on").recordings
    events = [one.domain_event for one in (*alone, *together, *changed)]
    assert [event.recorded_by for event in events] == [DANA] * 6
    assert [event.originator_id for event in events] == [HALCYON, FIRST, HALCYON, SECOND, HALCYON, SECOND]
    assert events[-1].reason == "it goes on"


class Recorder(Firm):
    """A firm that notes with which command something was saved."""

    commands: list[object]

    def save(self, *aggregates: Any, **rest: Any) -> Any:
        self.commands = [*getattr(self, "commands", []), rest["command"]]
        return super().save(*aggregates, **rest)


def test_the_log_gets_the_command_with_the_events() -> None:
    recorder = Recorder()
    recorder.run(lambda unit: unit.register_client(HALCYON, "Halcyon", None, {}, None, recorded_by=DANA), command="it")
    recorder.register("Another")
    assert recorder.commands == ["it", None]
