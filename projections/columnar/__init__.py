"""A copy of the spans in memory, column by column, that follows the log: large portfolios are counted in it.

`columns_of(connection)` is the one place where a report learns whether to count here or in SQL: both give
the same rows.
"""

from projections.columnar.portfolio import Columns, Portfolio, columns_of

__all__ = ["Columns", "Portfolio", "columns_of"]
