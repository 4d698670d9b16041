"""How many clients have which structure, quarter by quarter."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from domain.quarters import Quarter
from domain.seats import Structure
from projections.reports.parameters import Link, ReportParameters


@dataclass(frozen=True, slots=True)
class MixRow:
    """So many clients have this structure at the quarter's end (on `as_of` in the quarter that holds it)."""

    quarter: Quarter
    structure: Structure
    clients: int
    planned: bool
    link: Link


@dataclass(frozen=True, slots=True)
class StructureMix:
    """Every structure present in every quarter, in the order of quarters and of structures."""

    parameters: ReportParameters
    rows: tuple[MixRow, ...]


def structure_mix(connection: Connection, parameters: ReportParameters) -> StructureMix:
    """Count clients by their structure at each quarter's end; clients with no engagement open there are left out."""
    raise NotImplementedError
