"""Answers of reports: what was asked, and rows that each lead to the clients they count."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from pydantic import Field

from api.shapes.scalars import Answer, Day, Id, Instant
from domain.seats import Structure
from projections.reports.parameters import Link, ReportParameters

CLIENTS = "/api/v1/clients"


class ParametersAnswer(Answer):
    """What a report was asked with, defaults filled in; `filters` pick the clients."""

    first: str = Field(serialization_alias="from", examples=["2025-Q1"])
    last: str = Field(serialization_alias="to", examples=["2026-Q4"])
    as_of: Day
    known_at: Instant
    filters: dict[str, str]


class LinksAnswer(Answer):
    """The way from a row to what it counts."""

    clients: str


class ClientLinkAnswer(Answer):
    """The way from a row to its one client."""

    client: str


class MixRowAnswer(Answer):
    """So many clients have this structure at the end of this quarter."""

    quarter: str
    structure: Structure
    clients: int
    planned: bool
    links: LinksAnswer


class MixAnswer(Answer):
    """How many clients have which structure, quarter by quarter."""

    parameters: ParametersAnswer
    rows: list[MixRowAnswer]


class CellAnswer(Answer):
    """A client's structure at a quarter's end; null: not observed."""

    quarter: str
    structure: Structure | None
    changed: bool
    planned: bool


class GridRowAnswer(Answer):
    """One client, quarter by quarter."""

    client: Id
    slug: str
    name: str
    quarters: list[CellAnswer]
    links: ClientLinkAnswer


class GridAnswer(Answer):
    """The portfolio as a grid: a client a row, a quarter a column."""

    parameters: ParametersAnswer
    rows: list[GridRowAnswer]
    next: str | None


class TransitionRowAnswer(Answer):
    """So many clients moved from one structure to another in this quarter; null: entered, or left."""

    quarter: str
    before: Structure | None = Field(serialization_alias="from")
    after: Structure | None = Field(serialization_alias="to")
    clients: int
    times: int
    links: LinksAnswer


class TransitionsAnswer(Answer):
    """Who moved from which structure to which, quarter by quarter."""

    parameters: ParametersAnswer
    rows: list[TransitionRowAnswer]


def parameters_answer(parameters: ReportParameters, known_at: datetime) -> ParametersAnswer:
    """What a report was asked with, of what was known at that instant."""
    given: dict[str, Any] = {
        name: text for name, text in parameters.link().items() if name not in ("as_of", "known_at")
    }
    return ParametersAnswer(
        first=parameters.first.label,
        last=parameters.last.label,
        as_of=parameters.as_of,
        known_at=known_at,
        filters=given,
    )


def links(link: Link) -> LinksAnswer:
    """The address of the clients that a row counts."""
    return LinksAnswer(clients=f"{CLIENTS}?{urlencode(link)}")


def link_to(slug: str) -> ClientLinkAnswer:
    """The address of one client."""
    return ClientLinkAnswer(client=f"{CLIENTS}/{slug}")
