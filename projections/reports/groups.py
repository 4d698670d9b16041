"""Groups of clients by a field of their profile, or by practice lead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import LargeBinary, select, type_coerce

from projections.clients import SIZE_BANDS
from projections.column_types import from_json
from projections.profiles import PROFILES
from projections.read_model import known_at_instant, span_contains
from projections.reports.question import ReportQuestion
from projections.snapshot import Snapshot

MOST_GROUPS: Final = 12
"""The most groups that are shown separately; the rest are combined."""

UNKNOWN: Final = "unknown"
OTHER: Final = "other"

COUNT_BANDS: Mapping[str, tuple[int, int | None]] = {
    "0": (0, 0),
    "1-5": (1, 5),
    "6-10": (6, 10),
    "11-25": (11, 25),
    "26-100": (26, 100),
    "101+": (101, None),
}
"""Ranges of counts other than headcounts by name, both ends included (null: no upper bound)."""

MONEY_BANDS: Mapping[str, tuple[int, int | None]] = {
    "under 100K": (0, 100_000),
    "100K-1M": (100_000, 1_000_000),
    "1M-10M": (1_000_000, 10_000_000),
    "10M-50M": (10_000_000, 50_000_000),
    "50M-250M": (50_000_000, 250_000_000),
    "250M+": (250_000_000, None),
}
"""Ranges `[from, to)` of yearly amounts by name, in any currency (null: no upper bound)."""


class Field(StrEnum):
    """The fields to group engagements by: the client's profile on `as_of`, or the practice lead.

    Counts and amounts are grouped in ranges; `size` is an alias of `headcount`.
    """

    SECTOR = "sector"
    SIZE = "size"
    HEADCOUNT = "headcount"
    ENGINEERS = "engineers"
    PRODUCTS = "products"
    ANNUAL_REVENUE = "annual_revenue"
    AI_SPEND = "ai_spend"
    AI_PEOPLE = "ai_people"
    AI_INITIATIVES = "ai_initiatives"
    FUNDING_STAGE = "funding_stage"
    REGULATED = "regulated"
    PRACTICE_LEAD = "practice_lead"


_BANDS = {
    Field.SIZE: SIZE_BANDS,
    Field.HEADCOUNT: SIZE_BANDS,
    Field.ENGINEERS: COUNT_BANDS,
    Field.PRODUCTS: COUNT_BANDS,
    Field.AI_PEOPLE: COUNT_BANDS,
    Field.AI_INITIATIVES: COUNT_BANDS,
}
_AMOUNTS = (Field.ANNUAL_REVENUE, Field.AI_SPEND)


def labels_of(snapshot: Snapshot, field: Field, question: ReportQuestion) -> dict[bytes, str]:
    """The group of each client by a field of its profile; clients without a value are left out."""
    # stored ids: converting many of them would be slow
    query = select(type_coerce(PROFILES.c.stream_id, LargeBinary), PROFILES.c.content).where(
        known_at_instant(PROFILES, question.known_at),
        span_contains(PROFILES, question.as_of),
        question.includes(PROFILES.c.stream_id),
    )
    name = Field.HEADCOUNT if field is Field.SIZE else field
    labels = {}
    for client, content in snapshot.connection.execute(query):
        value = from_json(content)[name]
        if value is not None:
            labels[bytes(client)] = label_of(field, value)
    return labels


def label_of(field: Field, value: Any) -> str:
    """The group of a field's value in the profile's JSON."""
    if field in _BANDS:
        return next(band for band, (_, most) in _BANDS[field].items() if most is None or value <= most)
    if field in _AMOUNTS:
        amount = Decimal(value["amount"])
        band = next(band for band, (_, end) in MONEY_BANDS.items() if end is None or amount < end)
        return f"{value['currency']} {band}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def names_of_groups(field: Field, labels: Iterable[str | None], most: int = MOST_GROUPS) -> dict[str | None, str]:
    """The name of the group that shows each label (null: unknown), in the order of the groups.

    The largest `most` groups are separate, and the rest are combined into the last one. Ranges are in their own order,
    other groups by size.
    """
    everybody = Counter(labels)
    sizes = {label: count for label, count in everybody.items() if label is not None}
    shown = sorted(sizes, key=lambda label: (-sizes[label], label))[:most]
    if field in _BANDS:
        shown.sort(key=list(_BANDS[field]).index)
    if field in _AMOUNTS:
        shown.sort(key=lambda label: (label[:3], list(MONEY_BANDS).index(label[4:])))
    names: dict[str | None, str] = {label: label for label in shown}
    if everybody[None]:
        names[None] = _unlike(UNKNOWN, shown)
    other = _unlike(OTHER, names.values())
    return names | {label: other for label in sizes if label not in names}


def _unlike(name: str, others: Collection[str]) -> str:
    """The name, with asterisks appended until it differs from the others."""
    while name in others:
        name += "*"
    return name
