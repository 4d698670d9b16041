"""A copy of the spans in memory, column by column, that follows the log: large portfolios are counted in it.

`Snapshot.columns` holds it, or null where a report has to count in SQL; both give the same rows.
"""
