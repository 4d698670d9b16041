"""Warnings in an import preview about clients or people with the same name, in the file or on record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection

from api.imports.importer import Outcome, Row
from api.imports.lines import FIRST, Line, LineType
from api.state.people import names_with_keys
from domain.text import key_of_name
from projections.profiles import client_names_with_keys
from projections.snapshot import Snapshot

NamesOnRecord = Mapping[LineType, Mapping[str, str]]
"""Names on record by folded key, for clients and for people."""

_BATCH_SIZE = 500
_NOUNS = {LineType.CLIENT: ("client", "registers"), LineType.PERSON: ("person", "adds")}


def keys_in(lines: Sequence[Line]) -> Mapping[LineType, frozenset[str]]:
    """The folded names of the clients and people in a file."""
    return {kind: frozenset(_key(line) for line in lines if line.type is kind) for kind in FIRST}


def names_on_record(state: Connection, snapshot: Snapshot, keys: Mapping[LineType, Collection[str]]) -> NamesOnRecord:
    """The names on record with these keys: current names of people, current and former names of clients."""
    return {
        LineType.PERSON: _in_batches(keys[LineType.PERSON], partial(names_with_keys, state)),
        LineType.CLIENT: _in_batches(keys[LineType.CLIENT], partial(client_names_with_keys, snapshot)),
    }


def with_warnings(rows: Sequence[Row], lines: Sequence[Line], on_record: NamesOnRecord) -> list[Row]:
    """The rows with warnings about new clients and people that may already exist."""
    by_number = {line.number: line for line in lines if line.type in FIRST}
    new = {row.line for row in rows if row.outcome is Outcome.NEW}
    namesakes: dict[tuple[LineType, str], list[Line]] = defaultdict(list)
    for line in by_number.values():
        if line.number in new:
            namesakes[line.type, _key(line)].append(line)
    warned = []
    for row in rows:
        if row.line in new and row.line in by_number:
            this = by_number[row.line]
            others = [other for other in namesakes[this.type, _key(this)] if other is not this]
            warned.append(replace(row, warnings=tuple(_warnings(this, others, on_record))))
        else:
            warned.append(row)
    return warned


def _warnings(line: Line, others: Sequence[Line], on_record: NamesOnRecord) -> list[str]:
    noun, verb = _NOUNS[line.type]
    warnings = []
    if name := on_record[line.type].get(_key(line)):
        warnings.append(f"A {noun} named “{name}” already exists; this line {verb} another one.")
    if others:
        numbers = ", ".join(str(other.number) for other in others[:3])
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        where = f"Line {numbers} has" if len(others) == 1 else f"Lines {numbers}{more} have"
        warnings.append(f"{where} a {noun} with the same name.")
    return warnings


def _in_batches(keys: Collection[str], read: Callable[[Sequence[str]], Mapping[str, str]]) -> Mapping[str, str]:
    """Names by key, read in batches that the database accepts."""
    ordered = sorted(keys)
    names: dict[str, str] = {}
    for start in range(0, len(ordered), _BATCH_SIZE):
        names.update(read(ordered[start : start + _BATCH_SIZE]))
    return names


def _key(line: Line) -> str:
    name = line.content.get("name")
    return key_of_name(name) if isinstance(name, str) else ""
