"""The board report as PDF: gathered, painted, and handed to the press."""

from __future__ import annotations

from collections.abc import Collection
from threading import Lock
from uuid import UUID

from api.board import BoardAsked
from api.http.problems import PDF_UNAVAILABLE, PRESS_BUSY, Problem
from api.queries import QueryContext
from api.state.people import names_of
from web.board.layout import page_margins
from web.board.one_client import client_board
from web.board.portfolio import portfolio_board
from web.charts.render import environment
from web.kinds.page import UNNAMED, Naming
from web.pages.time_params import Times

PATIENCE_SECONDS = 60.0
RETRY_AFTER_SECONDS = 10

_at_the_press = Lock()
"""One report at a time: each takes a processor for itself while it is printed."""


def board_pdf(read: QueryContext, asked: BoardAsked) -> bytes:
    """The PDF. Raises `Problem` 503 where this installation cannot make one, or too many wait for theirs."""
    if not _at_the_press.acquire(timeout=PATIENCE_SECONDS):
        raise Problem(PRESS_BUSY, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
    try:
        return pdf_of_html(board_html(read, asked))
    finally:
        _at_the_press.release()


def board_html(read: QueryContext, asked: BoardAsked) -> str:
    """The report as the page that is printed."""

    def naming_of(people: Collection[UUID]) -> Naming:
        with read.kept() as connection:
            names = names_of(connection, people)
        return lambda person: names.get(person, UNNAMED)

    with read.snapshot() as snapshot:
        if asked.client is None:
            board = portfolio_board(snapshot, asked, naming_of)
        else:
            board = client_board(snapshot, asked, asked.client, naming_of)
    now = read.context.now()
    times = Times(asked.as_of, asked.known_at, read.context.today(), zone=read.context.firm.zone)
    sheet = page_margins(asked, board.title, times.known_words, now)
    return environment().get_template("board/board.html").render(board=board, sheet=sheet)


def pdf_of_html(html: str) -> bytes:
    """A page as PDF. Raises `Problem` 503 where something it takes is not installed, and names it."""
    try:
        # slow, and of no use to whoever never prints: not before somebody does
        from web.board import pdf
    except ModuleNotFoundError as fault:
        raise Problem(
            PDF_UNAVAILABLE,
            f"The Python package {fault.name} is not installed; the extra `pdf` of this application brings it.",
        ) from None
    except OSError as fault:
        raise Problem(
            PDF_UNAVAILABLE,
            "A library of the system is missing (Debian's libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0 "
            f"are needed): {str(fault).splitlines()[0]}",
        ) from None
    return pdf.pdf_of(html)
