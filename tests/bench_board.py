"""How long board reports take to make, of the portfolio and of a client of the demonstration.

The floor is the same words as plain paragraphs, by the same printer in the same run. Figures are processor seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time

from api_client import served
from browsing import text_of
from markupsafe import escape

from api.auth.access import THE_OWNER
from api.board import board_query
from api.queries import QueryContext
from web.board.render import board_html, pdf_of_html

TIMES = 5


def bench_board_reports(demonstration: Path) -> None:
    with served(demonstration) as firm:
        read = QueryContext(firm.context, THE_OWNER, None)
        print("\nBoard reports of the demonstration, in seconds of the processor")
        for name, client in (("portfolio", None), ("client", "halcyon-health")):
            query = board_query(read, quarter="2026-Q3", client=client, fees=True)
            html = board_html(read, query)
            plain = "".join(f"<p>{escape(sentence)}</p>" for sentence in text_of(html).split(". "))
            asking = seconds(lambda: board_html(read, query))  # noqa: B023  (called at once)
            printing = seconds(lambda: pdf_of_html(html))  # noqa: B023  (called at once)
            floor = seconds(lambda: pdf_of_html(plain))  # noqa: B023  (called at once)
            print(
                f"  {name:10} {asking:.2f} to ask the reports, {printing:.2f} to print "
                f"({printing / floor:.1f} times the {floor:.2f} of its words alone)"
            )


def seconds(work: Callable[[], object]) -> float:
    """The median processor time of some runs, after one that warms up."""
    spent = []
    for _ in range(TIMES + 1):
        begun = process_time()
        work()
        spent.append(process_time() - begun)
    return median(spent[1:])
