"""The board report on the command line: from the running server, or from the store directly."""

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


class ReportUnavailable(Exception):  # noqa: N818  (a refusal in a sentence, not an error in the program)
    """The report could not be created; the message gives the reason."""


def report_pdf(settings: Settings, quarter: str | None, client: str | None, known_at: datetime | None) -> bytes:
    """The report as PDF. Raises `ReportUnavailable`, and `LogFault` if the store cannot be opened."""
    if (running := find_server(settings.store)) is not None:
        parameters = {"quarter": quarter, "client": client, "known_at": instant_text(known_at) if known_at else None}
        try:
            answer = running.get(
                "/reports/board", {name: text for name, text in parameters.items() if text is not None}
            )
        except httpx.HTTPError as fault:
            raise ReportUnavailable(f"The running server does not answer: {fault}") from None
        if not answer.is_success:
            raise ReportUnavailable(_problem_text(answer.json()))
        return answer.content
    with open_context(settings) as context:
        read = QueryContext(context, THE_OWNER, None)
        try:
            # no server follows the log, so the read models may have to be built first
            context.views.catch_up()
            board = board_asked(read, quarter=quarter, client=client, known_at=known_at)
            return board_pdf(read, board)
        except (NotCaughtUp, ProjectionFault, ViewsUnavailable) as fault:
            raise ReportUnavailable(str(fault)) from None
        except Problem as problem:
            raise ReportUnavailable(_problem_text(problem.body())) from None
        except Refusal as refusal:
            raise ReportUnavailable(_problem_text(problem_of(refusal).body())) from None


def write_atomically(file: Path, content: bytes) -> None:
    """Write a file atomically. Raises `OSError`."""
    temporary = file.with_name(f".{file.name}.part")
    temporary.write_bytes(content)
    temporary.replace(file)


def _problem_text(problem: Mapping[str, object]) -> str:
    """A problem as one sentence, with the invalid fields."""
    errors = problem.get("errors")
    if isinstance(errors, list):
        return "; ".join(f"{error['field']} {error['message']}" for error in errors)
    return str(problem["detail"])
