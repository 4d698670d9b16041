"""Warning signs in words: since when they hold, on what they rest, and the forms that log what clears them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.signs.catalog import NAMED_SIGNS
from domain.signs.detector import Severity
from domain.signs.runs import Detected
from projections.milestone_versions import MilestoneVersion
from projections.sign_runs import ShownSign
from web.charts.wording import effective_words
from web.components import Link
from web.formatting import sign_title
from web.kinds.page import Words
from web.pages.signs.sign_words import DETECTED, SEVERITIES, TONES, clearing_links, detail_words
from web.pages.urls import address, milestone_address

MOST_EVIDENCE = 3


@dataclass(frozen=True, slots=True)
class SignLine:
    """A sign at a client as a line of a list; `clears` are ways to clear it, with the form that logs each, if any."""

    title: str
    href: str
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
        return SEVERITIES[self.severity]

    @property
    def tone(self) -> str:
        """The tone of its severity."""
        return TONES[self.severity]

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

    `known_at` is that of the page; forms are offered only where `may_record`.
    """
    return [
        SignLine(
            title=sign_title(sign.sign),
            href=address(f"/signs/{sign.sign}") if sign.sign in NAMED_SIGNS else "",
            severity=sign.severity,
            detected=sign.detected,
            since=sign.since,
            until=sign.until,
            detail=detail_words(sign),
            evidence=tuple(_evidence(sign.evidence[:MOST_EVIDENCE], milestones, words, known_at)),
            more_evidence=max(0, len(sign.evidence) - MOST_EVIDENCE),
            clears=() if sign.until else tuple(_clearings(sign, client, may_record=may_record)),
        )
        for sign in signs
    ]


def _clearings(sign: ShownSign, client: str, *, may_record: bool) -> Iterator[Link]:
    """What clears a sign; with the form that logs it only for those who may record."""
    return (link if may_record else Link(link.label) for link in clearing_links(sign, client))


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
