"""Erasing a person: the name goes from every kept row now, and from every page of the files at the next start."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, text, update

from api.replies import Reply
from api.state.identities import forget_identities
from api.state.imports import blind
from api.state.people import ERASED
from api.state.saved_views import forget_views_of
from api.state.tables import erasures, former_names, import_refs, imports, people, sessions, sign_in_links, users

_NOTHING = {"name": None, "name_key": None, "email": None, "email_key": None}
_BLANKS = {"name": ERASED, "email": None, "ref": None}
"""What stands, once somebody is erased, where they were told of."""


def erase_person(connection: Connection, person: UUID, *, at: datetime) -> None:
    """Take somebody's name and address out of everything that is kept, kept answers and imports included."""
    connection.execute(update(people).where(people.c.id == person).values(**_NOTHING, erased_at=at))
    connection.execute(delete(former_names).where(former_names.c.person_id == person))
    connection.execute(update(users).where(users.c.id == person).values(email=None, password=None, disabled_at=at))
    connection.execute(delete(sessions).where(sessions.c.user_id == person))
    connection.execute(delete(sign_in_links).where(sign_in_links.c.user_id == person))
    forget_views_of(connection, person)
    forget_identities(connection, person)
    for ref in connection.execute(select(import_refs.c.ref).where(_is_ref_of(person))).scalars().all():
        connection.execute(
            update(import_refs)
            .where(_is_ref_of(person), import_refs.c.ref == ref)
            .values(ref=blind(ref), field_hashes=None)
        )
    for kept in connection.execute(select(imports.c.id, imports.c.rows)).all():
        if str(person) in json.dumps(kept.rows):
            rows = [_without_ref(row, person) for row in kept.rows]
            connection.execute(update(imports).where(imports.c.id == kept.id).values(rows=rows))
    _redact_answers(connection, person)
    connection.execute(insert(erasures).values(person_id=person, erased_at=at, is_swept=False))


def _is_ref_of(person: UUID) -> ColumnElement[bool]:
    return and_(import_refs.c.type == "person", import_refs.c.id == person)


def _redact_answers(connection: Connection, person: UUID) -> None:
    """Kept answers that tell of the person go on being given, without the name."""
    wanted = str(person).encode()
    for caller, key, answer in connection.execute(text("SELECT caller, key, answer FROM commands")).all():
        if wanted not in answer:
            continue
        reply = Reply.decoded(bytes(answer))
        body = json.loads(reply.body) if reply.body else None
        told = json.dumps(_redacted(body, str(person))).encode() if body is not None else reply.body
        redacted = Reply(reply.status, told, reply.headers, reply.media_type)
        connection.execute(
            text("UPDATE commands SET answer = :answer WHERE caller = :caller AND key = :key"),
            {"answer": redacted.encoded(), "caller": caller, "key": key},
        )


def _redacted(value: Any, person: str) -> Any:
    """An answer without the name: wherever the person is told of by their id, or named under it."""
    if isinstance(value, list):
        return [_redacted(member, person) for member in value]
    if not isinstance(value, dict):
        return value
    told = {name: _redacted(member, person) for name, member in value.items()}
    if told.get("id") == person:
        told |= {name: blank for name, blank in _BLANKS.items() if name in told}
    if isinstance(told.get(person), str):
        told[person] = ERASED
    return told


def _without_ref(row: dict[str, Any], person: UUID) -> dict[str, Any]:
    return {**row, "ref": None} if row.get("id") == str(person) else row
