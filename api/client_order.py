"""The order of the list of clients: the query parameters `sort` and `order`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from starlette.requests import Request

from api.context import AppContext, AppContextDep
from api.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, page_of_request
from api.state.people import names_of
from domain.text import key_of_name
from projections.client_order import ClientColumn, ClientOrder, NamesOfPeople, SortDirection, usual_direction

SortColumn = Annotated[
    ClientColumn,
    Query(
        description="`structure` is in the order of the structures, `since` by the first day of the structure, "
        "`monthly_fee` with fees in the firm's currency before others, `signs` by severity. "
        "Clients without a value come last."
    ),
]
DirectionParameter = Annotated[
    SortDirection | None,
    Query(description="The default is `desc` for `monthly_fee` and `signs`, and `asc` for the rest."),
]


def order_of(context: AppContext, column: ClientColumn, direction: SortDirection | None) -> ClientOrder:
    """The order by a column, in its usual direction unless one is given."""

    def keys(people: Collection[UUID]) -> Mapping[UUID, str]:
        with context.log.engine.connect() as connection:
            return {person: key_of_name(name) for person, name in names_of(connection, people).items()}

    version = context.log.state_version()
    mark = object() if version is None else version  # an object of its own equals no other: not cached
    return ClientOrder(
        column,
        direction or usual_direction(column),
        NamesOfPeople(keys, mark),
        context.firm.currency,
        context.thresholds,
    )


def client_order(
    context: AppContextDep, sort: SortColumn = ClientColumn.NAME, order: DirectionParameter = None
) -> ClientOrder:
    """A dependency that reads the order of the list."""
    return order_of(context, sort, order)


RequestedOrder = Annotated[ClientOrder, Depends(client_order)]


def ordered_page(request: Request, order: RequestedOrder, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page:
    """A dependency that reads the page of the list, whose cursor depends on the order."""
    return page_of_request(request, limit, cursor, order.place_types)


OrderedPage = Annotated[Page, Depends(ordered_page)]
