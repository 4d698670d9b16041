"""Describes the differences between two answers of a report: which clients, and what changed there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from uuid import UUID

from domain.client import is_uuid
from domain.quarters import Quarter, parse_quarter
from projections.details_json import people_named
from projections.milestone_versions import MilestoneVersion
from projections.reports.by_client import Figure
from projections.reports.then_and_now import ClientDifference, FigureDifference
from projections.timeline_changes import DifferenceKind, MilestoneDifference
from web.charts.wording import effective_words
from web.kinds import FAMILY_OF, describe_version
from web.kinds.page import Family, Naming
from web.pages.clients.profile_fields import PROFILE_LABELS
from web.pages.reports import REPORTS
from web.pages.reports.page import ReportPage
from web.pages.reports.page_question import PageQuestion
from web.pages.reports.row_filter import row_words
from web.pages.urls import client_address, milestone_address

_DECIDING = ("structure_chosen", "split_to_two_roles", "merged_to_one_role")
_REPORT_SPECIFIC_KINDS = {kind for page in REPORTS.values() for kind in page.own_kinds}
_DIFFERENCE_WORDS = {
    DifferenceKind.ADDED: "Added later",
    DifferenceKind.CHANGED: "Corrected later",
    DifferenceKind.REMOVED: "Retracted later",
}


@dataclass(frozen=True, slots=True)
class FigureWords:
    """One row of the report, with what a client contributed to it then and now (empty: nothing)."""

    row: str
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class MilestoneWords:
    """One milestone that was added, corrected or retracted: its newest version, the earlier one and the reason."""

    how: str
    on: str
    title: str
    was: str
    reason: str
    href: str


@dataclass(frozen=True, slots=True)
class ClientWords:
    """One client whose contribution changed, and why; `others` are edits that cannot affect the report."""

    name: str
    href: str
    figures: Sequence[FigureWords]
    milestones: Sequence[MilestoneWords]
    others: Sequence[MilestoneWords]
    profile: str


def people_in(clients: Sequence[ClientDifference]) -> Iterator[UUID]:
    """The people named in the differences."""
    for client in clients:
        for milestone in client.milestones:
            for version in (milestone.before, milestone.after):
                if version is not None:
                    yield from (person for _, person in people_named(version.kind, version.details))
        for figure in client.figures:
            yield from _people_in(figure.row)


def _people_in(row: str) -> Iterator[UUID]:
    yield from (UUID(part) for part in row.split(".") if is_uuid(part))


def client_words(one: ClientDifference, question: PageQuestion, naming: Naming) -> ClientWords:
    """Describe one client's difference."""
    person = question.own.get("person", "")
    figures = [figure for figure in one.figures if figure.row.endswith(person)]
    return ClientWords(
        one.name,
        client_address(str(one.client), **question.at.query),
        list(_figures(question, figures, naming)),
        [_milestone(milestone, naming) for milestone in one.milestones if _may_affect(milestone, question)],
        [_milestone(milestone, naming) for milestone in one.milestones if not _may_affect(milestone, question)],
        ", ".join(PROFILE_LABELS.get(field, "Name") for field in one.profile),
    )


def _may_affect(one: MilestoneDifference, question: PageQuestion) -> bool:
    """Whether a milestone can affect the report: it changes seats, engagements or fees by the report's last day.

    Some kinds of milestones affect only one report (`ReportPage.own_kinds`).
    """
    versions = [version for version in (one.before, one.after) if version is not None]
    last_day = question.report.last_day(question.report_question)
    if last_day is not None and all(version.takes_effect_on > last_day for version in versions):
        return False
    kind = versions[-1].kind.value
    if kind in _REPORT_SPECIFIC_KINDS:
        return kind in question.report.own_kinds
    return FAMILY_OF.get(kind) in (Family.SEAT, Family.ENGAGEMENT) or kind in _DECIDING


def _figures(question: PageQuestion, figures: Sequence[FigureDifference], naming: Naming) -> Iterator[FigureWords]:
    """The figures in words; neighbouring quarters with the same difference are joined."""
    page = question.report
    if not page.joins_quarters:
        for figure in figures:
            yield FigureWords(
                row_words(page.key, figure.row, naming), _words(page, figure.then), _words(page, figure.now)
            )
        return
    month = question.report_question.fiscal_year_start_month
    spans: list[tuple[Quarter, Quarter, FigureDifference]] = []
    for quarter, figure in sorted(
        ((parse_quarter(figure.row, month), figure) for figure in figures), key=itemgetter(0)
    ):
        if (
            spans
            and spans[-1][1].next == quarter
            and (spans[-1][2].then, spans[-1][2].now) == (figure.then, figure.now)
        ):
            spans[-1] = (spans[-1][0], quarter, figure)
        else:
            spans.append((quarter, quarter, figure))
    for first, last, figure in spans:
        span = str(first) if first == last else f"{first} to {last}"
        yield FigureWords(span, _words(page, figure.then), _words(page, figure.now))


def _words(page: ReportPage, figure: Figure | None) -> str:
    return page.no_figure if figure is None else page.figure_words(figure)


def _milestone(one: MilestoneDifference, naming: Naming) -> MilestoneWords:
    version = one.after or one.before
    if version is None:
        raise ValueError("a difference has one side at least")
    was = _date_and_title(one.before, naming) if one.before else ""
    if one.after is None or was == _date_and_title(one.after, naming):
        was = ""
    last = one.recordings[-1] if one.recordings else version
    return MilestoneWords(
        _DIFFERENCE_WORDS[one.difference],
        effective_words(version.effective_on, version.precision.value),
        describe_version(version, naming).title,
        was,
        last.reason or "",
        milestone_address(one.engagement, one.milestone),
    )


def _date_and_title(version: MilestoneVersion, naming: Naming) -> str:
    return (
        f"{effective_words(version.effective_on, version.precision.value)}, {describe_version(version, naming).title}"
    )
