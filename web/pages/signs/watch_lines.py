"""Rows of the watch list in words: the sign, the client, and who leads the practice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.signs.catalog import NAMED_SIGNS
from projections.details_json import people_named
from projections.milestones import milestones_with_ids
from projections.reports.watch_list import WatchListRow
from projections.snapshot import Snapshot
from web.components import Link
from web.kinds import describe_version
from web.kinds.page import Naming
from web.pages.sign_lines import SignLine, sign_lines
from web.pages.urls import address, client_address


@dataclass(frozen=True, slots=True)
class WatchLine:
    """A sign at a client. `href` is the page of the sign, empty for one of the firm's own; `lead` is empty if none."""

    line: SignLine
    href: str
    client: Link
    lead: str


def watch_lines(
    snapshot: Snapshot,
    rows: Sequence[WatchListRow],
    naming: Callable[[Collection[UUID]], Naming],
    times: Mapping[str, str],
    *,
    known_at: datetime | None,
    may_record: bool,
) -> list[WatchLine]:
    """Rows of the watch list in words. `times` are the two times as query parameters, `known_at` the one as a value."""
    evidence = {milestone for row in rows for milestone in row.shown.evidence}
    clients = {row.shown.client for row in rows}
    milestones = milestones_with_ids(snapshot, evidence, clients, known_at=known_at)
    people = {person for one in milestones.values() for _, person in people_named(one.kind, one.details)}
    names = naming(people | {row.lead for row in rows if row.lead is not None})
    words = {milestone: describe_version(version, names) for milestone, version in milestones.items()}
    return [
        WatchLine(
            line=sign_lines(
                [row.shown], milestones, words, row.slug, known_at=times.get("known_at", ""), may_record=may_record
            )[0],
            href=address(f"/signs/{row.shown.sign}", times) if row.shown.sign in NAMED_SIGNS else "",
            client=Link(row.name, client_address(row.slug, **times)),
            lead=names(row.lead) if row.lead else "",
        )
        for row in rows
    ]
