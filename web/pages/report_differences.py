"""The differences between two answers of a report in words: whose they are, and what is said otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import itemgetter
from uuid import UUID

from api.pointers import people_named
from domain.client import is_uuid
from domain.quarters import Quarter, parse_quarter
from domain.seats import Structure
from projections.milestone_versions import MilestoneVersion
from projections.reports.contributions import Report as Rows
from projections.reports.scope import Figure
from projections.reports.then_and_now import ClientDifference, FigureDifference
from projections.timeline_changes import Difference, MilestoneDifference
from web.charts.wording import FAMILY_OF, STRUCTURES, Family, effective_words
from web.pages.addresses import client_address, milestone_address
from web.pages.client_facts import PROFILE_WORDS
from web.pages.report_questions import Question
from web.pages.report_rows import row_words
from web.pages.telling import Naming, amount_text, tell_version

_UP_TO_THE_DAY = ("transitions", "paths", "time-to", "drift")
_DECIDING = ("structure_chosen", "split_to_two_roles", "merged_to_one_role")
_ALONE = {"hours_reported": "capacity", "assessment_taken": "drift"}
_HOW = {Difference.ADDED: "Not known then", Difference.CHANGED: "Said otherwise", Difference.REMOVED: "Taken back"}


@dataclass(frozen=True, slots=True)
class FigureWords:
    """One row of the report in words, and what a client contributed to it then and now; empty: nothing."""

    row: str
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class MilestoneWords:
    """One milestone that is said otherwise: how, what it says now (or last said), and what changed, with its reason."""

    how: str
    on: str
    title: str
    was: str
    reason: str
    href: str


@dataclass(frozen=True, slots=True)
class ClientWords:
    """One client that makes a difference, and why; `others` are milestones that hardly can be the reason."""

    name: str
    href: str
    figures: Sequence[FigureWords]
    milestones: Sequence[MilestoneWords]
    others: Sequence[MilestoneWords]
    profile: str


def people_in(clients: Sequence[ClientDifference]) -> Iterator[UUID]:
    """Everybody whom the differences name."""
    for client in clients:
        for milestone in client.milestones:
            for version in (milestone.before, milestone.after):
                if version is not None:
                    yield from (person for _, person in people_named(version.details))
        for figure in client.figures:
            yield from _people_in(figure.row)


def _people_in(row: str) -> Iterator[UUID]:
    yield from (UUID(part) for part in row.split(".") if is_uuid(part))


def client_words(one: ClientDifference, asking: Question, naming: Naming) -> ClientWords:
    """One client's difference in words."""
    person = asking.own.get("person", "") if asking.report.key == "capacity" else ""
    figures = [figure for figure in one.figures if figure.row.endswith(person)]
    return ClientWords(
        one.name,
        client_address(str(one.client), **asking.at.query),
        list(_figures(asking, figures, naming)),
        [_milestone(milestone, naming) for milestone in one.milestones if _tells(milestone, asking)],
        [_milestone(milestone, naming) for milestone in one.milestones if not _tells(milestone, asking)],
        ", ".join(PROFILE_WORDS.get(field, "Name") for field in one.profile),
    )


def _tells(one: MilestoneDifference, asking: Question) -> bool:
    """Whether a milestone moves seats, engagements or fees by the day; hours and answers move one report."""
    report, versions = asking.report.key, [version for version in (one.before, one.after) if version is not None]
    if report != "plan" and all(version.takes_effect_on > _horizon(asking) for version in versions):
        return False
    kind = versions[-1].kind.value
    if kind in _ALONE:
        return report == _ALONE[kind]
    return FAMILY_OF.get(kind) in (Family.SEAT, Family.ENGAGEMENT) or kind in _DECIDING


def _horizon(asking: Question) -> date:
    """The last day that the report looks at."""
    return asking.at.as_of if asking.report.key in _UP_TO_THE_DAY else max(asking.at.as_of, asking.quarters[1].end)


def _figures(asking: Question, figures: Sequence[FigureDifference], naming: Naming) -> Iterator[FigureWords]:
    """The figures in words; of structures, quarters in a row with the same difference are one."""
    key = asking.report.key
    if key not in ("structure-mix", "quarter-grid"):
        for figure in figures:
            yield FigureWords(_row(key, figure.row, naming), _words(key, figure.then), _words(key, figure.now))
        return
    month = asking.quarters[0].fiscal_year_start_month
    told: list[tuple[Quarter, Quarter, FigureDifference]] = []
    for quarter, figure in sorted(
        ((parse_quarter(figure.row, month), figure) for figure in figures), key=itemgetter(0)
    ):
        if told and told[-1][1].next == quarter and (told[-1][2].then, told[-1][2].now) == (figure.then, figure.now):
            told[-1] = (told[-1][0], quarter, figure)
        else:
            told.append((quarter, quarter, figure))
    for first, last, figure in told:
        span = str(first) if first == last else f"{first} to {last}"
        yield FigureWords(span, _structure(figure.then), _structure(figure.now))


def _structure_words(name: str) -> str:
    return "no one structure" if name == "null" else STRUCTURES[Structure(name)].name


def _structure(figure: Figure | None) -> str:
    return STRUCTURES[Structure(str(figure))].name if figure is not None else "not engaged"


def _row(key: str, row: str, naming: Naming) -> str:
    if key == "transitions":
        quarter, before, after = row.split(".")
        from_ = STRUCTURES[Structure(before)].name if before != "null" else "Not engaged"
        to = STRUCTURES[Structure(after)].name if after != "null" else "Engagement over"
        return f"{quarter}: {from_} to {to}"
    return row_words(Rows(key), row, naming)


def _words(key: str, figure: Figure | None) -> str:
    if figure is None:
        return "nothing"
    if isinstance(figure, Decimal):
        return f"{amount_text(figure)} hours" if key == "capacity" else amount_text(figure)
    if key == "drift":
        return f"advised: {_structure_words(str(figure))}"
    if key in ("paths", "time-to"):
        return f"{figure} days" if not str(figure).endswith("+") else f"{str(figure)[:-1]} days and not yet"
    return f"{figure} {'time' if figure == 1 else 'times'}"


def _milestone(one: MilestoneDifference, naming: Naming) -> MilestoneWords:
    version = one.after or one.before
    if version is None:
        raise ValueError("a difference has one side at least")
    was = _told(one.before, naming) if one.before else ""
    if one.after is None or was == _told(one.after, naming):
        was = ""
    last = one.recordings[-1] if one.recordings else version
    return MilestoneWords(
        _HOW[one.difference],
        effective_words(version.effective_on, version.precision.value),
        tell_version(version, naming).title,
        was,
        last.reason or "",
        milestone_address(one.engagement, one.milestone),
    )


def _told(version: MilestoneVersion, naming: Naming) -> str:
    return f"{effective_words(version.effective_on, version.precision.value)}, {tell_version(version, naming).title}"
