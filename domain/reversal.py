"""Takes back what was recorded about an engagement's milestones, although other things were recorded since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from domain.decisions import Correct, Log, Request, Retract, Standing
from domain.milestones import Details, Milestone


@dataclass(frozen=True, slots=True)
class Reversal:
    """The requests that take changes back, and the milestones that were changed since, which stand in the way."""

    requests: tuple[Request, ...]
    changed_since: tuple[Milestone, ...]


def reversal(before: Standing, after: Standing, now: Standing, reason: str, new_id: Callable[[], UUID]) -> Reversal:
    """Take back what changed from `before` to `after` in an engagement that stands as it is `now`.

    What was logged is retracted, what was corrected is corrected back, and what was retracted is logged again under a
    new id. What was retracted since is left alone.
    """
    requests: list[Request] = []
    changed_since: list[Milestone] = []
    for milestone in reversed(list(after.milestones.values())):
        earlier, current = before.milestones.get(milestone.id), now.milestones.get(milestone.id)
        if earlier == milestone or current is None:
            continue
        if current != milestone:
            changed_since.append(current)
        elif earlier is None:
            requests.append(Retract(milestone.id, reason))
        else:
            requests.append(_back_to(earlier, reason))
    requests += [_again(m, new_id()) for m in before.milestones.values() if m.id in after.retracted]
    return Reversal(tuple(requests), tuple(changed_since))


def added_since(after: Standing, now: Standing) -> tuple[Milestone, ...]:
    """The milestones that were logged or corrected since."""
    return tuple(m for m in now.milestones.values() if after.milestones.get(m.id) != m)


def _back_to(earlier: Milestone, reason: str) -> Correct:
    return Correct(
        earlier.id,
        reason,
        effective_on=earlier.effective_on,
        precision=earlier.precision,
        details=partial(_details_of, earlier),
        note=earlier.note,
        links=earlier.links,
    )


def _details_of(milestone: Milestone, _: Details) -> Details:
    return milestone.details


def _again(milestone: Milestone, new_id: UUID) -> Log:
    return Log(
        new_id,
        milestone.effective_on,
        milestone.details,
        milestone.precision,
        milestone.note,
        milestone.links,
        milestone.reported_on,
    )
