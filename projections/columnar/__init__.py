"""A copy of the spans in memory, column by column, that follows the log: large portfolios are counted in it.

`Snapshot.columns` holds it, or null where a report has to count in SQL; both give the same rows.
"""

from typing import Final

FROM_CLIENTS: Final = 1_000
"""The least number of clients for which the copy is made: SQL counts fewer in a hundredth of a second.

It is here so that reading the settings does not load the copy's code.
"""
