"""The filters that pick clients, in lists and reports alike: query parameters named like the field."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal, TypeAlias

from fastapi import Depends, Query

from api.context import AppContextDep
from api.http.problems import invalid
from api.schemas.scalars import QUARTER, Id, one_of
from domain.quarters import InvalidQuarter, Quarter, parse_quarter
from domain.seats import Structure, StructureGroup
from projections.clients import SIZE_BANDS, ClientFilter, ClientStatus

Unobserved: TypeAlias = Literal["null"]
Structures: TypeAlias = Annotated[Structure | StructureGroup, one_of(Structure, StructureGroup)]
Side: TypeAlias = Annotated[Structure | Unobserved, one_of(Structure, ("null",))]
Words = Annotated[str | None, Query(max_length=200)]
Count = Annotated[int | None, Query(ge=0, le=10_000_000)]
QuarterText = Annotated[str | None, Query(max_length=12, pattern=QUARTER, examples=["2026-Q1"])]


def quarter_named(field: str, text: str | None, fiscal_year_start_month: int) -> Quarter | None:
    """The quarter that a parameter names; refuses (422) what is none of that calendar."""
    if text is None:
        return None
    try:
        return parse_quarter(text, fiscal_year_start_month)
    except InvalidQuarter as fault:
        raise invalid((field, f"must be {fault.expected}")) from None


def client_filter(
    q: Annotated[str | None, Query(max_length=200, description="Part of a name or a slug.")] = None,
    sector: Words = None,
    structure: Structures | None = None,
    status: ClientStatus | None = None,
    practice_lead: Id | None = None,
    holder: Id | None = None,
    size: Annotated[str | None, Query(json_schema_extra={"enum": list(SIZE_BANDS)})] = None,
    headcount_from: Count = None,
    headcount_to: Count = None,
    funding_stage: Words = None,
    regulated: bool | None = None,
) -> ClientFilter:
    """The filter by what clients are and have on `as_of`."""
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
    """The filter of the client list: what reports filter by, and the way from a report's row to its clients."""
    month = context.fiscal_year_start_month
    if (quarter is None) != (quarter_structure is None):
        raise invalid(("quarter_structure", "goes together with `quarter`"))
    if transition_quarter is None and (from_structure is not None or to_structure is not None):
        raise invalid(("transition_quarter", "is needed with `from_structure` and `to_structure`"))
    return replace(
        chosen,
        quarter=quarter_named("quarter", quarter, month),
        quarter_structure=quarter_structure,
        transition_quarter=quarter_named("transition_quarter", transition_quarter, month),
        from_structure=from_structure,
        to_structure=to_structure,
    )


Portfolio = Annotated[ClientFilter, Depends(client_filter)]
Chosen = Annotated[ClientFilter, Depends(drilled_filter)]
