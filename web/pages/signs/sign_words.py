"""Warning signs in words, with their evidence and the forms that clear them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from api.schemas.signs import remedies
from domain.areas import DECISION_AREAS, DELIVERABLES
from domain.milestones import Kind
from domain.signs.catalog import NAMED_SIGNS
from domain.signs.detector import Severity
from domain.signs.runs import Detected
from projections.milestone_versions import MilestoneVersion
from projections.milestones import milestones_with_ids
from projections.reports.watch_list import WatchListRow
from projections.sign_runs import ShownSign
from projections.snapshot import Snapshot
from web.bidi import isolate
from web.charts.wording import day_words, effective_words
from web.components import Link
from web.formatting import sign_title
from web.forms import words_of
from web.kinds import KIND_NAMES, OFFERED
from web.kinds.page import Naming
from web.pages.urls import address, client_address, milestone_address

SEVERITIES: Mapping[Severity, str] = {Severity.HIGH: "High", Severity.MEDIUM: "Medium", Severity.LOW: "Low"}
DETECTED: Mapping[Detected, str] = {Detected.RULE: "Detected", Detected.OBSERVED: "Observed"}
TONES: Mapping[Severity, str] = {Severity.HIGH: "bad", Severity.MEDIUM: "warn", Severity.LOW: ""}

_NAMED: Mapping[Kind, tuple[str, frozenset[str]]] = {
    Kind.DECISION_RIGHT_ASSIGNED: ("area", frozenset(DECISION_AREAS)),
    Kind.DELIVERABLE_ISSUED: ("deliverable", frozenset(DELIVERABLES)),
}
"""The field of a form that names what a sign is about, and the values that fit."""

_LABELLED: Mapping[Kind, str] = {Kind.CONFLICT_RESOLVED: "conflict", Kind.OUTCOME_MEASURED: "initiative"}
"""The same where the sign names what the client calls by its own label."""

_SLUGS = frozenset((*DECISION_AREAS, *DELIVERABLES))


@dataclass(frozen=True, slots=True)
class SignWords:
    """A sign at a client in words; the links of `clears` without `href` have no form that records them."""

    title: str
    href: str
    client: Link
    severity: str
    tone: str
    noticed: str
    since: str
    until: str
    detail: str
    lead: str
    evidence: Sequence[Link]
    clears: Sequence[Link]


def sign_words(
    snapshot: Snapshot,
    rows: Sequence[WatchListRow],
    naming: Naming,
    times: Mapping[str, str],
    *,
    known_at: datetime | None,
) -> list[SignWords]:
    """Rows of the watch list in words. `times` are the two times as query parameters of links."""
    evidence = {milestone for row in rows for milestone in row.shown.evidence}
    clients = {row.shown.client for row in rows}
    milestones = milestones_with_ids(snapshot, evidence, clients, known_at=known_at)
    return [_words(row, milestones, naming, times) for row in rows]


def _words(
    row: WatchListRow, milestones: Mapping[UUID, MilestoneVersion], naming: Naming, times: Mapping[str, str]
) -> SignWords:
    shown = row.shown
    return SignWords(
        title=sign_title(shown.sign),
        href=address(f"/signs/{shown.sign}", times) if shown.sign in NAMED_SIGNS else "",
        client=Link(row.name, client_address(row.slug, **times)),
        severity=SEVERITIES[shown.severity],
        tone=TONES[shown.severity],
        noticed=DETECTED[shown.detected],
        since=day_words(shown.since),
        until=day_words(shown.until) if shown.until else "",
        detail=detail_words(shown),
        lead=naming(row.lead) if row.lead else "",
        evidence=list(evidence_links(shown, milestones, times)),
        clears=[] if shown.until else list(clearing_links(shown, row.slug)),
    )


def evidence_links(
    shown: ShownSign, milestones: Mapping[UUID, MilestoneVersion], times: Mapping[str, str]
) -> Iterator[Link]:
    """Links to the milestones on which a sign rests."""
    for one in shown.evidence:
        milestone = milestones[one]
        on = effective_words(milestone.effective_on, milestone.precision.value)
        href = milestone_address(milestone.engagement, one, known_at=times.get("known_at"))
        yield Link(f"{KIND_NAMES[milestone.kind]}, {on}", href)


def detail_words(shown: ShownSign) -> str:
    """What a sign is about: areas and deliverables by their names, everything else as people wrote it."""
    parts = (words_of(part) if part in _SLUGS else isolate(part) for part in (shown.subject, *shown.details) if part)
    return ", ".join(parts)


def clearing_links(shown: ShownSign, slug: str) -> Iterator[Link]:
    """What clears a sign, with the form that records it, filled in where it can be."""
    for remedy in remedies(shown.sign, shown.detected):
        if remedy.kind in OFFERED:
            place = {"client": slug, "engagement": shown.engagement, "kind": remedy.kind}
            yield Link(remedy.text, address("/milestones/new", place, _filled_in(shown, remedy.kind)))
        else:
            yield Link(remedy.text)


def _filled_in(shown: ShownSign, kind: Kind) -> Mapping[str, str]:
    """The fields of the form that the sign fills in."""
    if kind is Kind.SIGN_CLEARED:
        return {"sign": sign_title(shown.sign) if shown.sign in NAMED_SIGNS else shown.sign}
    about = next(filter(None, (shown.subject, *shown.details)), None)
    if about is None:
        return {}
    if kind in _NAMED:
        field, values = _NAMED[kind]
        return {field: words_of(about)} if about in values else {}
    return {_LABELLED[kind]: about} if kind in _LABELLED else {}
