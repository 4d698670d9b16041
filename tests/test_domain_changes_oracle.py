"""What may be done to milestones, against a plain ledger that lives through every day after every command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from examples import examples
from histories import OPENED_ON, Dice, details_of, first_day, milestone_id, numbers, one_more, opening
from hypothesis import event, given
from hypothesis import strategies as st
from oracle import Refused, live_through, world_on, wrong_together
from test_domain_timeline_oracle import assert_timeline_is

from domain.decisions import Correct, Log, Request, Retract, Standing, decide
from domain.errors import Refusal
from domain.kinds.engagement import AssessmentTaken
from domain.milestones import KEEP, Details, Kind, Milestone, Precision


@examples(100)
@given(rolls=st.lists(numbers, min_size=6, max_size=25))
def test_every_command_is_decided_as_the_ledger_decides_it(rolls: list[int]) -> None:
    ledger = Ledger()
    standing = Standing().after(decide(Standing(), [log_of(opening())]).changes)
    for turn, roll in enumerate(rolls, start=1):
        requests = ledger.think_of(Dice(roll), turn)
        expected = ledger.after(requests)
        if isinstance(expected, Ledger):
            decision = decide(standing, requests)
            standing = standing.after(decision.changes)
            ledger = expected
            assert {known: as_asked(m) for known, m in standing.milestones.items()} == ledger.milestones
            assert_timeline_is(decision.timeline, live_through(ledger.milestones.values()))
            assert standing.timeline() == decision.timeline
            event("fits")
        else:
            assert refusal_of(standing, requests) == expected
            event(expected[0])


def as_asked(milestone: Milestone) -> Milestone:
    """The milestone without what the frameworks made of an assessment's answers, which the ledger does not know."""
    if not isinstance(milestone.details, AssessmentTaken):
        return milestone
    assert milestone.details.verdicts is not None
    return replace(milestone, details=replace(milestone.details, verdicts=None))


def refusal_of(standing: Standing, requests: Sequence[Request]) -> tuple[str, UUID | None] | None:
    before = dict(standing.milestones), dict(standing.retracted)
    try:
        decide(standing, requests)
    except Refusal as refusal:
        assert (dict(standing.milestones), dict(standing.retracted)) == before
        return type(refusal).__name__, refusal.milestone
    return None


def log_of(milestone: Milestone) -> Log:
    return Log(milestone.id, milestone.effective_on, milestone.details, milestone.precision)


class Wrong(Exception):  # noqa: N818
    """A command that is wrong before any day is lived through."""


@dataclass
class Ledger:
    """Milestones in a plain dict; every change makes a copy of it."""

    milestones: dict[UUID, Milestone] = field(default_factory=lambda: {milestone_id(0): opening()})
    retracted: set[UUID] = field(default_factory=set)
    logged: int = 1

    def after(self, requests: Sequence[Request]) -> Ledger | tuple[str, UUID | None]:
        """The ledger after a command, or the refusal's name and the milestone it names."""
        ledger = Ledger(dict(self.milestones), set(self.retracted), self.logged)
        try:
            for request in requests:
                ledger._take(request)
            life = live_through(ledger.milestones.values())
        except Wrong as wrong:
            return wrong.args
        except Refused as refused:
            return self._first_in(requests, refused, ledger)
        stood = live_through(self.milestones.values())
        tolerated = {fault.about: fault.how_much for fault in wrong_together(self.milestones.values(), stood)}
        for fault in wrong_together(ledger.milestones.values(), life):
            if fault.about not in tolerated or fault.how_much > tolerated[fault.about]:
                return fault.reason, fault.milestone
        return ledger

    @staticmethod
    def _first_in(requests: Sequence[Request], refused: Refused, ledger: Ledger) -> tuple[str, UUID | None]:
        """Of several changes that do not fit, the first in the list; a milestone on record that breaks comes first."""
        requested = [request.milestone for request in requests]
        if len(requested) == 1 or refused.milestone not in requested:
            return refused.reason, refused.milestone
        left, reasons = dict(ledger.milestones), {refused.milestone: refused.reason}
        while True:
            left = {milestone_id: milestone for milestone_id, milestone in left.items() if milestone_id not in reasons}
            try:
                live_through(left.values())
            except Refused as another:
                reasons[another.milestone] = another.reason
            else:
                first = next(milestone for milestone in requested if milestone in reasons)
                return reasons[first], first

    def _take(self, request: Request) -> None:
        if isinstance(request, Log):
            one = Milestone(request.milestone, self.logged, request.effective_on, request.details, request.precision)
            self.milestones[one.id] = one
            self.logged += 1
            return
        if request.milestone in self.retracted:
            raise Wrong("AlreadyRetracted", request.milestone)
        if request.milestone not in self.milestones:
            raise Wrong("UnknownMilestone", None)
        before = self.milestones[request.milestone]
        if isinstance(request, Retract):
            if before.kind is Kind.OPENED:
                raise Wrong("OpeningStays", before.id)
            self.retracted.add(before.id)
            del self.milestones[before.id]
            return
        after = replace(
            before,
            effective_on=before.effective_on if request.effective_on is KEEP else request.effective_on,
            precision=before.precision if request.precision is KEEP else request.precision,
            details=before.details if request.details is None else request.details(before.details),
            note=before.note if request.note is KEEP else request.note,
        )
        if (
            after.precision is not Precision.DAY
            and first_day(after.effective_on, after.precision) != after.effective_on
        ):
            raise Wrong("InvalidField", None)
        if after == before:
            raise Wrong("NothingToChange", before.id)
        self.milestones[after.id] = after

    def think_of(self, dice: Dice, turn: int) -> list[Request]:
        """A command: mostly to log one more milestone, sometimes to put right, take back, or do several at once."""
        at_once = dice.of((1, 1, 1, 1, 1, 2, 3))
        return [self._one_request(dice, 10 * turn + number) for number in range(at_once)]

    def _one_request(self, dice: Dice, number: int) -> Request:
        standing = list(self.milestones.values())
        newest = max(m.effective_on for m in standing)
        what = dice.below(10)
        if what < 6:
            around = newest + timedelta(days=dice.of((0, 5, 1, 20, -10, -40)))
            return log_of(one_more(standing, dice, number, max(around, OPENED_ON)))
        chosen = dice.of(standing)
        if dice.once_in(15):
            return Retract(dice.of((*sorted(self.retracted), UUID(int=7))), "by mistake")
        if what == 9:
            return Retract(chosen.id, "it never happened")
        return self._correction(Correct(chosen.id, "put right"), chosen, dice)

    def _correction(self, plain: Correct, chosen: Milestone, dice: Dice) -> Correct:
        day = chosen.effective_on + timedelta(days=dice.of((1, -1, 4, -9, 30, -30, 0)))
        match dice.below(5):
            case 0:
                return replace(plain, effective_on=day, precision=Precision.DAY)
            case 1:
                return replace(plain, effective_on=day)
            case 2:
                precision = dice.of((Precision.MONTH, Precision.QUARTER, Precision.YEAR))
                return replace(plain, effective_on=first_day(day, precision), precision=precision)
            case 3:
                return replace(plain, note=dice.of(("a word more", None)))
            case _:
                details = self._other_details(chosen, dice)
                return replace(plain, details=details, effective_on=day, precision=Precision.DAY)

    def _other_details(self, chosen: Milestone, dice: Dice) -> Callable[[Details], Details] | None:
        if chosen.kind is Kind.OPENED:
            return None
        world = world_on([m for m in self.milestones.values() if m.id != chosen.id], chosen.effective_on)
        assessments = [m.id for m in self.milestones.values() if m.kind is Kind.ASSESSMENT_TAKEN]
        details = details_of(chosen.kind, dice, world, chosen.effective_on, assessments)
        return lambda _: details
