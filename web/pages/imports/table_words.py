"""Words about a table before it is recorded: its columns with examples, what is still asked, and its rows in short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from api.http.problems import Problem
from api.imports.tables.columns import CLIENT_COLUMNS, COLUMNS, GENERAL, REQUIRED
from api.imports.tables.grid import Cell, is_empty, text_of
from api.imports.tables.headers import WHY_REFUSED
from api.imports.tables.read import TableHead
from web.components import Choice, Refusal
from web.forms import words_of
from web.pages.form_submit import sentence

EXAMPLES = 3
LONGEST_EXAMPLE = 40
ROWS_LOOKED_AT = 50

_NAMES: Mapping[str, str] = {
    "client": "Client",
    "engagement": "Engagement",
    "kind": "Type of milestone",
    "effective_on": "Date on which it took effect",
    "precision": "Precision of the date",
    "note": "Note",
    "links": "Links",
    "reported_on": "Date on which it was reported",
    "ref": "Your own key for the row",
}
_QUESTIONS: Mapping[str, str] = {
    "client": "Which column names the client? Choose it below.",
    "kind": "Which column says what happened, such as “Structure chosen”? Choose it below.",
    "effective_on": "Which column has the date on which it took effect? Choose it below.",
}


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of the file on the page: its name there, examples of its values, and our column that it is taken for."""

    theirs: str
    ours: str | None
    is_guessed: bool
    examples: Sequence[str]


def column_words(column: str) -> str:
    """One of our columns in words: `seat.monthly_fee` becomes `Seat: monthly fee`."""
    if column in _NAMES:
        return _NAMES[column]
    first, *rest = map(words_of, column.split("."))
    lower = [words if words[:2].isupper() else words[:1].lower() + words[1:] for words in rest]
    return f"{first}: {', '.join(lower)}" if lower else first


COLUMN_CHOICES: Sequence[tuple[str, Sequence[Choice]]] = tuple(
    (title, tuple(Choice(column, column_words(column)) for column in columns))
    for title, columns in (
        ("Every row", GENERAL),
        ("About the client", CLIENT_COLUMNS),
        (
            "Details of milestones",
            sorted((c for c in COLUMNS if c not in (*GENERAL, *CLIENT_COLUMNS)), key=column_words),
        ),
    )
)
"""Our columns to choose from, in groups."""


def columns_of(head: TableHead) -> Sequence[TableColumn]:
    """The columns of a table that have a name or values, without the reasons of refused rows."""
    return [
        TableColumn(match.theirs, match.ours, match.guessed, list(_examples(head, place)))
        for place, (match, has_values) in enumerate(zip(head.columns, head.used, strict=True))
        if (match.theirs or has_values) and match.theirs != WHY_REFUSED
    ]


def _examples(head: TableHead, place: int) -> Iterator[str]:
    """The first different values of a column."""
    cells = (row[place] for _, row in head.rows[:ROWS_LOOKED_AT] if place < len(row) and not is_empty(row[place]))
    texts = dict.fromkeys(" ".join(text_of(cell).split()) for cell in cells)
    for text in islice((text for text in texts if text), EXAMPLES):
        yield text if len(text) <= LONGEST_EXAMPLE else f"{text[: LONGEST_EXAMPLE - 1]}…"


def rows_in_short(head: TableHead) -> Mapping[int, str]:
    """What the rows are about, by line: client, type of milestone and date as the file says them."""
    places = {match.ours: place for place, match in enumerate(head.columns) if match.ours in REQUIRED}
    return {
        number: " · ".join(text for column in REQUIRED if (text := _text_at(row, places.get(column))))
        for number, row in head.rows
    }


def _text_at(row: Sequence[Cell], place: int | None) -> str:
    return "" if place is None or place >= len(row) else " ".join(text_of(row[place]).split())


def questions(problem: Problem, head: TableHead | None) -> Refusal:
    """What must be answered before the rows can be checked, or why the file cannot be read at all (without a head)."""
    messages = [_question(field, message, head) for field, message in problem.errors]
    if head is None or not messages:
        texts = tuple(("", text) for text in messages)
        return Refusal("This file cannot be read", "" if texts else str(problem.detail), texts)
    return Refusal("Before the rows can be checked", "", tuple(("", text) for text in messages))


def _question(field: str, message: str, head: TableHead | None) -> str:
    if head is not None and field in _QUESTIONS and field not in {match.theirs for match in head.columns}:
        return _QUESTIONS[field]
    if field == "date_order":
        where = message.partition(": ")[0]
        return f"Is the day or the month first in dates such as 03/04/2025? Answer below. ({sentence(where)})"
    if head is not None and field in head.repeated:
        return f"Several columns are called “{field}”. Choose below which of them to import, and leave out the others."
    if head is not None and field in {match.theirs for match in head.columns} and "ignore_unknown" in message:
        return f"The column “{field}” is not recognized. Choose below what it holds, or leave it out."
    if "ignore_unknown" in message:
        return f"{field.strip('()').capitalize()} has values. Choose below what it holds, or leave it out."
    if head is None or field in ("file", "sheet", "encoding"):
        return sentence(message)
    return f"“{field}” {message}."
