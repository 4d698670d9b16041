"""Renders the board report to PDF."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Lock

from api.board import BoardQuery
from api.http.presenter import masked_markup
from api.http.problems import PDF_UNAVAILABLE, PRESS_BUSY, Problem
from api.queries import QueryContext
from api.state.firm_settings import find_logo
from web.board.layout import page_margins, shows_fees
from web.board.one_client import client_board
from web.board.portfolio import portfolio_board
from web.charts.render import environment
from web.naming import naming_in
from web.pages.time_params import Times

PATIENCE_SECONDS = 60.0
RETRY_AFTER_SECONDS = 10

_pdf_lock = Lock()
"""One report at a time: rendering takes a whole processor."""


def board_pdf(read: QueryContext, board: BoardQuery) -> bytes:
    """The report as PDF. Raises `Problem` 503 if PDF is unavailable here, or too many reports are waiting."""
    with pdf_turn():
        return pdf_of_html(board_html(read, board))


@contextmanager
def pdf_turn() -> Iterator[None]:
    """Wait for the turn to render. Raises `Problem` 503 if too many reports are waiting."""
    if not _pdf_lock.acquire(timeout=PATIENCE_SECONDS):
        raise Problem(PRESS_BUSY, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
    try:
        yield
    finally:
        _pdf_lock.release()


def board_html(read: QueryContext, request: BoardQuery) -> str:
    """The report as HTML for printing."""
    naming_of = partial(naming_in, read)
    with read.snapshot() as snapshot:
        if request.client is None:
            board = portfolio_board(snapshot, request, naming_of)
        else:
            board = client_board(snapshot, request, request.client, naming_of)
    now = read.context.now()
    times = Times(request.as_of, request.known_at, read.context.today(), zone=read.context.firm.zone)
    sheet = page_margins(request, board.title, times.known_words, now)
    firm = read.context.firm
    with read.state() as connection:
        logo = find_logo(connection, firm.logo)
    return (
        environment()
        .get_template("board/board.html")
        .render(
            board=board,
            sheet=sheet,
            paper=request.paper.value,
            firm=firm.firm_name,
            logo=logo and logo.data_url,
            fees=shows_fees(request),
        )
    )


def pdf_of_html(*versions: str, most_pages: int | None = None) -> bytes:
    """Convert HTML to PDF: the first version that takes at most `most_pages`, the last if none does.

    Raises `Problem` 503 naming the missing dependency, if any.
    """
    try:
        # imported only here: slow to load, and needed only for PDF
        from web.board import pdf
    except ModuleNotFoundError as fault:
        raise Problem(
            PDF_UNAVAILABLE,
            f"The Python package {fault.name} is not installed: install this application with the extra `pdf`.",
        ) from None
    except OSError as fault:
        raise Problem(
            PDF_UNAVAILABLE,
            "A system library is missing (on Debian: libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0): "
            f"{str(fault).splitlines()[0]}",
        ) from None
    return pdf.pdf_of(*map(masked_markup, versions), most_pages=most_pages)
