"""Warning signs in words, and the forms that clear them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from api.schemas.signs import remedies
from domain.areas import DECISION_AREAS, DELIVERABLES
from domain.milestones import Kind
from domain.seats import BOTH
from domain.signs.catalog import NAMED_SIGNS
from domain.signs.detector import Severity
from domain.signs.runs import Detected
from projections.sign_runs import ShownSign
from web.bidi import isolate
from web.components import Link
from web.formatting import sign_title
from web.forms import words_of
from web.kinds import OFFERED
from web.pages.urls import address

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

_SLUGS = frozenset((*DECISION_AREAS, *DELIVERABLES, *BOTH))


def detail_words(shown: ShownSign) -> str:
    """What a sign is about: areas, deliverables and functions by their names, everything else as people wrote it."""
    parts = (words_of(part) if part in _SLUGS else isolate(part) for part in (shown.subject, *shown.details) if part)
    return ", ".join(parts)


def clearing_links(shown: ShownSign, slug: str) -> Iterator[Link]:
    """What clears a sign, with the form that records it, filled in where it can be."""
    for remedy in remedies(shown.sign, shown.detected):
        if remedy.kind is Kind.ASSESSMENT_TAKEN:
            yield Link(remedy.text, f"/clients/{slug}/assess")
        elif remedy.kind in OFFERED:
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
