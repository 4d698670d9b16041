"""The structure mix: how many clients have which structure, quarter by quarter."""

from __future__ import annotations

from collections import defaultdict

from markupsafe import Markup
from sqlalchemy import Connection

from domain.quarters import quarters_between
from domain.seats import Structure
from projections.reports.structure_mix import structure_mix
from web.charts.mix import Mix, MixQuarter, lay_out
from web.charts.painting import macro
from web.charts.wording import counted
from web.pages.reports.report import Asked, Card, Report, Shown


def show(connection: Connection, asked: Asked) -> Shown:
    """The mix of these quarters."""
    layout = mix_of(connection, asked, asked.width, 340.0)
    return Shown(
        chart=macro("charts/mix.html", "mix", layout, asked.uid, asked.name("Structure mix")),
        table=macro("charts/mix.html", "mix_table", layout),
        kind="mix",
        layout=layout,
        is_empty=not layout.structures,
    )


def mix_of(connection: Connection, asked: Asked, width: float, height: float) -> Mix:
    """The mix as a drawing of a size."""
    answer = structure_mix(connection, asked.parameters)
    counted: dict[str, dict[Structure, int]] = defaultdict(dict)
    links: dict[str, dict[Structure, str]] = defaultdict(dict)
    for row in answer.rows:
        counted[row.quarter.label][row.structure] = row.clients
        links[row.quarter.label][row.structure] = asked.drill(row.link)
    quarters = [
        MixQuarter(quarter.label, counted[quarter.label], links[quarter.label], quarter.start > asked.parameters.as_of)
        for quarter in quarters_between(asked.parameters.first, asked.parameters.last)
    ]
    return lay_out(quarters, width, height)


def glance(connection: Connection, asked: Asked) -> Card:
    """The mix in small, and how many clients are engaged."""
    layout = mix_of(connection, asked, asked.width, 230.0)
    engaged = sum(layout.quarters[-1].clients.values()) if layout.quarters else 0
    return Card(
        macro("charts/mix.html", "mix_svg", layout, uid=asked.uid) if layout.structures else Markup(),
        f"{counted(engaged, 'client')} in {asked.parameters.last}" if layout.structures else "",
    )


REPORT = Report(
    "structure-mix", "Structure mix", "How many clients have which structure at each quarter's end?", show, glance
)
