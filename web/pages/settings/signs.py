"""The thresholds of a warning sign as a form: their values, and the day from which they count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from api.http.problems import UNKNOWN_SIGN, Problem
from api.sign_settings import ThresholdsBody, change_thresholds
from domain.signs.catalog import DETECTORS
from domain.signs.detector import OUR_DEFAULT, Detector
from web.citations import citation
from web.components import Choice, Link
from web.form_fields import FormField, FormSection, Reads, Typed, body_of, painted
from web.forms import date_text
from web.pages.flash import Flash
from web.pages.form_submit import errors_of, refusal_of, unfilled, validated, writer_of
from web.pages.page_context import Form, GovernorPage, PageContext
from web.pages.undo import filled_in, reset_to_default, undo_address

router = APIRouter(prefix="/settings/signs", include_in_schema=False)

_COUNTS_FROM = FormField(
    "counts_from",
    "Counts from",
    Reads.DAY,
    required=True,
    hint="Earlier days keep the thresholds that were in force then.",
)
_ALLOW_PAST = FormField("allow_past", "The past date is intended: it changes what was detected since then", Reads.FLAG)


@router.get("/{sign}")
def show_form(sign: str, page: GovernorPage) -> Response:
    """The form with the thresholds in force today, or with earlier ones that its address names."""
    rule = _rule(sign)
    today = page.context.today()
    values = page.context.thresholds.on(rule, today)
    typed = [*((name, str(value)) for name, value in values.items()), ("counts_from", date_text(today))]
    return _page(page, rule, filled_in(page.request, _form_fields(rule), Typed(typed)))


@router.post("/{sign}")
def change_sign_thresholds(sign: str, page: GovernorPage, typed: Form) -> Response:
    """Store the new thresholds, or set one field to its default."""
    rule = _rule(sign)
    form_fields = _form_fields(rule)
    if (reset := reset_to_default(form_fields, typed)) is not None:
        return _page(page, rule, reset)
    under = f"thresholds.{rule.id}."
    try:
        content = body_of(form_fields, typed)
        values = {name: _whole(content[name]) for name in rule.defaults if name in content}
        rest: dict[str, Any] = {name: content[name] for name in ("counts_from", "allow_past") if name in content}
        faults = [
            (under + name if name in rule.defaults else name, message) for name, message in unfilled(form_fields, typed)
        ]
        body = validated(ThresholdsBody, {"thresholds": {rule.id: values}, **rest}, faults)
        counts_from = body.counts_from or page.context.today()
        before = page.context.thresholds.on(rule, counts_from)
        change_thresholds(body, writer_of(page, typed))
    except Problem as problem:
        if problem.status_code >= 500:
            raise
        labels = {one.name: (one.field("").id, one.label) for one in form_fields}
        return _page(
            page,
            rule,
            typed,
            errors_of(problem, under),
            status=problem.status_code,
            refusal=refusal_of(problem, labels, under),
        )
    undone = {name: str(value) for name, value in before.items()} | {"counts_from": date_text(counts_from)}
    if counts_from < page.context.today():
        undone["allow_past"] = "true"
    return page.redirect(
        f"/signs/{rule.id}", Flash("thresholds", undo=undo_address(f"/settings/signs/{rule.id}", undone))
    )


def _rule(sign: str) -> Detector:
    """A sign with thresholds. Raises `Problem` 404."""
    rule = DETECTORS.get(sign)
    if rule is None or not rule.thresholds:
        raise Problem(UNKNOWN_SIGN)
    return rule


def _whole(value: object) -> object:
    """The number in a text of digits; anything else is left for validation to refuse."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10 else value


def _form_fields(rule: Detector) -> tuple[FormField, ...]:
    return (
        *(
            FormField(
                threshold.name,
                threshold.label,
                required=True,
                hint=f"In {threshold.unit}. Default: {threshold.default}"
                + (
                    ", which is our own."
                    if threshold.set_by == OUR_DEFAULT
                    else f", from {citation(threshold.set_by)}."
                ),
                default=Choice(str(threshold.default), str(threshold.default)),
                options={"inputmode": "numeric", "autocomplete": "off"},
            )
            for threshold in rule.thresholds
        ),
        _COUNTS_FROM,
        _ALLOW_PAST,
    )


def _page(
    page: PageContext, rule: Detector, typed: Typed, errors: Mapping[str, str] | None = None, **context: Any
) -> Response:
    return page.render(
        "register",
        "Change thresholds",
        here="settings",
        crumbs=(Link("Warning signs", "/signs"), Link(rule.title, f"/signs/{rule.id}"), Link("Change thresholds")),
        sub=rule.rule,
        action=f"/settings/signs/{rule.id}",
        back=f"/signs/{rule.id}",
        button="Save",
        blocks=painted((FormSection("", _form_fields(rule)),), typed, errors or {}),
        form_id=page.context.new_id(),
        version=page.context.thresholds.version,
        **context,
    )
