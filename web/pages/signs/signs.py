"""Pages of the named warning signs: what each is, where it comes from, and where it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from api.http.problems import UNKNOWN_SIGN, Problem
from domain.signs.catalog import NAMED_SIGNS
from domain.signs.detector import OUR_DEFAULT, Detector, Severity, SignDefinition
from domain.signs.firm_thresholds import FirmThresholds
from projections.reports.question import ReportQuestion, last_quarters
from projections.reports.watch_list import SignCount, watch_list
from web.charts.wording import day_words
from web.citations import citation
from web.components import Column, Link
from web.formatting import sign_title
from web.pages.page_context import PageContext, ViewerPage
from web.pages.signs.sign_words import SEVERITIES
from web.pages.signs.watch_lines import watch_lines
from web.pages.time_params import At, Times
from web.pages.urls import address

router = APIRouter(prefix="/signs", include_in_schema=False)

HERE = "signs"
LISTED = 25
LISTED_EARLIER = 10
EARLIER_QUARTERS = 8
_THRESHOLDS = (Column("Threshold"), Column("In force", numeric=True), Column("Default", numeric=True), Column("Set by"))
_HISTORY = (Column("Threshold"), Column("Value", numeric=True), Column("Counts from"), Column("Set on"), Column("By"))


@router.get("")
def show_signs(page: ViewerPage, at: At) -> Response:
    """All named signs, with the number of clients at which each holds."""
    with page.snapshot() as snapshot:
        answer = watch_list(snapshot, _question(page, at), limit=1)
    return page.render(
        "signs",
        "Warning signs",
        here=HERE,
        at=at,
        signs=[(sign, _where_words(sign, answer.counts)) for sign in NAMED_SIGNS.values()],
        others=[(sign_title(count.sign), count) for count in answer.counts if count.sign not in NAMED_SIGNS],
        watch_list=address("/reports/watch-list", at.query),
    )


@router.get("/{sign}")
def show_sign(sign: str, page: ViewerPage, at: At) -> Response:
    """One sign: what goes wrong, its source and thresholds, where it holds, and where it held earlier."""
    definition = NAMED_SIGNS.get(sign)
    if definition is None and sign.upper() in NAMED_SIGNS:
        return RedirectResponse(address(f"/signs/{sign.upper()}", at.query), 308)
    if definition is None:
        raise Problem(UNKNOWN_SIGN)
    rule = definition if isinstance(definition, Detector) else None
    question = _question(page, at)
    first, last = last_quarters(at.as_of, page.context.fiscal_year_start_month, EARLIER_QUARTERS)
    with page.snapshot() as snapshot:
        now = watch_list(snapshot, question, sign=sign, limit=LISTED)
        earlier = replace(question, first=first, last=last)
        lately = watch_list(snapshot, earlier, sign=sign, limit=LISTED_EARLIER)
        rows = (*now.rows, *lately.rows)
        lines = watch_lines(snapshot, rows, page.naming, at.query, known_at=at.known_at, may_record=page.may_record)
    thresholds = page.context.thresholds.known_at(at.known_at)
    return page.render(
        "sign",
        definition.title,
        here=HERE,
        crumbs=(Link("Warning signs", "/signs"), Link(definition.title)),
        at=at,
        sign=definition,
        rule=rule,
        sources=[citation(source) for source in definition.sources],
        thresholds=list(_threshold_rows(rule, thresholds, at.as_of)) if rule else [],
        threshold_columns=_THRESHOLDS,
        history=_history_rows(page, rule, thresholds) if rule else [],
        history_columns=_HISTORY,
        may_change=page.governs,
        holds=lines[: len(now.rows)],
        count=now.runs,
        lately=lines[len(now.rows) :],
        lately_count=lately.runs,
        first=first,
        watch_list=address("/reports/watch-list", at.query, sign=sign),
        watch_list_lately=address("/reports/watch-list", at.query, {"from": first.label}, sign=sign),
    )


def _question(page: PageContext, at: Times) -> ReportQuestion:
    return ReportQuestion(
        None,
        None,
        at.as_of,
        at.known_at,
        visible=page.visible,
        fiscal_year_start_month=page.context.fiscal_year_start_month,
        thresholds=page.context.thresholds,
    )


def _where_words(sign: SignDefinition, counts: Sequence[SignCount]) -> str:
    """`3 signs: 1 high, 2 medium`; empty where it holds nowhere."""
    runs = Counter[Severity]()
    for count in counts:
        if count.sign == sign.id:
            runs[count.severity] += count.runs
    return ", ".join(f"{runs[severity]} {name.lower()}" for severity, name in SEVERITIES.items() if runs[severity])


def _threshold_rows(rule: Detector, thresholds: FirmThresholds, day: date) -> Iterator[tuple[str, str, str, str]]:
    for threshold in rule.thresholds:
        setting = thresholds.in_force(rule.id, threshold.name, day)
        default = f"{threshold.default} {threshold.unit}"
        if setting is None:
            whose = "Our default" if threshold.set_by == OUR_DEFAULT else citation(threshold.set_by)
            yield threshold.label, default, default, whose
        else:
            since = f"The firm, from {day_words(setting.counts_from)} on"
            yield threshold.label, f"{setting.value} {threshold.unit}", default, since


def _history_rows(page: PageContext, rule: Detector, thresholds: FirmThresholds) -> list[tuple[str, ...]]:
    """Everything that the firm set, newest first."""
    settings = [setting for setting in reversed(thresholds.settings) if setting.sign == rule.id]
    naming = page.naming({setting.recorded_by for setting in settings})
    labels = {threshold.name: threshold for threshold in rule.thresholds}
    return [
        (
            labels[setting.name].label,
            f"{setting.value} {labels[setting.name].unit}",
            day_words(setting.counts_from),
            day_words(page.context.day_of(setting.recorded_at)),
            naming(setting.recorded_by),
        )
        for setting in settings
        if setting.name in labels
    ]
