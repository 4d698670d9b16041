"""A columnar in-memory cache of the spans, for the reports of large portfolios.

`Snapshot.columns` is the cache, or null when reports count in SQL; both give the same rows.
"""

from typing import Final

FROM_CLIENTS: Final = 1_000
"""The least number of clients for which the cache is used; SQL counts fewer in about 10 ms.

It is defined here so that reading the settings does not import the cache.
"""
