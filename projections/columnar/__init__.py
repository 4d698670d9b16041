"""A copy of the spans in memory, column by column, that follows the log: large portfolios are counted in it.

`columns_of(connection)` in `offering.py` is the one place where a report learns whether to count here or in SQL: both
give the same rows.
"""
