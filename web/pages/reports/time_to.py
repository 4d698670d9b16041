"""Time to change report: time until a unified role is split, or until the first full-time seat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from markupsafe import Markup

from domain.client import is_uuid
from domain.seats import Structure
from projections.reports.by_client import Figure
from projections.reports.groups import Field
from projections.reports.time_to import REPORT, TimeTo, TimeToEvent, time_to
from projections.snapshot import Snapshot
from projections.survival import Survival
from web.bidi import isolate
from web.charts.colors import GROUPS
from web.charts.render import macro
from web.charts.survival import NOT_REACHED, GroupLink, in_quarters, interval_words, lay_out, median_words, p_words
from web.charts.wording import STRUCTURES, counted
from web.components import Choice, Stat
from web.kinds.page import Naming
from web.pages.reports.page import (
    NUMBERED,
    Card,
    RenderedReport,
    ReportContext,
    ReportOption,
    ReportPage,
    as_of_day,
    structure_words,
)

WHAT = {TimeToEvent.SPLIT: "the split", TimeToEvent.FULL_TIME: "a seat full-time"}
_HAPPENED = {TimeToEvent.SPLIT: "Have split", TimeToEvent.FULL_TIME: "Reached full-time"}
FIELDS = {
    Field.SECTOR: "Sector",
    Field.SIZE: "Size",
    Field.FUNDING_STAGE: "Funding stage",
    Field.REGULATED: "Regulated or not",
    Field.PRACTICE_LEAD: "Practice lead",
    Field.ENGINEERS: "Engineers",
    Field.PRODUCTS: "Products",
    Field.ANNUAL_REVENUE: "Annual revenue",
    Field.AI_SPEND: "AI spend",
    Field.AI_PEOPLE: "People in AI",
    Field.AI_INITIATIVES: "AI initiatives",
}
_EVERYWHERE = {"all": "All", "unknown": "Not known", "other": "Others", "true": "Regulated", "false": "Not regulated"}


def show(snapshot: Snapshot, context: ReportContext) -> RenderedReport:
    """The survival curves of the filtered engagements."""
    event = TimeToEvent(context.options["event"])
    by = Field(context.options["by"]) if context.options.get("by") else None
    first = Structure(context.options["first_arrangement"]) if context.options.get("first_arrangement") else None
    answer = time_to(snapshot, context.question, event, by=by, first_arrangement=first)
    names = group_names(answer, context)
    group_links = {names[group.group]: GroupLink(context.drill(group.link), group.clients) for group in answer.groups}
    whole = lay_out(renamed(answer.survival, names), WHAT[event], context.width, group_links)
    drawn = lay_out(largest(whole.survival), WHAT[event], context.width, group_links)
    left_out = len(whole.curves) - len(drawn.curves)
    return RenderedReport(
        chart=macro("charts/survival.html", "survival", drawn, context.uid, context.name(f"Time to {WHAT[event]}")),
        table=macro("charts/survival.html", "survival_table", whole, context.page_of(whole.survival.steps)),
        kind="survival",
        layout=drawn,
        sentence=f"{counted(left_out, 'smaller group')} not shown in the chart; the table has all." if left_out else "",
        stats=_stats(answer, event),
        is_empty=not answer.groups,
        next=context.place_after(len(whole.survival.steps)),
        position=context.position(len(whole.survival.steps)),
    )


def group_names(answer: TimeTo, context: ReportContext) -> Mapping[str, str]:
    """The name of each group on a page; equal names get a number."""
    leads = [UUID(g.group) for g in answer.groups if answer.by is Field.PRACTICE_LEAD and is_uuid(g.group)]
    naming = context.naming(leads)
    seen: Counter[str] = Counter()
    names = {}
    for group in (g.group for g in answer.groups):
        name = naming(UUID(group)) if leads and is_uuid(group) else _EVERYWHERE.get(group, group)
        seen[name] += 1
        names[group] = name if seen[name] == 1 else f"{isolate(name)} ({seen[name]})"
    return names


def renamed(survival: Survival, names: Mapping[str, str]) -> Survival:
    """The survival with other group names."""
    return replace(
        survival,
        steps=tuple(replace(step, group=names[step.group]) for step in survival.steps),
        medians=tuple(replace(median, group=names[median.group]) for median in survival.medians),
    )


def largest(survival: Survival, most: int = GROUPS) -> Survival:
    """The survival with only the largest groups, as many as a chart can distinguish."""
    if len(survival.medians) <= most:
        return survival
    largest_groups = {m.group for m in sorted(survival.medians, key=lambda m: -m.subjects)[:most]}
    return replace(
        survival,
        steps=tuple(step for step in survival.steps if step.group in largest_groups),
        medians=tuple(median for median in survival.medians if median.group in largest_groups),
    )


def _stats(answer: TimeTo, event: TimeToEvent) -> list[Stat]:
    medians = answer.survival.medians
    if not medians:
        return []
    watched, happened = sum(m.subjects for m in medians), sum(m.events for m in medians)
    stats = [
        Stat("Engagements observed", str(watched), f"of {counted(sum(g.clients for g in answer.groups), 'client')}"),
        Stat(_HAPPENED[event], str(happened), f"{watched - happened} not yet"),
    ]
    if answer.by is None:
        median = medians[0]
        value = NOT_REACHED if median.days is None else in_quarters(median.days)
        length = "" if median.days is None else f"quarters ({counted(median.days, 'day')})"
        stats.append(Stat("Median", value, ", ".join(filter(None, (length, interval_words(median))))))
    elif answer.survival.log_rank is not None:
        test = answer.survival.log_rank
        of_few = "; some groups are small" if any(median.small for median in medians) else ""
        stats.append(Stat("Log-rank test", p_words(test.p_value), f"chi² {test.chi2:.2f}, {test.df} df{of_few}"))
    return stats


def draw_card(snapshot: Snapshot, context: ReportContext) -> Card:
    """The survival curve of all engagements until the split."""
    answer = time_to(snapshot, context.question, TimeToEvent.SPLIT)
    layout = lay_out(renamed(answer.survival, group_names(answer, context)), WHAT[TimeToEvent.SPLIT], context.width)
    medians = answer.survival.medians
    return Card(
        macro("charts/survival.html", "survival_svg", layout, uid=context.uid) if medians else Markup(),
        f"Split: {median_words(medians[0])}" if medians else "",
    )


def row_words(row: str, naming: Naming) -> str:
    """`Time to split, began with Unified, fractional, Sector: fintech`."""
    event, by, first, group = row.split(".", maxsplit=3)
    words = "Time to split" if TimeToEvent(event) is TimeToEvent.SPLIT else "Time to a full-time seat"
    if first:
        words += f", began with {structure_words(first)}"
    if not by:
        return words
    return f"{words}, {FIELDS.get(Field(by), by)}: {isolate(naming(UUID(group)) if is_uuid(group) else group)}"


def figure_words(figure: Figure) -> str:
    """The days an engagement was observed; `312+` means that the event has not happened."""
    days = str(figure)
    return f"{days[:-1]} days and not yet" if days.endswith("+") else f"{days} days"


PAGE = ReportPage(
    REPORT,
    "Time to change",
    "Time until a unified role is split or a seat becomes full-time",
    show,
    draw_card,
    row_words,
    options=(
        ReportOption(
            "event",
            "Until",
            (Choice(TimeToEvent.SPLIT.value, "Split"), Choice(TimeToEvent.FULL_TIME.value, "Full-time")),
            TimeToEvent.SPLIT.value,
            is_segmented=True,
        ),
        ReportOption(
            "by", "Groups by", tuple(Choice(name.value, words) for name, words in FIELDS.items()), blank="All together"
        ),
        ReportOption(
            "first_arrangement",
            "Began with",
            tuple(Choice(structure.value, words.name) for structure, words in STRUCTURES.items()),
        ),
    ),
    empty="No engagement can be measured yet. Time counts from its first structure.",
    figure_words=figure_words,
    place=NUMBERED,
    last_day=as_of_day,
)
