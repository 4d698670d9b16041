"""API keys: list, create, rotate and revoke."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.auth.keys import KeyBody, RotationBody, delete_key, post_key, post_rotation
from api.http.cursors import LONGEST_CURSOR
from api.http.problems import Problem, invalid
from api.state.keys import Key, list_keys
from web.components import Choice, Link
from web.form_fields import FormField, FormSection, Reads, Typed, body_of, painted, preset_of
from web.forms import Unreadable, end_of, read_day
from web.pages.clients.picker_fields import with_clients
from web.pages.flash import Flash
from web.pages.form_submit import errors_of, refusal_of, renamed, response_body, writer_of
from web.pages.page_context import Form, GovernorPage, PageContext
from web.pages.paging import A_PAGE, cut_page, place_in
from web.pages.settings.sections import LIMIT, ROLE, limited_body, places

router = APIRouter(prefix="/settings/keys", include_in_schema=False)

ADDRESS = "/settings/keys"
KEY = FormSection(
    "",
    (
        FormField("name", "Name", required=True, hint="What it is for, like nightly export."),
        ROLE,
        *LIMIT,
        FormField("expires_on", "Expires on", hint="A date, like 31 Mar 2027. Leave empty for no expiry."),
    ),
)
LABELS = {form_field.name: (form_field.field("").id, form_field.label) for form_field in KEY.form_fields}
GRACES = (
    Choice("0", "at once"),
    Choice(str(60 * 60), "in an hour"),
    Choice(str(24 * 60 * 60), "in a day"),
    Choice(str(7 * 24 * 60 * 60), "in a week"),
)
GRACE = FormField("grace_seconds", "The old secret ends", Reads.CHOICE, required=True, choices=GRACES, preset="3600")


@router.get("")
def show_keys(page: GovernorPage, cursor: Annotated[str, Query(max_length=LONGEST_CURSOR)] = "") -> Response:
    """One page of keys, oldest first."""
    return _page(page, cursor=cursor)


@router.post("")
def make_key(page: GovernorPage, typed: Form) -> Response:
    """Create a key and show its secret once."""
    typed = with_clients(page, KEY.form_fields, typed)
    try:
        made = response_body(post_key(_key_body(typed, page.context.firm.zone), writer_of(page, typed)))
    except Problem as problem:
        if problem.status_code not in (404, 409, 422):
            raise
        return _page(page, renamed(problem, {"expires_at": "expires_on"}), typed)
    return _page(page, made=made)


@router.post("/{key}/rotate")
def rotate(key: UUID, page: GovernorPage, typed: Form) -> Response:
    """Rotate a key and show its new secret once."""
    grace = typed.text(GRACE.name)
    if grace not in {choice.value for choice in GRACES}:
        raise invalid((GRACE.name, "must be one of those offered"))
    try:
        made = response_body(post_rotation(key, RotationBody(grace_seconds=int(grace)), writer_of(page, typed)))
    except Problem as problem:
        if problem.status_code != 409:
            raise
        return _page(page, problem)
    return _page(page, made=made, grace=timedelta(seconds=int(grace)))


@router.post("/{key}/revoke")
def revoke(key: UUID, page: GovernorPage, typed: Form) -> Response:
    """Revoke a key."""
    delete_key(key, writer_of(page, typed))
    return page.redirect(f"{ADDRESS}#api-keys", Flash("key-revoked"))


def _page(
    page: PageContext,
    problem: Problem | None = None,
    typed: Typed | None = None,
    made: Any = None,
    grace: timedelta | None = None,
    cursor: str = "",
) -> Response:
    after = place_in(cursor, (datetime, UUID), ADDRESS)
    with page.queries.state() as connection:
        listed = list_keys(connection, limit=A_PAGE + 1, after=after)
    keys, pages = cut_page(listed, lambda key: (key.made_at, key.id), ADDRESS, after)
    errors = errors_of(problem) if problem else {}
    now = page.context.now()
    return page.render(
        "keys",
        "API keys",
        here="settings",
        crumbs=(Link("Settings", "/settings"), Link("API keys")),
        status=problem.status_code if problem else 201 if made else 200,
        places=places(page, ADDRESS),
        keys=[(key, _state(key, now), _old_until(key, now)) for key in keys],
        pages=pages,
        fields=painted((KEY,), typed or with_clients(page, KEY.form_fields, preset_of(KEY.form_fields)), errors)[0][1],
        graces=GRACES,
        made=made,
        grace=grace,
        form_id=page.context.new_id(),
        refusal=refusal_of(problem, LABELS) if problem else None,
    )


def _state(key: Key, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is not None and key.expires_at <= now:
        return "expired"
    return ""


def _old_until(key: Key, now: datetime) -> datetime | None:
    return key.old_until if key.old_until is not None and key.old_until > now else None


def _key_body(typed: Typed, zone: tzinfo) -> KeyBody:
    content, faults = body_of(KEY.form_fields, typed), []
    expires = content.pop("expires_on", None)
    if expires:
        try:
            content["expires_at"] = end_of(read_day(expires), zone)
        except Unreadable as fault:
            faults = [("expires_on", str(fault))]
    return limited_body(KeyBody, content, typed, faults=faults)
