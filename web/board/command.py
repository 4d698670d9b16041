"""The board report on the command line: from the server at work in the data folder, else from the store itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import httpx

from api.auth.access import THE_OWNER
from api.board import board_asked
from api.http.problems import Problem, problem_of
from api.queries import QueryContext
from api.schemas.scalars import instant_text
from domain.errors import Refusal
from projections.views import NotCaughtUp, ProjectionFault, ViewsUnavailable
from web.board.render import board_pdf
from web.server_client import find_server
from web.settings import Settings
from web.stores import open_context


class NotMade(Exception):  # noqa: N818  (a refusal in a sentence, not an error in the program)
    """There is no report; the message says why."""


def make_report(settings: Settings, quarter: str | None, client: str | None, known_at: datetime | None) -> bytes:
    """The report as PDF. Raises `NotMade`, and `LogFault` where the store cannot be opened."""
    if (running := find_server(settings.store)) is not None:
        given = {"quarter": quarter, "client": client, "known_at": instant_text(known_at) if known_at else None}
        try:
            answer = running.get("/reports/board", {name: text for name, text in given.items() if text is not None})
        except httpx.HTTPError as fault:
            raise NotMade(f"The server at work does not answer: {fault}") from None
        if not answer.is_success:
            raise NotMade(_told(answer.json()))
        return answer.content
    with open_context(settings) as context:
        read = QueryContext(context, THE_OWNER, None)
        try:
            # nobody else keeps the read models near the log now: the first reader may have to build them
            context.views.catch_up()
            asked = board_asked(read, quarter=quarter, client=client, known_at=known_at)
            return board_pdf(read, asked)
        except (NotCaughtUp, ProjectionFault, ViewsUnavailable) as fault:
            raise NotMade(str(fault)) from None
        except Problem as problem:
            raise NotMade(_told(problem.body())) from None
        except Refusal as refusal:
            raise NotMade(_told(problem_of(refusal).body())) from None


def write_whole(file: Path, content: bytes) -> None:
    """Write a file as a whole or not at all. Raises `OSError`."""
    beside = file.with_name(f".{file.name}.part")
    beside.write_bytes(content)
    beside.replace(file)


def _told(problem: Mapping[str, object]) -> str:
    """A problem in a sentence, with the fields that do not hold what they must."""
    errors = problem.get("errors")
    if isinstance(errors, list):
        return "; ".join(f"{error['field']} {error['message']}" for error in errors)
    return str(problem["detail"])
