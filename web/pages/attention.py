"""What needs attention first: warning signs, drift, and what is overdue or falls due soon, each with its clients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from domain.due_dates import DueKind
from domain.signs.detector import Severity
from projections.milestone_versions import MilestoneVersion
from projections.reports.drift import DriftReport
from projections.reports.plan import ClientDue, due_summary
from projections.reports.question import ReportQuestion
from projections.reports.watch_list import watch_list
from projections.snapshot import Snapshot
from web.charts.wording import day_words
from web.components import Link
from web.formatting import sign_title
from web.pages.urls import address, client_address

NAMED = 4
"""How many clients a line names; the others are a count and a link."""

NAMED_ON_A_PHONE = 2

RENEWALS_AHEAD = timedelta(days=90)
SOON = timedelta(days=30)
_LOOKED_AT = 60


@dataclass(frozen=True, slots=True)
class NamedClient:
    """A client that a line names, with what it is about there."""

    link: Link
    about: str = ""


@dataclass(frozen=True, slots=True)
class AttentionLine:
    """Clients that need attention for one reason; `href` leads to all of them."""

    label: str
    tone: str
    count: int
    clients: Sequence[NamedClient]
    href: str

    @property
    def more(self) -> int:
        """The number of clients that are not named."""
        return self.count - len(self.clients)

    @property
    def more_on_a_phone(self) -> int:
        """The same on a phone, where fewer are named."""
        return self.count - min(len(self.clients), NAMED_ON_A_PHONE)


def attention_lines(
    snapshot: Snapshot,
    question: ReportQuestion,
    times: Mapping[str, str],
    drifting: DriftReport,
    plans: Sequence[MilestoneVersion],
    names: Mapping[UUID, str],
) -> list[AttentionLine]:
    """What needs attention on the day, the most pressing first.

    The question has no quarters. `drifting` are the clients in drift, `plans` the next planned milestones, at the
    clients in `names`. Reasons without any client are left out.
    """
    lines = (
        _signs(snapshot, question, times, Severity.HIGH, "Warning signs, high", "bad"),
        *_overdue(snapshot, question, times),
        _signs(snapshot, question, times, Severity.MEDIUM, "Warning signs, medium", "warn"),
        _drift(drifting, times),
        *_due_soon(snapshot, question, times),
        _plans(plans, names, question.as_of, times),
        _signs(snapshot, question, times, Severity.LOW, "Warning signs, low", ""),
    )
    return [line for line in lines if line.count]


def _signs(
    snapshot: Snapshot, question: ReportQuestion, times: Mapping[str, str], severity: Severity, label: str, tone: str
) -> AttentionLine:
    answer = watch_list(snapshot, question, severity=severity, limit=_LOOKED_AT)
    about: dict[tuple[str, str], list[str]] = {}
    for row in answer.rows:
        titles = about.setdefault((row.slug, row.name), [])
        if (title := sign_title(row.shown.sign)) not in titles:
            titles.append(title)
    named = [
        NamedClient(Link(name, client_address(slug, **times) + "#signs"), _first_of(titles))
        for (slug, name), titles in about.items()
    ]
    href = address("/reports/watch-list", times, severity=severity.value)
    return AttentionLine(label, tone, answer.clients, named[:NAMED], href)


def _first_of(titles: Sequence[str]) -> str:
    return titles[0] if len(titles) == 1 else f"{titles[0]} and {len(titles) - 1} more"


def _drift(drifting: DriftReport, times: Mapping[str, str]) -> AttentionLine:
    named = [
        NamedClient(Link(row.name, client_address(row.slug, **times)), f"since {day_words(row.since)}")
        for row in drifting.rows[:NAMED]
    ]
    return AttentionLine("Off advice", "warn", drifting.clients, named, address("/reports/drift", times))


def _overdue(snapshot: Snapshot, question: ReportQuestion, times: Mapping[str, str]) -> Iterator[AttentionLine]:
    day_before = question.as_of - timedelta(days=1)
    for label, kind in (("Renewals overdue", DueKind.RENEWAL), ("First quarter overdue", DueKind.FIRST_QUARTER)):
        summary = due_summary(snapshot, question, kind, None, day_before, limit=_LOOKED_AT)
        href = address("/clients", question.link_to_row("plan")(f"overdue.{kind}"), times)
        yield AttentionLine(label, "bad", summary.clients, _due_at(summary.due, "since", times), href)


def _due_soon(snapshot: Snapshot, question: ReportQuestion, times: Mapping[str, str]) -> Iterator[AttentionLine]:
    for label, kind, ahead in (
        ("Notice possible until", DueKind.NOTICE, SOON),
        ("Renewals in 90 days", DueKind.RENEWAL, RENEWALS_AHEAD),
        ("First quarter ends in 30 days", DueKind.FIRST_QUARTER, SOON),
    ):
        summary = due_summary(snapshot, question, kind, question.as_of, question.as_of + ahead, limit=_LOOKED_AT)
        yield AttentionLine(
            label, "", summary.clients, _due_at(summary.due, "on", times), address("/reports/plan", times)
        )


def _due_at(due: Iterable[ClientDue], when: str, times: Mapping[str, str]) -> list[NamedClient]:
    named: dict[UUID, NamedClient] = {}
    for one in due:
        link = Link(one.name, client_address(str(one.client), **times) + "#due")
        named.setdefault(one.client, NamedClient(link, f"{when} {day_words(one.on)}"))
    return list(named.values())[:NAMED]


def _plans(
    plans: Sequence[MilestoneVersion], names: Mapping[UUID, str], as_of: date, times: Mapping[str, str]
) -> AttentionLine:
    named: dict[UUID, NamedClient] = {}
    for plan in plans:
        if plan.takes_effect_on <= as_of + SOON and plan.client in names:
            link = Link(names[plan.client], client_address(str(plan.client), **times) + "#planned")
            named.setdefault(plan.client, NamedClient(link, f"on {day_words(plan.takes_effect_on)}"))
    return AttentionLine(
        "Plans in 30 days", "", len(named), list(named.values())[:NAMED], address("/reports/plan", times)
    )
