"""Canonical content of imported lines, so that two spellings of the same content count as the same line.

Amounts and numbers are compared by value, strings in NFC without surrounding blanks, functions in any order. An
explicit default, null or empty text equals a missing field, except in the details of a correction: there null means
unknown, and a missing field is unchanged.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, TypeAlias
from uuid import UUID

import orjson
from pydantic import BaseModel

from api.latin import transliterate
from api.schemas.clients import EngagementBody, ProfileBody, ProfileChangeBody
from api.schemas.details import Part
from api.schemas.milestones import ChangesBody, CorrectChange, CorrectionBody, LogChange, MilestoneBody, RetractChange
from api.state.addresses import email_key
from domain.client import slug_from
from domain.milestones import Milestone

Meaning: TypeAlias = Mapping[str, str]
"""Values as text by dotted path."""

_LEAVES = (str, Enum, bool, int, float, Decimal, date, UUID)
_HEAD = frozenset({"type", "ref", "client", "engagement", "milestone", "opening"})
_UNKNOWN = "null"
_NO_ID = UUID(int=0)
_IMPLIED = re.compile(r"(?:^|\.)details\.(?:technology|ai)\.functions\.\d+$")
_IN_DETAILS = re.compile(r"(?:^|\.)details\.")
_REASON_OF_CHANGE = re.compile(r"changes\.\d+\.(?:correct|retract)\.reason")


def meaning_of(body: BaseModel, parent_id: object) -> Meaning:
    """The canonical content of a line's body. `parent_id` is the id of the record that the line refers to, or null."""
    return _without_redundancy(written_meaning_of(body, parent_id))


def written_meaning_of(body: BaseModel, parent_id: object) -> Meaning:
    """The content of a line's body with values that go without saying, if they are written out.

    Lines of earlier versions were stored so.
    """
    meaning = dict(_flat("", _values_of(body)))
    if parent_id is not None:
        meaning["within"] = str(parent_id)
    return meaning


def meaning_on_record(milestone: Milestone, engagement_id: UUID) -> Meaning:
    """The canonical content of a milestone on record, equal to that of a line that would record it."""
    details = {name: value for name, value in _members(milestone.details).items() if name != "verdicts"}
    others = _members(milestone, without={"id", "order", "details"})
    return _recorded({"kind": milestone.kind, **details, **others}, engagement_id)


def opening_on_record(milestone: Milestone, client_id: UUID) -> Meaning:
    """The canonical content of an engagement's opening on record, equal to that of an engagement line."""
    others = _members(milestone, without={"id", "order", "details", "effective_on", "reported_on"})
    return _recorded({**_members(milestone.details), **others, "started_on": milestone.effective_on}, client_id)


def _recorded(values: Mapping[str, Any], parent_id: UUID) -> Meaning:
    return _without_redundancy({**dict(_flat("", values)), "within": str(parent_id)})


def _without_redundancy(written: Meaning) -> Meaning:
    """Content without empty texts, the default slug, functions that a seat's name implies and repeated reasons."""
    meaning = {path: value for path, value in written.items() if value and not _IMPLIED.search(path)}
    for path in [path for path, value in written.items() if not value and _IN_DETAILS.search(path)]:
        meaning[path] = _UNKNOWN
    for path in [path for path in meaning if _REASON_OF_CHANGE.fullmatch(path)]:
        if meaning[path] == meaning.get("reason"):
            del meaning[path]
    if "slug" in meaning and meaning["slug"] == slug_from(transliterate(meaning["name"])):
        del meaning["slug"]
    if "email" in meaning:
        meaning["email"] = email_key(meaning["email"])
    return meaning


def digest_of(meaning: Meaning) -> bytes:
    """A 32-byte hash of the content, equal for all spellings."""
    return hashlib.sha256(b"meaning 1\n" + orjson.dumps(meaning, option=orjson.OPT_SORT_KEYS)).digest()


def field_hashes_of(meaning: Meaning) -> bytes:
    """Short hashes of all fields as JSON. They reveal which field differs without storing its value."""
    return orjson.dumps({path: _short_hash(value) for path, value in meaning.items()})


def differing_fields(stored_hashes: bytes | None, meaning: Meaning) -> Sequence[str]:
    """The fields that differ from the line imported before; empty if its field hashes were not stored."""
    if stored_hashes is None:
        return ()
    stored: Mapping[str, str] = orjson.loads(stored_hashes)
    current = {path: _short_hash(value) for path, value in meaning.items()}
    return sorted(path for path in stored.keys() | current.keys() if stored.get(path) != current.get(path))


def _short_hash(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _values_of(body: BaseModel) -> Mapping[str, Any]:
    match body:
        case MilestoneBody():
            request = body.to_log(_NO_ID)
            return {
                "kind": body.kind,
                **_members(request.details),
                **_members(request, without={"milestone", "details"}),
            }
        case ChangesBody():
            return {"reason": body.reason, "changes": [_change(change) for change in body.changes]}
        case CorrectionBody():
            return _correction(body)
        case EngagementBody():
            return {**_body_fields(body), "milestones": [_values_of(milestone) for milestone in body.milestones]}
        case ProfileChangeBody():
            fields_set = {name: getattr(body, name) for name in body.names_set()}
            return {"effective_on": body.effective_on, "name": body.name, **_with_explicit_nulls(fields_set)}
        case ProfileBody():
            return {name: getattr(body, name) for name in ProfileBody.model_fields}
        case _:
            return _body_fields(body)


def _body_fields(body: BaseModel) -> Mapping[str, Any]:
    return {name: getattr(body, name) for name in type(body).model_fields if name not in _HEAD}


def _change(change: BaseModel) -> Mapping[str, Any]:
    match change:
        case LogChange():
            return {"log": _values_of(change.log)}
        case CorrectChange():
            return {"correct": {"milestone": change.correct.milestone, **_correction(change.correct)}}
        case RetractChange():
            retract = change.retract
            return {"retract": {"milestone": retract.milestone, "reason": retract.reason, "links": retract.links}}
        case _:
            raise AssertionError(type(change).__name__)


def _correction(body: CorrectionBody) -> Mapping[str, Any]:
    """A missing field is unchanged; a null note and empty links are explicit values."""
    fields_set = body.model_fields_set
    return {
        "reason": body.reason,
        "effective_on": body.effective_on,
        "precision": body.precision,
        "details": _with_explicit_nulls(body.details or None),
        "note": (body.note or _UNKNOWN) if "note" in fields_set else None,
        "links": (body.links or _UNKNOWN) if "links" in fields_set else None,
    }


def _with_explicit_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _with_explicit_nulls(member) if member is not None else _UNKNOWN for name, member in value.items()
        }
    return [_with_explicit_nulls(member) for member in value] if isinstance(value, list) else value


def _members(value: Any, without: frozenset[str] | set[str] = frozenset()) -> Mapping[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value) if field.name not in without}


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """The values by path, without nulls and empty containers."""
    if isinstance(value, _LEAVES):  # most values, and the cheapest to recognize
        yield path, _text(path.rpartition(".")[2], value)
    elif value is not None:
        yield from _flat_members(path, value)


def _flat_members(path: str, value: Any) -> Iterator[tuple[str, str]]:
    name = path.rpartition(".")[2]
    if isinstance(value, Part):
        value = value.to_domain()
    if isinstance(value, BaseModel):
        value = _values_of(value)
    elif is_dataclass(value):
        value = _members(value)
    if isinstance(value, Mapping):
        for key, member in _answer(value).items():
            yield from _flat(f"{path}.{key}" if path else str(key), member)
    elif isinstance(value, list | tuple):
        members = sorted(value, key=str) if name == "functions" else value
        for number, member in enumerate(members):
            yield from _flat(f"{path}.{number}", member)
    elif value is not None:
        yield path, _text(name, value)


def _answer(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """An answer with only a value equals the bare value: both get the same path."""
    answers = value.get("answers")
    if not isinstance(answers, Mapping):
        return value
    whole = {name: answer if isinstance(answer, Mapping) else {"value": answer} for name, answer in answers.items()}
    return {**value, "answers": whole}


def _text(name: str, value: Any) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float | Decimal):
        return _number(Decimal(str(value)))
    if isinstance(value, date | UUID):
        return str(value)
    text = unicodedata.normalize("NFC", str(value)).strip()
    if name == "amount":
        try:
            return _number(Decimal(text))
        except ArithmeticError:
            return text
    return text


def _number(number: Decimal) -> str:
    return f"{number.normalize():f}" if number else "0"
