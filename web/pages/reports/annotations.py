"""The annotations of report charts: openings, splits, merges, other moves and closings by quarter, plans included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.milestones import Kind
from domain.quarters import Quarter
from projections.reports.move_groups import GroupedMoves, MoveGroup, grouped_moves
from projections.snapshot import Snapshot
from web.bidi import isolate
from web.charts.annotations import Annotation, title_of
from web.charts.wording import day_words
from web.components import Cell, Column
from web.kinds import FAMILY_OF
from web.kinds.page import Family
from web.pages.reports.page import ReportContext


@dataclass(frozen=True, slots=True)
class GroupWords:
    """A group of moves: the label of its row on charts, one and many of it in words, and its shape."""

    row: str
    one: str
    many: str
    family: Family


MOVE_GROUPS = {
    MoveGroup.OPENED: GroupWords("Opened", "opening", "openings", FAMILY_OF[Kind.OPENED]),
    MoveGroup.SPLIT: GroupWords("Split", "split", "splits", FAMILY_OF[Kind.SPLIT_TO_TWO_ROLES]),
    MoveGroup.MERGED: GroupWords("Merged", "merge", "merges", FAMILY_OF[Kind.MERGED_TO_ONE_ROLE]),
    MoveGroup.CHANGED: GroupWords("Moved", "other move", "other moves", Family.SEAT),
    MoveGroup.CLOSED: GroupWords("Closed", "closing", "closings", FAMILY_OF[Kind.CLOSED]),
}
COLUMNS = (
    Column("Quarter", short=True),
    Column("What"),
    Column("Clients"),
    Column("Times", numeric=True),
)


@dataclass(frozen=True, slots=True)
class Annotations:
    """The annotations of a chart, and the same as rows of a table."""

    marks: tuple[Annotation, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()


def annotations_of(snapshot: Snapshot, context: ReportContext, quarters: Sequence[Quarter]) -> Annotations:
    """What explains the figures of these quarters, which follow one another; charts without links have none."""
    if not quarters or context.has_no_links:
        return Annotations()
    question = replace(context.question, first=quarters[0], last=quarters[-1])
    order = list(MOVE_GROUPS)
    moves = grouped_moves(snapshot, question)
    return Annotations(
        tuple(_mark(one, context) for one in sorted(moves, key=lambda one: order.index(one.group))),
        tuple(_row(one, context) for one in moves),
    )


def row_words(group: str, quarter: str, *, is_planned: bool = False) -> str:
    """`2026-Q1: splits`, `Planned for 2027-Q1: closings`."""
    many = MOVE_GROUPS[MoveGroup(group)].many
    return f"{f'Planned for {quarter}' if is_planned else quarter}: {many}"


def group_words(group: MoveGroup, times: int, *, is_planned: bool) -> str:
    """`3 splits`, `1 planned closing`."""
    words = MOVE_GROUPS[group]
    return f"{times:,} {'planned ' if is_planned else ''}{words.one if times == 1 else words.many}"


def _first(one: GroupedMoves) -> list[str]:
    return [f"{isolate(move.name)}, {day_words(move.on)}" for move in one.first]


def _mark(one: GroupedMoves, context: ReportContext) -> Annotation:
    words = MOVE_GROUPS[one.group]
    return Annotation(
        one.quarter.label,
        words.row,
        words.family,
        one.times,
        title_of(
            one.quarter.label, group_words(one.group, one.times, is_planned=one.is_planned), _first(one), one.times
        ),
        one.is_planned,
        context.drill(one.link),
    )


def _row(one: GroupedMoves, context: ReportContext) -> tuple[Cell, ...]:
    first = _first(one)
    more = f", and {one.times - len(first):,} more" if first and one.times > len(first) else ""
    return (
        Cell(one.quarter.label, note="planned" if one.is_planned else ""),
        Cell(MOVE_GROUPS[one.group].one.capitalize()),
        Cell("; ".join(first) + more),
        Cell(f"{one.times:,}", context.drill(one.link)),
    )
