"""Verdicts and cases put together by hand, for tests of what goes with them."""

from __future__ import annotations

from domain.assessment import FRAMEWORKS, Advised, First, Outcome, Seats, Verdict
from domain.assessment.case import Case
from domain.assessment.predicates import Values
from domain.assessment.verdict import Fired, InternalConflict, Openness

UNDECIDED = Outcome(Seats.UNDECIDED, Advised.UNDECIDED, Advised.UNDECIDED, None)
KEYS = {f"{framework.id}:{rule.key}" for framework in FRAMEWORKS for rule in framework.rules}


def verdict(
    framework: str,
    *fired: Fired,
    technology: Advised = Advised.UNDECIDED,
    first: First | None = None,
    conflicts: tuple[InternalConflict, ...] = (),
    decides: bool = True,
) -> Verdict:
    """A verdict of which only this is known."""
    decided_by = {"seats": ("some rule",)} if decides else {}
    return Verdict(
        framework,
        1,
        Seats.UNDECIDED,
        technology,
        Advised.UNDECIDED,
        first,
        None,
        None,
        {},
        decided_by,
        fired,
        conflicts,
        (),
        lambda: Openness((), ()),
    )


def case(*fired: str, verdicts: tuple[Verdict, ...] = (), outcome: Outcome = UNDECIDED, **answers: str) -> Case:
    """A case in which these rules (`framework:rule`) fired, with these verdicts; the others are empty."""
    assert set(fired) <= KEYS
    by_framework = {one.id: {key for name, _, key in map(_split, fired) if name == one.id} for one in FRAMEWORKS}
    return Case(
        Values(answers),
        {one.id: verdict(one.id) for one in FRAMEWORKS} | {one.framework: one for one in verdicts},
        {name: frozenset(keys) for name, keys in by_framework.items()},
        outcome,
    )


def _split(fired: str) -> tuple[str, str, str]:
    return fired.partition(":")
