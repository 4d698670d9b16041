"""Erases a person: removes the name from all rows at once, and from free pages of the files at the next start."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, text, update

from api.replies import Reply
from api.state.checked_columns import UnreadableState
from api.state.damage import is_readable_answer
from api.state.identities import delete_identities
from api.state.import_runs import remove_failed_runs
from api.state.imports import hashed_ref
from api.state.people import ERASED_NAME
from api.state.readable_rows import rows_of
from api.state.saved_views import delete_private_views
from api.state.tables import erasures, former_names, import_refs, imports, people, sessions, sign_in_links, users
from api.state.visits import forget_visits

_NOTHING = {"name": None, "name_key": None, "email": None, "email_key": None}
_BLANKS = {"name": ERASED_NAME, "email": None, "ref": None}
"""The replacements in stored responses that mention an erased person."""


def erase_person(connection: Connection, person_id: UUID, *, at: datetime) -> None:
    """Remove a person's name and address from all stored state, including stored responses and imports."""
    connection.execute(update(people).where(people.c.id == person_id).values(**_NOTHING, erased_at=at))
    connection.execute(delete(former_names).where(former_names.c.person_id == person_id))
    connection.execute(update(users).where(users.c.id == person_id).values(email=None, password=None, disabled_at=at))
    connection.execute(delete(sessions).where(sessions.c.user_id == person_id))
    connection.execute(delete(sign_in_links).where(sign_in_links.c.user_id == person_id))
    delete_private_views(connection, person_id)
    forget_visits(connection, person_id)
    delete_identities(connection, person_id)
    for ref in connection.execute(select(import_refs.c.ref).where(_is_ref_of(person_id))).scalars().all():
        connection.execute(
            update(import_refs)
            .where(_is_ref_of(person_id), import_refs.c.ref == ref)
            .values(ref=hashed_ref(ref), field_hashes=None)
        )
    for record in rows_of(connection, select(imports.c.id, imports.c.rows)):
        if str(person_id) in json.dumps(record.rows):
            rows = [_without_ref(row, person_id) for row in record.rows]
            connection.execute(update(imports).where(imports.c.id == record.id).values(rows=rows))
    remove_failed_runs(connection)  # their reasons may quote the name
    _redact_answers(connection, person_id)
    connection.execute(insert(erasures).values(person_id=person_id, erased_at=at, is_swept=False))


def _is_ref_of(person_id: UUID) -> ColumnElement[bool]:
    return and_(import_refs.c.type == "person", import_refs.c.id == person_id)


def _redact_answers(connection: Connection, person_id: UUID) -> None:
    """Remove the name from stored responses; they are still replayed, without the name."""
    id_bytes = str(person_id).encode()
    for caller, key, answer in connection.execute(text("SELECT caller, key, answer FROM commands")).all():
        if not isinstance(answer, bytes | memoryview) or id_bytes not in bytes(answer):
            continue
        if not is_readable_answer(bytes(answer)):
            raise UnreadableState("commands", "answer", key)  # it may hold the name that is to be erased
        reply = Reply.decoded(bytes(answer))
        body = json.loads(reply.body) if reply.body else None
        redacted_body = json.dumps(_redacted(body, str(person_id))).encode() if body is not None else reply.body
        redacted = Reply(reply.status, redacted_body, reply.headers, reply.media_type)
        connection.execute(
            text("UPDATE commands SET answer = :answer WHERE caller = :caller AND key = :key"),
            {"answer": redacted.encoded(), "caller": caller, "key": key},
        )


def _redacted(value: Any, person_id: str) -> Any:
    """The JSON value without the name: objects with the person's id, and names keyed by it."""
    if isinstance(value, list):
        return [_redacted(member, person_id) for member in value]
    if not isinstance(value, dict):
        return value
    redacted = {name: _redacted(member, person_id) for name, member in value.items()}
    if redacted.get("id") == person_id:
        redacted |= {name: blank for name, blank in _BLANKS.items() if name in redacted}
    if isinstance(redacted.get(person_id), str):
        redacted[person_id] = ERASED_NAME
    return redacted


def _without_ref(row: dict[str, Any], person_id: UUID) -> dict[str, Any]:
    return {**row, "ref": None} if row.get("id") == str(person_id) else row
