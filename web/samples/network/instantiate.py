"""Instantiates a template for a client: the same events with other ids, dates, company and people.

Ids are replaced one for one, and all dates move by the same number of whole weeks, so whatever the domain accepted in
the template it accepts in every instance. Two things depend on the calendar: reported hours are for the month of a day
on which the function was held, and periods are those that contain the moved first day, within the engagement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from domain.client import Client, Slug, slug_id
from domain.kinds.work import HoursReported
from domain.milestones import Milestone, Precision
from web.samples.network.random_history import first_of_period, month_after
from web.samples.network.template import SCALE, Template

_ZERO = UUID(int=0, version=4).int
_FREE = UUID(int=2**128 - 1, version=4).int ^ _ZERO
"""The free bits of an id; the others mark it as random."""


@dataclass(frozen=True, slots=True)
class ClientInstance:
    """A client that instantiates a template.

    `key` maps the template's ids, `shift` (whole weeks) its dates; `begins` is the instant of its first day. `people`
    are the firm's people, in the template's order.
    """

    key: int
    shift: timedelta
    begins: datetime
    people: tuple[UUID, ...]
    name: str
    slug: str
    profile: Mapping[str, Any]

    def own_id(self, of_plot: int) -> UUID:
        """The client's id for an id of the template."""
        return UUID(int=of_plot ^ self.key)


def key_of(bits: int) -> int:
    """A key from 128 random bits; it maps distinct ids to distinct ids."""
    return bits & _FREE


Recast: TypeAlias = Callable[[ClientInstance], Any]
"""Maps a value of the template to that of a client."""


class Instance:
    """A template prepared for repeated instantiation."""

    def __init__(self, plot: Template) -> None:
        """Find the values that differ between clients."""
        self._worked = plot.worked
        self._firm = {person: place for place, person in enumerate(plot.firm)}
        self.plot = plot
        self._steps = [(step.after, [self._event(event) for event in step.events]) for step in plot.steps]

    def __len__(self) -> int:
        """The number of steps."""
        return len(self._steps)

    def after(self, step: int) -> timedelta:
        """The time from the beginning to a step's recording."""
        return self._steps[step][0]

    def cast(self, part: ClientInstance, step: int) -> list[Any]:
        """The events of one step for a client."""
        after, recasts = self._steps[step]
        at = part.begins + after
        events = []
        for kind, fixed, varying in recasts:
            attributes = {**fixed, "timestamp": at}
            for name, recast in varying:
                attributes[name] = recast(part)
            # restored as the log does: their constructors would dominate the cost
            event = object.__new__(kind)
            object.__setattr__(event, "__dict__", attributes)
            events.append(event)
        return events

    def _event(self, event: Any) -> tuple[type[Any], dict[str, Any], list[tuple[str, Recast]]]:
        own = self._of_company(event)
        fixed, varying = {}, []
        for name, value in vars(event).items():
            recast = own[name] if name in own else self._recast(value)
            if name == "timestamp":
                continue
            if recast is None:
                fixed[name] = value
            else:
                varying.append((name, recast))
        return type(event), fixed, varying

    def _of_company(self, event: Any) -> Mapping[str, Recast]:
        """The company's values of an event."""
        match event:
            case Slug.Created():
                return {"originator_id": lambda part: slug_id(part.slug)}
            case Client.Created():
                return {
                    "name": lambda part: part.name,
                    "slug": lambda part: part.slug,
                    "profile": lambda part: part.profile,
                }
            case Client.ProfileChanged(profile=profile):
                return {"profile": lambda part: {name: _grown(name, part, grown) for name, grown in profile.items()}}
            case _:
                return {}

    def _recast(self, value: Any) -> Recast | None:
        """How a value differs between clients; None if it does not."""
        match value:
            case UUID() if value in self._firm:
                place = self._firm[value]
                return lambda part: part.people[place]
            case UUID():
                bits = value.int
                return lambda part: part.own_id(bits)
            case datetime():
                return None
            case date():
                return lambda part: value + part.shift
            case Milestone():
                return self._milestone(value)
            case tuple():
                parts = [self._recast(item) for item in value]
                if not any(parts):
                    return None
                made = list(zip(value, parts, strict=True))
                return lambda part: tuple(item if recast is None else recast(part) for item, recast in made)
            case _ if is_dataclass(value) and not isinstance(value, type):
                return self._made_of({field.name: getattr(value, field.name) for field in fields(value)}, type(value))
            case _:
                return None

    def _milestone(self, milestone: Milestone) -> Recast | None:
        values = {field.name: getattr(milestone, field.name) for field in fields(milestone)}
        details, on = milestone.details, milestone.effective_on
        if isinstance(details, HoursReported):
            worked = self._worked[milestone.id]
            after = on - month_after(worked)
            function, hours = details.function, details.hours
            own: dict[str, Recast] = {
                "effective_on": lambda part: month_after(worked + part.shift) + after,
                "details": lambda part: HoursReported(f"{worked + part.shift:%Y-%m}", function, hours),
            }
        elif (precision := milestone.precision) is not Precision.DAY:
            own = {"effective_on": lambda part: first_of_period(on + part.shift, precision)}
        else:
            own = {}
        return self._made_of(values, Milestone, **own)

    def _made_of(self, values: Mapping[str, Any], kind: type[Any], **own: Recast) -> Recast | None:
        fixed = list(values.values())
        recasts = [own.get(name) or self._recast(value) for name, value in values.items()]
        varying = [(place, recast) for place, recast in enumerate(recasts) if recast is not None]
        if not varying:
            return None

        def made(part: ClientInstance) -> Any:
            arguments = fixed.copy()
            for place, recast in varying:
                arguments[place] = recast(part)
            return kind(*arguments)

        return made


def _grown(name: str, part: ClientInstance, grown: Any) -> Any:
    """A fact of the template scaled for a client, in thousandths."""
    if isinstance(grown, int) and not isinstance(grown, bool):
        return max(int(part.profile[name]) * grown // SCALE, 1)
    if isinstance(grown, Mapping):
        own = part.profile[name]
        amount = round(float(own["amount"])) * round(float(grown["amount"])) // SCALE
        return {"amount": f"{amount}.00", "currency": own["currency"]}
    return grown
