"""Query parameters that filter clients, shared by lists and reports."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal, TypeAlias

from fastapi import Depends, Query

from api.context import AppContextDep
from api.http.problems import invalid
from api.schemas.scalars import QUARTER, Id, any_member_of
from domain.quarters import InvalidQuarter, Quarter, parse_quarter
from domain.seats import Structure, StructureGroup
from projections.clients import SIZE_BANDS, ClientFilter, ClientStatus

Unobserved: TypeAlias = Literal["null"]
Structures: TypeAlias = Annotated[Structure | StructureGroup, any_member_of(Structure, StructureGroup)]
Side: TypeAlias = Annotated[Structure | Unobserved, any_member_of(Structure, ("null",))]
TextFilter = Annotated[str | None, Query(max_length=200)]
CountFilter = Annotated[int | None, Query(ge=0, le=10_000_000)]
QuarterText = Annotated[str | None, Query(max_length=12, pattern=QUARTER, examples=["2026-Q1"])]


def parse_quarter_parameter(field: str, text: str | None, fiscal_year_start_month: int) -> Quarter | None:
    """Parse a quarter parameter. Raises `Problem` 422 if the calendar has no such quarter."""
    if text is None:
        return None
    try:
        return parse_quarter(text, fiscal_year_start_month)
    except InvalidQuarter as fault:
        raise invalid((field, f"must be {fault.expected}")) from None


def client_filter(
    q: Annotated[str | None, Query(max_length=200, description="Part of a name or a slug.")] = None,
    sector: TextFilter = None,
    structure: Structures | None = None,
    status: ClientStatus | None = None,
    practice_lead: Id | None = None,
    holder: Id | None = None,
    size: Annotated[str | None, Query(json_schema_extra={"enum": list(SIZE_BANDS)})] = None,
    headcount_from: CountFilter = None,
    headcount_to: CountFilter = None,
    funding_stage: TextFilter = None,
    regulated: bool | None = None,
) -> ClientFilter:
    """A dependency that filters clients by their state as of `as_of`."""
    if size is not None and size not in SIZE_BANDS:
        raise invalid(("size", f"must be one of {', '.join(SIZE_BANDS)}"))
    return ClientFilter(
        q=q,
        sector=sector,
        structure=structure,
        status=status,
        practice_lead=practice_lead,
        holder=holder,
        size=size,
        headcount_from=headcount_from,
        headcount_to=headcount_to,
        funding_stage=funding_stage,
        regulated=regulated,
    )


def drilled_filter(
    context: AppContextDep,
    chosen: Annotated[ClientFilter, Depends(client_filter)],
    quarter: QuarterText = None,
    quarter_structure: Side | None = None,
    transition_quarter: QuarterText = None,
    from_structure: Side | None = None,
    to_structure: Side | None = None,
) -> ClientFilter:
    """A dependency for the client list: the filters of reports, and drill-down from a report's row to its clients."""
    month = context.fiscal_year_start_month
    if (quarter is None) != (quarter_structure is None):
        raise invalid(("quarter_structure", "requires `quarter`, and the other way round"))
    if transition_quarter is None and (from_structure is not None or to_structure is not None):
        raise invalid(("transition_quarter", "is required with `from_structure` and `to_structure`"))
    return replace(
        chosen,
        quarter=parse_quarter_parameter("quarter", quarter, month),
        quarter_structure=quarter_structure,
        transition_quarter=parse_quarter_parameter("transition_quarter", transition_quarter, month),
        from_structure=from_structure,
        to_structure=to_structure,
    )


ClientFilters = Annotated[ClientFilter, Depends(client_filter)]
DrillDownFilters = Annotated[ClientFilter, Depends(drilled_filter)]
