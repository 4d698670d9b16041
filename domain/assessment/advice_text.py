"""The advice in sentences: a headline, and how each dimension was decided."""

from __future__ import annotations

from domain.assessment.combination import How, Silence, Tally
from domain.assessment.framework import Advised, Dimension, First, Seats
from domain.assessment.outcome import Outcome

_LEVELS = {Advised.FRACTIONAL: "fractional", Advised.FULL_TIME: "full-time"}
_ROLES = {First.TECHNOLOGY: "CTO", First.AI: "CAIO"}
_SUBJECTS = {
    Dimension.SEATS: "the number of leaders",
    Dimension.TECHNOLOGY: "the technology leader's commitment",
    Dimension.AI: "the AI leader's commitment",
    Dimension.FIRST: "which role to fill first",
}
_ALL = {2: "Both", 3: "All three", 4: "All four", 5: "All five"}
_HOW = {
    How.MUST: "One article insists, which outweighs all other votes.",
    How.STRONGER: "The votes are even; the side whose article speaks more strongly prevails.",
    How.NOT_ASKED: "There is no order to decide: no two roles are to be filled one after the other.",
    How.FOLLOWS: "This follows from the number of leaders.",
}
_TIES = {
    Dimension.SEATS: (
        "The votes and their strength are even. Fewer leaders is our own rule, not an article's: splitting a role "
        "later "
        "is easier than merging two."
    ),
    Dimension.FIRST: "The votes and their strength are even, so the articles leave the order open.",
}
_TIE = (
    "The votes and their strength are even. Less commitment is our own rule, not an article's: adding time later is "
    "easier than taking it away."
)


def headline(outcome: Outcome) -> str:
    """The advice in a sentence or two."""
    match outcome.seats:
        case Seats.TWO:
            return _two(outcome)
        case Seats.ONE:
            return _one(outcome)
        case Seats.SINGLE:
            return _single(outcome)
        case Seats.NONE:
            return "Neither a CTO nor a CAIO for now."
        case Seats.UNDECIDED:
            return "The articles do not decide how many leaders this company needs."


def _two(outcome: Outcome) -> str:
    technology, ai = _LEVELS.get(outcome.technology), _LEVELS.get(outcome.ai)
    if technology is None and ai is None:
        text = "Two leaders. How much of each, the articles do not say for this company."
    elif technology is None:
        text = f"Two leaders: a CTO and a {ai} CAIO. How much of a CTO, the articles do not say for this company."
    elif ai is None:
        text = (
            f"Two leaders: a {technology} CTO and a CAIO. How much of a CAIO, the articles do not say for this company."
        )
    else:
        text = f"Two leaders: a {technology} CTO and a {ai} CAIO."
    return f"{text} {_order(outcome)}".rstrip()


def _order(outcome: Outcome) -> str:
    if outcome.first is None:
        return ""
    return "Fill both at once." if outcome.first is First.BOTH else f"Fill the {_ROLES[outcome.first]} role first."


def _one(outcome: Outcome) -> str:
    levels = (outcome.technology, outcome.ai)
    if Advised.UNDECIDED in levels and Advised.FULL_TIME not in levels:
        return "One leader for technology and AI. How much, the articles do not say for this company."
    level = _LEVELS[Advised.FULL_TIME if Advised.FULL_TIME in levels else Advised.FRACTIONAL]
    return f"One {level} leader for technology and AI."


def _single(outcome: Outcome) -> str:
    """The function without a leader is the one that is decided to have none."""
    if outcome.ai is Advised.NONE:
        role, later, level = "CTO", "CAIO", _LEVELS.get(outcome.technology)
    elif outcome.technology is Advised.NONE:
        role, later, level = "CAIO", "CTO", _LEVELS.get(outcome.ai)
    else:
        return "One of the two roles, not both yet. Which one, the articles do not say for this company."
    if level is None:
        return f"A {role}, and no {later} yet. How much of a {role}, the articles do not say for this company."
    return f"A {level} {role}, and no {later} yet."


def how_sentence(tally: Tally) -> str:
    """How a dimension was decided, as a sentence."""
    if tally.how is How.VOTES:
        return _votes(tally)
    if tally.how is How.TIE:
        return _TIES.get(tally.dimension, _TIE)
    return _HOW.get(tally.how) or _undecided(tally)


def _votes(tally: Tally) -> str:
    counted = [ballot for ballot in tally.ballots if ballot.counts]
    total = sum(ballot.counts for ballot in counted)
    backing = sum(ballot.counts for ballot in counted if ballot.value is tally.value)
    if len(counted) == 1:
        return "One framework decides this, and no other objects."
    if backing == total:
        return f"{_ALL[len(counted)]} frameworks that decide this agree."
    return f"By {backing} votes to {total - backing}."


def _undecided(tally: Tally) -> str:
    if any(ballot.silent in (Silence.CONSIDER_ONLY, Silence.PACKAGE_LOST) for ballot in tally.ballots):
        return f"The articles that speak of {_SUBJECTS[tally.dimension]} do so without a vote that counts here."
    return f"No article decides {_SUBJECTS[tally.dimension]} for this company."
