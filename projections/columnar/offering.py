"""How a report learns whether it is to be counted in columns: the views offer them on the connection they lend."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from projections.columnar.portfolio import Columns

FROM_CLIENTS: Final = 1_000
"""From so many clients on the copy is made: below that SQL takes a hundredth of a second by itself."""

_OPTION = "seatline_columns"


def offer(connection: Connection, columns: Callable[[], Columns | None]) -> None:
    """Let whoever reads on a connection count in columns; null when there are none."""
    connection.execution_options(**{_OPTION: columns})


def columns_of(connection: Connection) -> Columns | None:
    """The columns in which a report is to be counted; null where that is to be done in SQL, on the connection."""
    offered: Callable[[], Columns | None] | None = connection.get_execution_options().get(_OPTION)
    return None if offered is None else offered()
