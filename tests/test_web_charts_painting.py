"""Paint: templates escape what people typed, obey the pages' security policy, and make files that stand alone."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from uuid import UUID

import pytest

from domain.seats import Commitment, Function, Structure
from projections.reports.flows import Outside
from projections.survival import survival_of
from web.charts import columns, flow, grid, hours, paths, sparkline, survival, tenures, timeline
from web.charts.annotations import Annotation
from web.charts.colors import LIGHT
from web.charts.flow import FlowLink
from web.charts.rail import MilestoneDrawn
from web.charts.render import environment, macro, png, standalone
from web.charts.seat_bars import SeatHeld
from web.charts.tenures import TenureBar, TenureRow, TenuresChart
from web.components import Cell, Choice, Column, Empty, Field, Link, MilestoneRow, Notice, Pages, Refusal, Stat
from web.kinds.page import Family

DAY = date(2023, 4, 17)
ODD = "\"<script>alert('1')</script>&amp; Łódź 株式会社 \u202e"
SVG = "{http://www.w3.org/2000/svg}"


def a_timeline() -> timeline.Timeline:
    later = DAY + timedelta(200)
    seats = (
        SeatHeld(Function.TECHNOLOGY, UUID(int=1), ODD, Commitment.FRACTIONAL, DAY, later, note=ODD, href="#m-1"),
        SeatHeld(Function.AI, UUID(int=1), ODD, Commitment.FRACTIONAL, DAY, later, note=ODD, href="#m-1"),
        SeatHeld(Function.TECHNOLOGY, UUID(int=2), ODD, Commitment.FULL_TIME, later, None, interim=True, href="#m-2"),
    )
    structures = (timeline.StructureHeld(Structure.UNIFIED_FRACTIONAL, DAY, later, "#m-1"),)
    paused = (timeline.Paused(DAY + timedelta(30), DAY + timedelta(90)),)
    letter = timeline.EngagementDrawn(ODD, DAY, None, seats, structures, paused)
    kinds = ("opened", "split_to_two_roles", "handed_over", "deliverable_issued", "hours_reported")
    milestones = [
        MilestoneDrawn(str(i), kind, DAY + timedelta(40 * i), ODD, ODD, href=f"#m-{i}") for i, kind in enumerate(kinds)
    ]
    milestones.append(
        MilestoneDrawn("9", "seat_filled", later, ODD, change="moved", was_on=later - timedelta(60), href="#m-9")
    )
    milestones += [MilestoneDrawn(f"c{i}", "alignment_held", later, ODD, href="#m-c") for i in range(5)]
    differences = (timeline.Difference(Function.AI, DAY, later, ODD),)
    return timeline.lay_out(
        timeline.TimelineDrawing(ODD, DAY + timedelta(300), (letter,), tuple(milestones), 4, differences=differences)
    )


def annotated() -> list[Annotation]:
    families = zip(("Opened", "Split", "Moved", ODD), Family, strict=True)
    return [
        Annotation(quarter, row, family, count, f"{count} {ODD}", planned, "/clients?x=1")
        for row, family in families
        for quarter, count, planned in (("2026-Q1", 1, False), ("2026-Q2", 12, True))
    ]


def a_grid() -> grid.Grid:
    rows = [grid.GridRow(ODD, (None, structure), "/clients/x") for structure in Structure]
    return grid.lay_out(["2026-Q1", "2026-Q2"], rows, 1, annotations=annotated())


def a_flow() -> flow.Flow:
    links = [FlowLink(0, Outside.BEFORE, structure, 3, "/clients?x=1") for structure in Structure]
    links += [FlowLink(1, structure, Structure.FULL_TIME_PAIR, 2) for structure in Structure]
    gaps = [["2026-Q1"], ["2026-Q2"]]
    return flow.lay_out([ODD, "2025-Q4", "2026-Q4"], links, annotations=annotated(), between_columns=gaps)


def a_survival() -> survival.SurvivalChart:
    lives = {ODD: [(30, True), (400, False), (800, True)], "Later": [(90, True), (91, True), (500, False)], "None": []}
    return survival.lay_out(survival_of(lives), ODD)


def a_stack() -> columns.Columns:
    parts = [columns.Series(s.value, ODD, s) for s in Structure]
    parts += [columns.Series(paint, ODD, paint) for paint in ("technology", "ai", "both", "left")]
    pieces = {part.key: columns.SeriesValue(Decimal(9), ODD, "/clients?x=1") for part in parts}
    quarters = [columns.StackedQuarter("2026-Q1", pieces), columns.StackedQuarter(ODD, pieces, True)]
    return columns.lay_out(ODD, [(ODD, quarters), ("EUR", quarters)], parts, annotations=annotated())


def some_paths() -> paths.PathChart:
    whole = paths.PathOf((*Structure, None, Structure.NONE), (90.5,) * (len(Structure) + 1), 3, 3, "/clients?x=1")
    return paths.lay_out([whole, paths.PathOf((Structure.NONE,), (), 2, 0)])


def some_hours() -> hours.HoursChart:
    cell = hours.PersonQuarter(Decimal(30), Decimal(20), Decimal(10), Decimal("7.5"), 1, 1, ODD, "/clients?x=1")
    return hours.lay_out(
        ["2026-Q1", ODD], [hours.PersonHours(ODD, {0: cell, 1: cell}, "/people/x")], 1, annotations=annotated()
    )


def some_tenures() -> TenuresChart:
    bars = (
        TenureBar(Function.TECHNOLOGY, Commitment.FRACTIONAL, date(2024, 4, 17), None, f"{ODD}: CTO"),
        TenureBar(Function.AI, Commitment.FULL_TIME, date(2024, 4, 17), date(2025, 6, 10), f"{ODD}: CAIO"),
    )
    return tenures.lay_out([TenureRow(ODD, "/clients/odd", bars)], date(2025, 1, 1))


LAYOUTS: dict[str, Callable[[], object]] = {
    "timeline": a_timeline,
    "grid": a_grid,
    "flow": a_flow,
    "survival": a_survival,
    "columns": a_stack,
    "paths": some_paths,
    "hours": some_hours,
    "tenures": some_tenures,
    "sparkline": lambda: sparkline.lay_out(tuple(Structure)),
}


class Reader(HTMLParser):
    """Collects what a page would run, and whether its tags close."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def read(markup: str) -> list[tuple[str, dict[str, str | None]]]:
    reader = Reader()
    reader.feed(markup)
    reader.close()
    return reader.tags


def check_is_within_the_policy(markup: str) -> None:
    """`default-src 'self'`: no inline script, style or listener, nothing fetched from elsewhere."""
    ids = []
    for tag, attributes in read(markup):
        assert tag != "style"
        assert "style" not in attributes, (tag, attributes)
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        if tag == "script":
            assert str(attributes.get("src")).startswith("/static/")
        for name in ("src", "href", "action"):
            assert not re.match(r"(?i)\s*(https?:|//|javascript:|data:)", attributes.get(name) or "")
        if "id" in attributes:
            ids.append(attributes["id"])
    assert len(ids) == len(set(ids)), "an id is used twice"


@pytest.mark.parametrize("kind", LAYOUTS)
def test_a_standalone_file_is_xml_with_literal_colours_and_nothing_that_runs(kind: str) -> None:
    svg = standalone(kind, LAYOUTS[kind](), ODD)
    root = ET.fromstring(svg.encode())  # noqa: S314 - our own markup
    assert root.tag == SVG + "svg"
    assert float(root.attrib["width"]) > 0
    assert "var(" not in svg
    assert {element.tag for element in root.iter()} & {
        SVG + "script",
        SVG + "a",
        SVG + "style",
        SVG + "foreignObject",
    } == set()
    references = set(re.findall(r"url\(#([\w-]+)\)", svg))
    assert references <= {element.attrib["id"] for element in root.iter() if "id" in element.attrib}


def test_a_pdf_has_one_hatched_shape_for_all_that_is_painted_alike() -> None:
    rows = [
        grid.GridRow(f"c{i}", (Structure.FRACTIONAL_PAIR, None, structure)) for i, structure in enumerate(Structure)
    ]
    drawn = grid.lay_out(["2026-Q1", "2026-Q2", "2026-Q3"], rows)
    printed = macro("charts/grid.html", "grid_svg", drawn, p=LIGHT, export="pdf")
    outlines = [re.sub(r"\s+", "", path) for path in re.findall(r'<path d="([^"]*z)"[^>]* stroke-width="0.8"', printed)]
    painted = [tuple(map(float, corner)) for path in outlines for corner in re.findall(r"M([\d.]+),([\d.]+)h", path)]
    assert sorted(painted) == sorted((run.x, run.y) for run in drawn.runs)
    assert len(outlines) == len(Structure)
    assert printed.count('fill="url(#fill-s-fractional-pair)"') == 2  # in the chart, and in its legend


def test_letters_that_xml_has_no_place_for_are_left_out_of_files() -> None:
    rows = [grid.GridRow("a\x00b\x0b\ud800\uffff<", (None,))]
    root = ET.fromstring(standalone("grid", grid.lay_out(["2026-Q1"], rows)).encode())  # noqa: S314 - our own markup
    assert "ab<" in "".join(root.itertext())


@pytest.mark.parametrize("kind", LAYOUTS)
def test_a_standalone_file_becomes_a_picture(kind: str) -> None:
    picture = png(standalone(kind, LAYOUTS[kind]()), scale=1)
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 500


@pytest.mark.parametrize(("one", "other"), [("CTO", "CAIO"), ("Łódź", "Żary")])
def test_pictures_are_set_in_letters(one: str, other: str) -> None:
    def drawn(text: str) -> bytes:
        words = f'<text y="15" font-family="Inter">{text}</text>'
        return png(f'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="20">{words}</svg>')

    assert drawn(one) != drawn(other)


@pytest.mark.parametrize(
    "template",
    [
        "{% from 'charts/timeline.html' import timeline, timeline_legend, timeline_table, as_of_form %}"
        "{{ timeline(T) }}{{ timeline_legend(T) }}{{ timeline_table(T) }}"
        "{{ as_of_form('/clients/x', T.as_of, T.as_of, {'q': odd}, '?as_of=a', '?as_of=b') }}",
        "{% from 'charts/grid.html' import grid, grid_table %}{{ grid(G) }}{{ grid_table(G) }}",
        "{% from 'charts/flow.html' import flow %}{{ flow(F) }}",
        "{% from 'charts/survival.html' import survival, survival_table %}{{ survival(S) }}{{ survival_table(S) }}",
        "{% from 'charts/columns.html' import columns %}{{ columns(C) }}",
        "{% from 'charts/paths.html' import paths %}{{ paths(L) }}",
        "{% from 'charts/hours.html' import hours %}{{ hours(H) }}",
    ],
)
def test_charts_in_pages_escape_what_people_typed_and_keep_to_the_policy(template: str) -> None:
    charts = {"T": a_timeline(), "G": a_grid(), "F": a_flow(), "S": a_survival()}
    charts |= {"C": a_stack(), "L": some_paths(), "H": some_hours()}
    markup = environment().from_string(template).render(**charts, odd=ODD)
    assert "<script" not in markup
    check_is_within_the_policy(markup)
    assert LIGHT["technology"] not in markup, "pages take colours from the theme"


PAGE = """{% extends shell %}{% block main %}
{% call parts.page_head(odd, odd) %}{{ parts.button(odd, '/x', 'primary') }}{% endcall %}
{{ parts.stats(stats) }}{{ parts.facts([(odd, odd)]) }}{{ parts.empty(empty) }}{{ parts.pages(pages) }}
{% call parts.card(odd, odd, id='c') %}{{ parts.table(odd, columns, rows) }}{% endcall %}
{% for f in fields %}{{ parts.field(f) }}{% endfor %}
{{ parts.segments(odd, [(odd, '/a', True)]) }}{{ parts.pill(odd) }}{{ parts.structure_pill(none) }}
{{ parts.milestone_rows(milestones) }}{{ parts.progress(odd, 3, 9) }}
{% call parts.filters('/x') %}{{ parts.pill(odd) }}{% endcall %}
{{ parts.instant(at) }}{{ parts.date(day, 'quarter') }}
{% call parts.dialog('d', odd) %}x{% endcall %}
{% endblock %}"""
FIELDS = [
    Field("seat.holder", "Holder", ODD, error=ODD, required=True, hint=ODD),
    Field("note", "Note", ODD, "textarea"),
    Field("kind", "Kind", "b", "select", choices=(Choice("a", ODD), Choice("b", "B"))),
    Field("owner", "Owner", "b", "radio", choices=(Choice("a", ODD, ODD), Choice("b", "B")), error="Choose one."),
    Field("functions", "Functions", "technology ai", "checks", choices=(Choice("technology", "T"), Choice("ai", "AI"))),
    Field("interim", "Interim", "true", "checkbox"),
]


def a_page(shell: str = "base.html") -> str:
    return (
        environment()
        .from_string(PAGE)
        .render(
            shell=shell,
            title=ODD,
            odd=ODD,
            here="clients",
            crumbs=[Link("Clients", "/clients"), Link(ODD)],
            notices=[Notice(ODD, "good", Link("Undo", "/undo"))],
            refusal=Refusal(ODD, ODD, (("f-seat-holder", ODD),)),
            stats=[Stat(ODD, "3", ODD, "/x")],
            empty=Empty(ODD, Link(ODD, "/x"), f"curl {ODD}"),
            pages=Pages("1 to 50", None, "?cursor=x"),
            columns=[Column("Name", sort="?s", sorted_by="ascending"), Column("Fee", numeric=True)],
            rows=[[Cell(ODD, "/x", ODD), "3"]],
            fields=FIELDS,
            milestones=[MilestoneRow("1", "opened", date(2024, 2, 1), ODD, "month", ODD, "/m", True, ODD)],
            at=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
            day=date(2024, 4, 1),
        )
    )


@pytest.mark.parametrize("shell", ["base.html", "plain.html"])
def test_pages_escape_what_people_typed_and_keep_to_the_policy(shell: str) -> None:
    markup = a_page(shell)
    assert "<script>" not in markup
    assert "alert(&#39;1&#39;)" in markup
    check_is_within_the_policy(markup)


def test_a_refused_field_keeps_what_was_typed_and_says_why_beside_it() -> None:
    tags = read(macro("parts.html", "field", FIELDS[0]))
    (field,) = (attributes for tag, attributes in tags if tag == "input")
    assert field["value"] == ODD
    assert field["aria-invalid"] == "true"
    described = str(field["aria-describedby"]).split()
    assert described == ["f-seat-holder-hint", "f-seat-holder-error"]
    assert set(described) <= {attributes.get("id") for _, attributes in tags}


def test_dates_are_told_as_exactly_as_they_are_known() -> None:
    markup = a_page()
    assert "Q2 2024" in markup
    assert 'datetime="2024-04-01"' in markup


def test_the_place_the_reader_is_at_is_marked() -> None:
    current = [
        attributes for tag, attributes in read(a_page()) if tag == "a" and attributes.get("aria-current") == "page"
    ]
    assert [attributes["href"] for attributes in current] == ["/clients"]


def test_every_mark_of_a_timeline_leads_to_its_milestone() -> None:
    markup = macro("charts/timeline.html", "timeline", a_timeline())
    followed = {attributes["href"] for tag, attributes in read(markup) if tag == "a"}
    assert {f"#m-{i}" for i in (1, 2, 3, 4, 9)} <= followed
    assert all(attributes.get("aria-label") for tag, attributes in read(markup) if tag == "a")
