"""The board report on the command line: from the running server, or from the store directly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from api.auth.access import THE_OWNER
from api.board import Paper, board_query
from api.http.problems import Problem, problem_of
from api.queries import QueryContext
from api.schemas.scalars import instant_text
from domain.errors import Refusal
from projections.views import NotCaughtUp, ProjectionFault, ViewsUnavailable
from web.board.render import board_pdf
from web.forms import read_known_at
from web.server_client import ServerClient, find_server
from web.settings import Settings
from web.stores import open_context


class ReportUnavailable(Exception):  # noqa: N818  (a refusal in a sentence, not an error in the program)
    """The report could not be created; the message gives the reason."""


def report_pdf(
    settings: Settings,
    quarter: str | None,
    client: str | None,
    known_at: str | None,
    *,
    fees: bool = False,
    paper: str = Paper.A4.value,
) -> bytes:
    """The report as PDF. A day of `known_at` ends at the firm's midnight.

    Raises `ReportUnavailable`, `Unreadable` if `known_at` is no instant, and `LogFault` if the store cannot be opened.
    """
    if paper not in set(Paper):
        raise ReportUnavailable(f"The paper is {' or '.join(Paper)}.")
    if (running := find_server(settings.store)) is not None:
        parameters = {"quarter": quarter, "client": client, "fees": str(fees).lower(), "paper": paper}
        if known_at is not None:
            zone = ZoneInfo(_get(running, "/settings", {}).json()["time_zone"])
            parameters["known_at"] = instant_text(read_known_at(known_at, zone, datetime.now(UTC)))
        query = {name: text for name, text in parameters.items() if text is not None}
        return bytes(_get(running, "/reports/board", query).content)
    with open_context(settings) as context:
        read = QueryContext(context, THE_OWNER, None)
        try:
            # no server follows the log, so the read models may have to be built first
            context.views.catch_up()
            instant = None if known_at is None else read_known_at(known_at, context.firm.zone, context.now())
            board = board_query(read, quarter=quarter, client=client, known_at=instant, fees=fees, paper=Paper(paper))
            return board_pdf(read, board)
        except (NotCaughtUp, ProjectionFault, ViewsUnavailable) as fault:
            raise ReportUnavailable(str(fault)) from None
        except Problem as problem:
            raise ReportUnavailable(_problem_text(problem.body())) from None
        except Refusal as refusal:
            raise ReportUnavailable(_problem_text(problem_of(refusal).body())) from None


def _get(running: ServerClient, path: str, query: Mapping[str, str]) -> httpx.Response:
    try:
        answer = running.get(path, query)
    except httpx.HTTPError as fault:
        raise ReportUnavailable(f"The running server did not answer: {fault}") from None
    if not answer.is_success:
        raise ReportUnavailable(_problem_text(answer.json()))
    return answer


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
