"""Finds the kinds of milestones that cannot be logged in an engagement on a date, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from domain.errors import Refusal
from domain.kinds.details import NOBODY
from domain.kinds.state import BEFORE, State
from domain.milestones import DETAILS, Details, Kind, Milestone, step
from domain.timeline import effective_order

Later = Sequence[tuple[date, Milestone]]


def unfitting_kinds(milestones: Sequence[Milestone], on: date) -> Mapping[Kind, Refusal]:
    """The kinds that cannot take effect on a day, each with the refusal that explains why.

    `milestones` are the current ones. Each kind is tried with its `probes`: every difference in details that its rules
    distinguish.
    """
    ordered = effective_order(milestones)
    state = BEFORE
    for day, milestone in ordered:
        if day <= on:
            state = step(state, day, milestone)
    later = [(day, milestone) for day, milestone in ordered if day > on]
    refusals = ((kind, _refusal(details.probes(state), state, on, later)) for kind, details in DETAILS.items())
    return {kind: refusal for kind, refusal in refusals if refusal is not None}


def _refusal(probes: Iterable[Details], state: State, on: date, later: Later) -> Refusal | None:
    """Why none of the probes fits; None as soon as one fits. A refusal by a later milestone is preferred."""
    closest: Refusal | None = None
    for details in probes:
        probe = Milestone(NOBODY, len(later), on, details)
        tried: Milestone = probe
        try:
            after = step(state, on, probe)
            for day, milestone in later:
                tried = milestone
                after = step(after, day, milestone)
        except Refusal as refusal:
            if tried is not probe:
                refusal.milestone = tried.id
            if closest is None or (closest.milestone is None and refusal.milestone is not None):
                closest = refusal
        else:
            return None
    return closest
