"""The filters of lists and reports, from a page's query string. Empty parameters are ignored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from api.context import AppContext, AppContextDep
from api.filters import Side, Structures, client_filter, drilled_filter
from api.http.problems import invalid
from api.schemas.messages import message_of
from api.schemas.scalars import Id
from domain.seats import Structure, StructureGroup
from projections.clients import SIZE_BANDS, ClientFilter, ClientStatus
from web.bidi import isolate
from web.charts.wording import GROUPS, STRUCTURES
from web.components import Choice, Link
from web.components import Field as FormField
from web.forms import words_of
from web.pages.urls import address

STATUSES: Mapping[ClientStatus, str] = {
    ClientStatus.PROSPECT: "Prospect",
    ClientStatus.ACTIVE: "Active",
    ClientStatus.PAUSED: "Paused",
    ClientStatus.ENDED: "Ended",
}


class _Parameters(BaseModel):
    """The query parameters of the filters; the page's other parameters are ignored."""

    model_config = ConfigDict(extra="ignore")
    q: str | None = Field(default=None, max_length=200)
    sector: str | None = Field(default=None, max_length=200)
    structure: Structures | None = None
    status: ClientStatus | None = None
    practice_lead: Id | None = None
    holder: Id | None = None
    size: str | None = None
    headcount_from: int | None = Field(default=None, ge=0, le=10_000_000)
    headcount_to: int | None = Field(default=None, ge=0, le=10_000_000)
    funding_stage: str | None = Field(default=None, max_length=200)
    regulated: bool | None = None


class _Drilled(BaseModel):
    """The query parameters of a drill-down from a report to its clients."""

    model_config = ConfigDict(extra="ignore")
    quarter: str | None = None
    quarter_structure: Side | None = None
    transition_quarter: str | None = None
    from_structure: Side | None = None
    to_structure: Side | None = None


_NAMES = (*_Parameters.model_fields, *_Drilled.model_fields)
NamingText = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of one page, as values (`chosen`) and as query parameters."""

    chosen: ClientFilter
    query: Mapping[str, str]

    @property
    def people(self) -> tuple[UUID, ...]:
        """The people that the filters name."""
        return tuple(person for person in (self.chosen.practice_lead, self.chosen.holder) if person)

    @property
    def is_set(self) -> bool:
        """Whether anything is filtered."""
        return bool(self.query)

    def field(self, name: str, label: str, kind: str, choices: tuple[Choice, ...] = ()) -> FormField:
        """A filter as a form's field."""
        return FormField(name, label, self.query.get(name, ""), kind, choices=choices, blank="Any")

    def words(self, naming: Callable[[UUID], str]) -> list[str]:
        """What is filtered, each filter in words."""
        return [words for _, words in self._descriptions(naming)]

    def removable(self, path: str, rest: Mapping[str, str], naming: Callable[[UUID], str]) -> list[Link]:
        """A link for each filter that leads to the page without it; parameters set together are removed together."""
        links = []
        for names, words in self._descriptions(naming):
            left = {name: value for name, value in self.query.items() if name not in names}
            links.append(Link(words, address(path, left, rest)))
        return links

    def _descriptions(self, naming: Callable[[UUID], str]) -> list[tuple[tuple[str, ...], str]]:
        chosen = self.chosen
        descriptions: list[tuple[tuple[str, ...], str]] = []
        plain: list[tuple[str, str | None]] = [
            ("q", f"“{isolate(chosen.q)}”" if chosen.q else None),
            ("structure", _structures_words(chosen.structure)),
            ("status", STATUSES[chosen.status] if chosen.status else None),
            ("sector", f"Sector {isolate(chosen.sector)}" if chosen.sector else None),
            ("practice_lead", f"Led by {isolate(naming(chosen.practice_lead))}" if chosen.practice_lead else None),
            ("holder", f"A seat held by {isolate(naming(chosen.holder))}" if chosen.holder else None),
            ("size", f"{chosen.size} people" if chosen.size else None),
            ("headcount_from", _words("From {} people", chosen.headcount_from)),
            ("headcount_to", _words("Up to {} people", chosen.headcount_to)),
            (
                "funding_stage",
                f"Funding stage {isolate(words_of(chosen.funding_stage))}" if chosen.funding_stage else None,
            ),
            ("regulated", None if chosen.regulated is None else "Regulated" if chosen.regulated else "Not regulated"),
        ]
        descriptions += [((name,), words) for name, words in plain if words]
        if chosen.quarter or chosen.quarter_structure:
            structure = _structure_words(chosen.quarter_structure) or "Any structure"
            descriptions.append((("quarter", "quarter_structure"), f"{structure} at the end of {chosen.quarter}"))
        if chosen.transition_quarter or chosen.from_structure or chosen.to_structure:
            moved = " to ".join(
                _structure_words(side) or "any structure" for side in (chosen.from_structure, chosen.to_structure)
            )
            descriptions.append(
                (("transition_quarter", "from_structure", "to_structure"), f"{moved} in {chosen.transition_quarter}")
            )
        return descriptions


async def filters(request: Request, context: AppContextDep) -> Filters:
    """Dependency that reads the filters. Raises `Problem` 422 for invalid values."""
    return read_filters(context, request.query_params)


def read_filters(context: AppContext, query: Mapping[str, str]) -> Filters:
    """The filters in a query. Raises `Problem` 422 for invalid values."""
    parameters = {name: query[name].strip() for name in _NAMES if query.get(name, "").strip()}
    try:
        plain, drilled = _Parameters.model_validate(parameters), _Drilled.model_validate(parameters)
    except ValidationError as fault:
        raise invalid(*((str(e["loc"][0]), message_of(e["msg"])) for e in fault.errors())) from None
    chosen = drilled_filter(context, client_filter(**plain.model_dump()), **drilled.model_dump())
    return Filters(chosen, parameters)


def structure_choices() -> tuple[Choice, ...]:
    """Every group of structures, and every structure, by name."""
    groups = (Choice(group.value, words) for group, words in GROUPS.items())
    return (*groups, *(Choice(structure.value, words.name) for structure, words in STRUCTURES.items()))


def _structures_words(chosen: Structure | StructureGroup | None) -> str | None:
    if chosen is None:
        return None
    return GROUPS[chosen] if isinstance(chosen, StructureGroup) else STRUCTURES[chosen].name


def status_choices() -> tuple[Choice, ...]:
    """Every status of a client."""
    return tuple(Choice(status.value, words) for status, words in STATUSES.items())


def size_choices() -> tuple[Choice, ...]:
    """Every band of headcounts."""
    return tuple(Choice(band, f"{band} people") for band in SIZE_BANDS)


def _structure_words(structure: Structure | str | None) -> str:
    if structure is None:
        return ""
    return STRUCTURES[structure].name if isinstance(structure, Structure) else "Not engaged"


def _words(text: str, number: int | None) -> str | None:
    return None if number is None else text.format(number)


Filtered = Annotated[Filters, Depends(filters)]
