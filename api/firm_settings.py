"""Routes for the firm's settings."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field
from sqlalchemy import Connection

from api.commands import CommandContext, FirmAdminChange
from api.context import AppContext
from api.http.etags import Expected, etag_of
from api.http.openapi import refuses
from api.http.problems import SETTING_FIXED, VERSION_CONFLICT, Problem
from api.queries import ViewerQuery
from api.replies import Reply
from api.schemas.firm import FirmCurrency, Origin, TimeZone
from api.schemas.logo import Logo, LogoText, parse_logo
from api.schemas.scalars import Answer, Body, Name, WholeNumber
from api.state.audit import Act, audit
from api.state.firm_settings import SETTABLE, FirmSettings, find_logo, find_settings, store_logo, store_settings

router = APIRouter(prefix="/settings", tags=["settings"])


class SettingsBody(Body):
    """Changed settings; missing fields are unchanged. `firm_name`, `public_address` and `logo` may be null."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"time_zone": "America/Los_Angeles", "public_address": "https://seatline.example.org"}]
        }
    )
    firm_name: Name | None = None
    fiscal_year_start_month: Annotated[WholeNumber, Field(ge=1, le=12)] = 1
    time_zone: TimeZone = "UTC"
    public_address: Origin | None = None
    currency: FirmCurrency = "USD"
    logo: LogoText | None = None


class SettingsAnswer(Answer):
    """The settings in effect. `fixed` lists those set by environment variables, which cannot be changed here.

    `time_zone` determines the current day. Without a `public_address`, links use the address of the request.
    """

    firm_name: str | None
    fiscal_year_start_month: int
    time_zone: str = Field(examples=["Europe/Berlin"])
    public_address: str | None = Field(examples=["https://seatline.example.org"])
    currency: str = Field(examples=["USD"])
    logo: str | None = Field(description="A picture as a `data:` URL.", examples=["data:image/png;base64,iVBORw0KGgo="])
    fixed: list[str]


@router.get("", summary="Show the firm's settings")
def show_settings(query: ViewerQuery, response: Response) -> SettingsAnswer:
    """Return the firm's settings."""
    with query.state() as connection:
        settings = find_settings(connection)
        logo = find_logo(connection, settings.logo)
    response.headers["ETag"] = etag_of(settings.version)
    return _answer(query.context, settings, logo)


@router.patch("", response_model=SettingsAnswer, summary="Change the firm's settings", responses=refuses(403, 409, 412))
def patch_settings(body: SettingsBody, command: FirmAdminChange) -> Response:
    """Change the given settings.

    Requires an admin of all clients; settings fixed by the environment are refused (409).
    """
    return change_settings(body, command)


def change_settings(body: SettingsBody, command: CommandContext) -> Response:
    """Store changed settings and an audit entry. They take effect in this process at once."""
    context = command.context
    logo = parse_logo(body.logo) if body.logo else None
    changes: dict[str, Any] = {name: getattr(body, name) for name in SETTABLE if name in body.model_fields_set}
    if "logo" in changes:
        changes["logo"] = logo.name if logo else None

    def change(connection: Connection) -> Reply:
        before = find_settings(connection)
        _check_version(command.expected, before)
        if fixed := sorted(changes.keys() & context.firm_settings.fixed.keys()):
            names = ", ".join(f"SEATLINE_{name.upper()}" for name in fixed)
            raise Problem(SETTING_FIXED, f"{names} fixes this on the server.", errors=[(n, "is fixed") for n in fixed])
        unreadable = before.unreadable - changes.keys() - {"version"}
        after = FirmSettings(**{**_values(before), **changes}, version=before.version + 1, unreadable=unreadable)
        repaired = before.unreadable & changes.keys()
        changed = [name for name in SETTABLE if name in repaired or getattr(before, name) != getattr(after, name)]
        if not changed:
            stored = find_logo(connection, before.logo)
            return Reply.of(200, _answer(context, before, stored), ETag=etag_of(before.version))
        store_settings(connection, after)
        if "logo" in changed:
            store_logo(connection, logo, before.logo)
        audit(connection, command.caller, Act.SETTINGS_CHANGED, at=context.now(), detail={"fields": changed})
        stored = find_logo(connection, after.logo)
        return Reply.of(200, _answer(context, after, stored), ETag=etag_of(after.version))

    def refresh(reply: Reply) -> Reply:
        context.refresh_settings()
        return reply

    return command.change_state(change, refresh)


def _check_version(expected: Expected, settings: FirmSettings) -> None:
    tag = etag_of(settings.version)
    if expected.tags is not None and tag not in expected.tags:
        raise Problem(VERSION_CONFLICT, version=settings.version)


def _values(settings: FirmSettings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in SETTABLE}


def _answer(context: AppContext, settings: FirmSettings, logo: Logo | None) -> SettingsAnswer:
    effective = context.firm_settings.with_overrides(settings)
    values = {**_values(effective), "logo": logo.data_url if logo else None}
    return SettingsAnswer(**values, fixed=sorted(context.firm_settings.fixed))
