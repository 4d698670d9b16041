"""Builds the details of a milestone from the cells of a row, field by field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from api.imports.tables.columns import FUNCTIONS, KIND_COLUMNS, PROFILE_COLUMNS, SEAT_PLACES
from api.imports.tables.grid import Cell, is_empty, text_of
from api.imports.tables.values import UNKNOWN, RowCells, UnreadableCell, flag, functions, is_word_for_null, items
from domain.assessment.questions import QUESTIONS, AnswerKind, Question
from domain.field_types import FieldSpec, FieldType, field_specs
from domain.milestones import DETAILS, Kind
from domain.profile import Profile
from domain.seats import Function, Hours, Money, SeatTerms, SeatWithFunctions

_PROVIDER = "provider"


def details_of(kind: Kind, row: RowCells) -> dict[str, Any]:
    """The details as JSON, as in a JSON Lines file. Fields without a value are left out; faults are collected."""
    context = _functions_in(row, kind)
    return dict(
        pair
        for spec in field_specs(DETAILS[kind])
        if spec.type is not FieldType.VERDICTS and not (kind is Kind.OPENED and spec.name == "name")
        for pair in _field(row, spec, spec.name, context)
    )


def profile_of(row: RowCells) -> dict[str, Any]:
    """The profile fields of the client that the row gives."""
    if not any(row.has(column) for column in PROFILE_COLUMNS):
        return {}
    return _part(row, Profile, "profile", [])


def path_to_column(kind: Kind, details: Mapping[str, Any], path: str) -> str:
    """The column of a detail, from its dotted path in JSON."""
    name, _, rest = path.partition(".")
    if name == "seats":
        number, _, below = rest.partition(".")
        seats = details.get("seats", ())
        place = _place_of(seats[int(number)]) if number.isdigit() and int(number) < len(seats) else SEAT_PLACES[-1]
        return FUNCTIONS if below.startswith(FUNCTIONS) else f"{place}.{below}" if below else place
    if path in ("name", "started_on"):
        return "engagement" if path == "name" else "effective_on"
    columns = KIND_COLUMNS[kind]
    while path not in columns and "." in path:
        path = path.rpartition(".")[0]  # an item of a list, or a seat's member that has one column
    return path


def _place_of(seat: Mapping[str, Any]) -> str:
    carried = seat.get(FUNCTIONS, ())
    return str(carried[0]) if len(carried) == 1 else SEAT_PLACES[-1]


def _functions_in(row: RowCells, kind: Kind) -> list[str]:
    """The functions that the row is about, for hours given as one number."""
    for column in (FUNCTIONS, "function"):
        if column in KIND_COLUMNS[kind] and row.has(column):
            try:
                return functions(row.cells[column])
            except UnreadableCell:
                return []
    return []


def _field(row: RowCells, spec: FieldSpec, path: str, context: list[str]) -> Iterator[tuple[str, Any]]:
    """The name and value of a field, if the row has a value for it."""
    if _is_unknown(row, spec, path):
        row.take(path)
        yield spec.name, None
        return
    value = _value(row, spec, path, context)
    if value is not None:
        yield spec.name, value


def _value(row: RowCells, spec: FieldSpec, path: str, context: list[str]) -> Any:
    """The value that the row has for a field; null without one."""
    if spec.value is SeatWithFunctions and spec.is_list:
        return list(_seats(row)) or None
    if spec.value in (SeatTerms, SeatWithFunctions):
        return _seat(row, spec, path) or None
    if spec.value is Hours:
        return _hours(row, path, context) or None
    if spec.value is Money:
        return row.values.money(row, path)
    if spec.type is FieldType.ANSWERS:
        answers = _answers(row, path)
        return answers if answers or row.has(path) else None
    return _plain(row, spec, path) if row.has(path) else None


def _is_unknown(row: RowCells, spec: FieldSpec, path: str) -> bool:
    """Whether the row says that the value of a field is not known; in free text the word is only a word."""
    if not spec.may_be_null or not row.has(path) or (spec.type is not None and spec.type.is_free_text):
        return False
    return is_word_for_null(text_of(row.cells[path]).strip())


def _plain(row: RowCells, spec: FieldSpec, path: str) -> Any:
    if spec.value is Function and spec.is_list:
        return row.read(path, functions)
    if spec.type is FieldType.PERSON:
        if spec.is_list:
            names = row.read(path, items) or []
            refs = [row.values.people.ref_of(name, None) for name in names]
            row.people.extend((path, ref) for ref in refs)
            return refs
        return row.person(path, _employer(row, path))
    if spec.is_list:
        return row.read(path, items)
    return row.read(path, lambda cell: row.values.plain(spec, cell))


def _employer(row: RowCells, path: str) -> str | None:
    """Whom a holder works for, if the row says so."""
    if path == "practice_lead":
        return "firm"
    prefix = path.rpartition(".")[0]
    column = f"{prefix}.{_PROVIDER}" if prefix else _PROVIDER
    return text_of(row.cells[column]).strip().lower() if row.has(column) else row.default_employer


def _part(row: RowCells, owner: Any, path: str, context: list[str]) -> dict[str, Any]:
    return dict(pair for spec in field_specs(owner) for pair in _field(row, spec, f"{path}.{spec.name}", context))


def _seat(row: RowCells, spec: FieldSpec, path: str) -> dict[str, Any]:
    """A seat in the columns below its name, whose functions may be in a column of their own."""
    if not row.below(path):
        return {}
    column = f"{path}.{FUNCTIONS}" if row.has(f"{path}.{FUNCTIONS}") else FUNCTIONS
    is_single = path in tuple(Function)
    carried = None
    if row.has(column) and not (is_single and column == FUNCTIONS):
        carried = row.read(column, functions)
    context = carried or ([path] if is_single else [])
    seat = _part(row, SeatTerms, path, context)
    return {FUNCTIONS: carried, **seat} if carried else seat


def _seats(row: RowCells) -> Iterator[dict[str, Any]]:
    """The seats of a chosen structure: one with the functions given, or one for each function."""
    for place in SEAT_PLACES:
        if not row.below(place):
            continue
        if place in tuple(Function):
            yield {FUNCTIONS: [place], **_part(row, SeatTerms, place, [place])}
            continue
        column = f"{place}.{FUNCTIONS}" if row.has(f"{place}.{FUNCTIONS}") else FUNCTIONS
        carried = row.read(column, functions)
        if carried is None and not row.has(column):
            row.faults.append((FUNCTIONS, "is required for a seat, for example technology+ai"))
        yield {FUNCTIONS: carried or [], **_part(row, SeatTerms, place, carried or [])}


def _hours(row: RowCells, path: str, context: list[str]) -> dict[str, Any]:
    """Agreed hours by function; a single number stands for the one function of the seat."""
    hours = {
        spec.name: row.read(f"{path}.{spec.name}", row.values.number)
        for spec in field_specs(Hours)
        if row.has(f"{path}.{spec.name}")
    }
    if row.has(path):
        number = row.read(path, row.values.number)
        if len(context) != 1:
            row.faults.append((path, f"must be in {path}.technology and {path}.ai for a seat with two functions"))
        elif number is not None:
            hours.setdefault(context[0], number)
    return hours


def _answers(row: RowCells, path: str) -> dict[str, Any]:
    """The answers of an assessment: a JSON object in one cell, a column for each question, or both."""
    answers: dict[str, Any] = dict(row.read(path, _json_object) or {})
    for name, question in QUESTIONS.items():
        column = f"{path}.{name}"
        if row.has(column):
            answers[name] = row.read(column, lambda cell, posed=question: _answer(row, posed, cell))  # type: ignore[misc]
    return answers


def _json_object(cell: Cell) -> dict[str, Any]:
    try:
        value = json.loads(text_of(cell))
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise UnreadableCell('must be a JSON object like {"headcount": 24}; or use the columns answers.headcount, ...')
    return value


def _answer(row: RowCells, question: Question, cell: Cell) -> Any:
    text = text_of(cell).strip()
    if text.lower() == UNKNOWN:
        return UNKNOWN
    match question.kind:
        case AnswerKind.WHOLE_NUMBER:
            return row.values.count(cell)
        case AnswerKind.YES_NO:
            return flag(cell)
        case AnswerKind.CHOICES:
            return items(cell)
        case AnswerKind.DATE:
            return row.values.day(cell)
        case AnswerKind.MONEY:
            return row.values.one_cell_money(cell)
        case _:
            return text


def unused_columns(row: RowCells) -> list[str]:
    """The columns with a value that no field of the row's kind uses."""
    return [column for column, cell in row.cells.items() if column not in row.used and not is_empty(cell)]
