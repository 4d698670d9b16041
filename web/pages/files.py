"""Charts and tables as files: SVG and PNG that stand on their own, CSV that a spreadsheet cannot be tricked by."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from starlette.responses import Response

from web.charts.painting import png, standalone

_TRICKS = ("=", "+", "-", "@", "\t", "\r", "\n")


def svg_file(kind: str, layout: object, name: str) -> Response:
    """A chart as an SVG file."""
    return Response(
        standalone(kind, layout),
        media_type="image/svg+xml",
        headers=_named(f"{name}.svg"),
    )


def png_file(kind: str, layout: object, name: str) -> Response:
    """A chart as a PNG file."""
    return Response(png(standalone(kind, layout)), media_type="image/png", headers=_named(f"{name}.png"))


def csv_file(header: Sequence[str], rows: Iterable[Sequence[object]], name: str) -> Response:
    """A table as a CSV file."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(header)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return Response(written.getvalue(), media_type="text/csv; charset=utf-8", headers=_named(f"{name}.csv"))


def _safe(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(cell, str) and cell.startswith(_TRICKS):
        return "'" + cell
    return "" if cell is None else cell


def _named(name: str) -> dict[str, str]:
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_.") else "-" for letter in name)
    return {"Content-Disposition": f'attachment; filename="{plain}"'}
