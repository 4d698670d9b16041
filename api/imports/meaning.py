"""What an imported line means, however it is spelt: two lines of one meaning are the same row.

Amounts and numbers are compared by value, texts in NFC without blanks around them, functions in any order; a default
that is written out and a null are the same as a field that is left out. In the details of a correction a null is kept
apart: there it says that something is not known, while a field that is left out stays as it was.
"""

from __future__ import annotations

import hashlib
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

from api.schemas.clients import ProfileBody
from api.schemas.details import Part
from api.schemas.milestones import ChangesBody, CorrectChange, CorrectionBody, LogChange, MilestoneBody, RetractChange

Meaning: TypeAlias = Mapping[str, str]
"""Values by dotted path, each as text."""

_HEAD = frozenset({"type", "ref", "client", "engagement", "milestone"})
_UNKNOWN = "null"
_NO_ID = UUID(int=0)


def meaning_of(body: BaseModel, within: object) -> Meaning:
    """What a line's body says; `within` is the id of what the line points to, or null."""
    meaning = dict(_flat("", _said(body)))
    if within is not None:
        meaning["within"] = str(within)
    return meaning


def digest_of(meaning: Meaning) -> bytes:
    """The same 32 bytes for every spelling of one meaning."""
    return hashlib.sha256(b"meaning 1\n" + orjson.dumps(meaning, option=orjson.OPT_SORT_KEYS)).digest()


def field_hashes_of(meaning: Meaning) -> bytes:
    """A short hash of each field, to be kept: it says which field differs, and not what it said."""
    return orjson.dumps({path: _short_hash(value) for path, value in meaning.items()})


def differing_fields(before: bytes | None, meaning: Meaning) -> Sequence[str]:
    """The fields in which a line differs from what was imported before; none where that is not known."""
    if before is None:
        return ()
    kept: Mapping[str, str] = orjson.loads(before)
    now = {path: _short_hash(value) for path, value in meaning.items()}
    return sorted(path for path in kept.keys() | now.keys() if kept.get(path) != now.get(path))


def _short_hash(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _said(body: BaseModel) -> Mapping[str, Any]:
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
        case ProfileBody():
            return {name: getattr(body, name) for name in ProfileBody.model_fields}
        case _:
            return {name: getattr(body, name) for name in type(body).model_fields if name not in _HEAD}


def _change(change: BaseModel) -> Mapping[str, Any]:
    match change:
        case LogChange():
            return {"log": _said(change.log)}
        case CorrectChange():
            return {"correct": {"milestone": change.correct.milestone, **_correction(change.correct)}}
        case RetractChange():
            retract = change.retract
            return {"retract": {"milestone": retract.milestone, "reason": retract.reason, "links": retract.links}}
        case _:
            raise AssertionError(type(change).__name__)


def _correction(body: CorrectionBody) -> Mapping[str, Any]:
    """What is left out stays as it was: a note that is null, and links that are none, say something."""
    given = body.model_fields_set
    return {
        "reason": body.reason,
        "effective_on": body.effective_on,
        "precision": body.precision,
        "details": _nulls_told(body.details or None),
        "note": _UNKNOWN if "note" in given and body.note is None else body.note,
        "links": (body.links or _UNKNOWN) if "links" in given else None,
    }


def _nulls_told(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _nulls_told(member) if member is not None else _UNKNOWN for name, member in value.items()}
    return [_nulls_told(member) for member in value] if isinstance(value, list) else value


def _members(value: Any, without: frozenset[str] | set[str] = frozenset()) -> Mapping[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value) if field.name not in without}


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """The values in it by their paths; what is null, or holds nothing, is left out."""
    name = path.rpartition(".")[2]
    if isinstance(value, Part):
        value = value.to_domain()
    if isinstance(value, BaseModel):
        value = _said(value)
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
    """An answer with nothing but its value is the bare value: both have the path of the answer's value."""
    answers = value.get("answers")
    if not isinstance(answers, Mapping):
        return value
    whole = {name: one if isinstance(one, Mapping) else {"value": one} for name, one in answers.items()}
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
