"""Warning signs in words: since when they hold, on what they rest, and the forms that log what clears them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.areas import SIGNS, sign_title
from domain.kinds.kind import Kind
from domain.signs.catalog import DETECTORS
from domain.signs.detector import Remedy, Severity
from domain.signs.runs import Detected
from projections.milestone_versions import MilestoneVersion
from projections.sign_runs import ShownSign
from web.bidi import isolate
from web.charts.wording import effective_words
from web.components import Link
from web.forms import words_of
from web.kinds.page import Words
from web.pages.urls import address, milestone_address

SEVERITIES: Mapping[Severity, tuple[str, str]] = {
    Severity.HIGH: ("High", "bad"),
    Severity.MEDIUM: ("Medium", "warn"),
    Severity.LOW: ("Low", ""),
}
"""The name and the tone of each severity."""

DETECTED: Mapping[Detected, str] = {Detected.RULE: "Detected", Detected.OBSERVED: "Observed"}
"""Whether a sign follows from the record or somebody saw it."""

MOST_EVIDENCE = 3
_SLUG = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*", re.ASCII)
_SUBJECT_FIELDS = {
    Kind.INITIATIVE_LIVE: "initiative",
    Kind.OUTCOME_MEASURED: "initiative",
    Kind.CONFLICT_RESOLVED: "conflict",
}
_DETAIL_FIELDS = {Kind.DECISION_RIGHT_ASSIGNED: "area", Kind.DELIVERABLE_ISSUED: "deliverable"}


@dataclass(frozen=True, slots=True)
class SignLine:
    """A sign at a client as a line of a list; `clears` are ways to clear it, with the form that logs each, if any."""

    title: str
    severity: Severity
    detected: Detected
    since: date
    until: date | None
    detail: str
    evidence: tuple[Link, ...]
    more_evidence: int
    clears: tuple[Link, ...]

    @property
    def severity_name(self) -> str:
        """The name of its severity."""
        return SEVERITIES[self.severity][0]

    @property
    def tone(self) -> str:
        """The tone of its severity."""
        return SEVERITIES[self.severity][1]

    @property
    def detected_name(self) -> str:
        """Whether it was detected or observed."""
        return DETECTED[self.detected]


def sign_lines(
    signs: Iterable[ShownSign],
    milestones: Mapping[UUID, MilestoneVersion],
    words: Mapping[UUID, Words],
    client: str,
    *,
    known_at: str,
    may_record: bool,
) -> list[SignLine]:
    """The lines of signs at one client (its slug), with its milestones and their words.

    `known_at` is that of the page; forms are offered only to those who may record, on what is known now.
    """
    return [
        SignLine(
            title=sign_title(sign.sign),
            severity=sign.severity,
            detected=sign.detected,
            since=sign.since,
            until=sign.until,
            detail=detail_text(sign),
            evidence=tuple(_evidence(sign.evidence[:MOST_EVIDENCE], milestones, words, known_at)),
            more_evidence=max(0, len(sign.evidence) - MOST_EVIDENCE),
            clears=tuple(clearings(sign, client, may_record and not known_at)) if sign.until is None else (),
        )
        for sign in signs
    ]


def detail_text(sign: ShownSign) -> str:
    """What a sign is about and what it names, without codes."""
    return ", ".join(isolate(_plain(part)) for part in (sign.subject, *sign.details) if part)


def clearings(sign: ShownSign, client: str, with_forms: bool) -> Iterator[Link]:
    """What clears a sign; with the address of the form that logs it, filled in, where a milestone does."""
    if sign.detected is Detected.OBSERVED:
        fields = {"sign": SIGNS.get(sign.sign, sign.sign)}
        yield Link("Log that it was cleared", _form(sign, client, Kind.SIGN_CLEARED, fields) if with_forms else None)
        return
    detector = DETECTORS.get(sign.sign)
    for remedy in detector.remedies if detector is not None else ():
        href = _form(sign, client, remedy.kind, _fields(sign, remedy)) if with_forms and remedy.kind else None
        yield Link(remedy.text, href)


def _fields(sign: ShownSign, remedy: Remedy) -> Mapping[str, str]:
    """The form fields that a sign fills in."""
    if remedy.kind in _SUBJECT_FIELDS and sign.subject:
        return {_SUBJECT_FIELDS[remedy.kind]: sign.subject}
    if remedy.kind in _DETAIL_FIELDS and sign.details:
        return {_DETAIL_FIELDS[remedy.kind]: _plain(sign.details[0])}
    return {}


def _form(sign: ShownSign, client: str, kind: Kind, fields: Mapping[str, str]) -> str:
    query = {"client": client, "engagement": sign.engagement, "kind": kind.value}
    return address("/milestones/new", query, fields)


def _evidence(
    milestone_ids: Sequence[UUID],
    milestones: Mapping[UUID, MilestoneVersion],
    words: Mapping[UUID, Words],
    known_at: str,
) -> Iterator[Link]:
    for milestone_id in milestone_ids:
        if milestone := milestones.get(milestone_id):
            on = effective_words(milestone.effective_on, milestone.precision.value)
            href = milestone_address(milestone.engagement, milestone.id, known_at=known_at)
            yield Link(f"{words[milestone_id].title}, {on}", href)


def _plain(text: str) -> str:
    return words_of(text) if _SLUG.fullmatch(text) else text
