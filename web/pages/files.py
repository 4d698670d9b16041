"""Downloads: standalone SVG and PNG charts, and CSV without formula injection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from starlette.responses import Response

from api.http.csv_xlsx import CSV, Cell, csv_of
from web.charts.render import png, standalone


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


def csv_file(header: Sequence[str], rows: Iterable[Sequence[Cell]], name: str) -> Response:
    """A table as a CSV file."""
    return Response(csv_of(header, rows), media_type=CSV, headers=_named(f"{name}.csv"))


def _named(name: str) -> dict[str, str]:
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_.") else "-" for letter in name)
    return {"Content-Disposition": f'attachment; filename="{plain}"'}
