"""Keeps and forgets how tables were read whose columns were matched by hand."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection
from starlette.responses import Response

from api.commands import CommandContext
from api.http.problems import UNKNOWN_MAPPING, Problem
from api.imports.tables.read import TableHead
from api.imports.tables.recall import columns_to_remember, headers_hash
from api.replies import NO_CONTENT, Reply
from api.state.audit import Act, audit
from api.state.import_columns import forget, forget_by_id, remember


def keep_columns(connection: Connection, command: CommandContext, head: TableHead) -> None:
    """Remember how an imported table was read; if its columns are those that are guessed, forget what they were."""
    columns = columns_to_remember(head.columns, head.options)
    if columns is None:
        _forget(connection, command, head)
        return
    context = command.context
    remember(connection, columns, context.new_id(), made_by=command.caller.id, made_at=context.now())


def forget_columns(command: CommandContext, head: TableHead) -> Response:
    """Forget how tables with the headers of this one are read."""

    def change(connection: Connection) -> Reply:
        _forget(connection, command, head)
        return Reply(NO_CONTENT, b"")

    return command.change_state(change)


def forget_mapping(command: CommandContext, mapping_id: UUID) -> Response:
    """Forget how some tables are read, by id. Raises `Problem` 404."""

    def change(connection: Connection) -> Reply:
        if not forget_by_id(connection, mapping_id):
            raise Problem(UNKNOWN_MAPPING)
        audit(connection, command.caller, Act.IMPORT_COLUMNS_FORGOTTEN, mapping_id, at=command.context.now())
        return Reply(NO_CONTENT, b"")

    return command.change_state(change)


def _forget(connection: Connection, command: CommandContext, head: TableHead) -> None:
    columns_id = forget(connection, headers_hash([match.theirs for match in head.columns]))
    if columns_id is not None:
        audit(connection, command.caller, Act.IMPORT_COLUMNS_FORGOTTEN, columns_id, at=command.context.now())
