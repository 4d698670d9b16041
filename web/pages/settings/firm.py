"""The firm's settings as a form: name, fiscal year, time zone, public address and currency."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from api.firm_settings import SettingsBody, change_settings
from api.http.problems import Problem
from api.schemas.firm import time_zones
from api.state.firm_settings import FIXABLE, FirmSettings
from web.components import Choice, Link
from web.form_fields import FormField, FormSection, Reads, Typed, body_of, painted
from web.pages.flash import Flash
from web.pages.form_submit import errors_of, refusal_of, unfilled, validated, writer_of
from web.pages.page_context import Form, GovernorPage, PageContext
from web.pages.undo import changed_back, filled_in, reset_to_default

router = APIRouter(prefix="/settings/firm", include_in_schema=False)

_MONTHS = tuple(Choice(str(month), calendar.month_name[month]) for month in range(1, 13))
_DEFAULTS = FirmSettings()
_NOT_SET = Choice("", "not set")
_NULLABLE = ("firm_name", "public_address")


def _form_fields() -> tuple[FormField, ...]:
    return (
        FormField("firm_name", "Firm name", default=_NOT_SET),
        FormField(
            "fiscal_year_start_month",
            "Fiscal years start in",
            Reads.CHOICE,
            required=True,
            choices=_MONTHS,
            default=_MONTHS[_DEFAULTS.fiscal_year_start_month - 1],
        ),
        FormField(
            "time_zone",
            "Time zone",
            required=True,
            hint="Days begin and end here, for example Europe/Berlin.",
            proposals=tuple(sorted(time_zones())),
            default=Choice(_DEFAULTS.time_zone, _DEFAULTS.time_zone),
            options={"autocomplete": "off"},
        ),
        FormField(
            "public_address",
            "Public address",
            hint="Used in links to sign in and to share, for example https://seatline.example.org.",
            default=_NOT_SET,
            options={"inputmode": "url", "autocomplete": "off"},
        ),
        FormField(
            "currency",
            "Currency",
            required=True,
            hint="Suggested where an amount is entered.",
            default=Choice(_DEFAULTS.currency, _DEFAULTS.currency),
            options={"maxlength": "3", "autocomplete": "off"},
        ),
    )


def _editable_fields(page: PageContext) -> tuple[FormField, ...]:
    """The fields that are not fixed by the environment."""
    return tuple(form_field for form_field in _form_fields() if form_field.name not in page.context.firm_settings.fixed)


@router.get("")
def show_form(page: GovernorPage) -> Response:
    """The form with the current settings, or with earlier ones that its address names."""
    return _page(page, filled_in(page.request, _editable_fields(page), Typed(_texts(page.context.firm).items())))


def _texts(firm: FirmSettings) -> dict[str, str]:
    """The settings as the form has them; an empty text for what is not set."""
    values = {name: getattr(firm, name) for name in FIXABLE}
    return {name: "" if value is None else str(value) for name, value in values.items()}


@router.post("")
def change_firm_settings(page: GovernorPage, typed: Form) -> Response:
    """Save the changed settings, or set one field to its default."""
    form_fields = _editable_fields(page)
    if (reset := reset_to_default(form_fields, typed)) is not None:
        return _page(page, reset)
    before = _texts(page.context.firm)
    try:
        content = {form_field.name: None for form_field in form_fields if form_field.name in _NULLABLE} | body_of(
            form_fields, typed
        )
        if "currency" in content:
            content["currency"] = str(content["currency"]).upper()
        month = str(content.get("fiscal_year_start_month", ""))
        if month.isdecimal():
            content["fiscal_year_start_month"] = int(month)
        change_settings(validated(SettingsBody, content, unfilled(form_fields, typed)), writer_of(page, typed))
    except Problem as problem:
        if problem.status_code >= 500:
            raise
        labels = {form_field.name: (form_field.field("").id, form_field.label) for form_field in form_fields}
        return _page(page, typed, errors_of(problem), status=problem.status_code, refusal=refusal_of(problem, labels))
    undo = changed_back("/settings/firm", before, _texts(page.context.firm))
    return page.redirect("/settings", Flash("firm-settings", undo=undo))


def _page(page: PageContext, typed: Typed, errors: Mapping[str, str] | None = None, **context: Any) -> Response:
    fixed = ", ".join(f"SEATLINE_{name.upper()}" for name in sorted(page.context.firm_settings.fixed))
    return page.render(
        "register",
        "Firm settings",
        here="settings",
        crumbs=(Link("Settings", "/settings"), Link("Firm settings")),
        sub=f"Set in the server's environment: {fixed}." if fixed else "Applies to everyone.",
        action="/settings/firm",
        back="/settings",
        button="Save",
        blocks=painted((FormSection("", _editable_fields(page)),), typed, errors or {}),
        form_id=page.context.new_id(),
        version=page.context.firm.version,
        **context,
    )
