"""The firm's settings: its name, fiscal year, time zone, public address and currency."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field, StrictInt
from sqlalchemy import Connection

from api.commands import CommandContext, GoverningChange
from api.context import AppContext
from api.http.etags import Expected, etag_of
from api.http.openapi import refuses
from api.http.problems import SETTING_FIXED, VERSION_CONFLICT, Problem
from api.queries import Reading
from api.replies import Reply
from api.schemas.firm import FirmCurrency, Origin, TimeZone
from api.schemas.scalars import Answer, Body, Name
from api.state.audit import Act, audit
from api.state.firm_settings import SETTABLE, FirmSettings, find_settings, store_settings

router = APIRouter(prefix="/settings", tags=["settings"])


class SettingsBody(Body):
    """What is to change; a field that is left out stays as it is. `firm_name` and `public_address` may be null."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"time_zone": "America/Los_Angeles", "public_address": "https://seatline.example.org"}]
        }
    )
    firm_name: Name | None = None
    fiscal_year_start_month: Annotated[StrictInt, Field(ge=1, le=12)] = 1
    time_zone: TimeZone = "UTC"
    public_address: Origin | None = None
    currency: FirmCurrency = "USD"
    logo: None = Field(default=None, description="No logo can be set yet.")


class SettingsAnswer(Answer):
    """The settings that hold; `fixed` names those that an environment variable sets, which cannot be changed here.

    Days begin and end in `time_zone`. Without a `public_address` links use the address that the server is served at.
    """

    firm_name: str | None
    fiscal_year_start_month: int
    time_zone: str = Field(examples=["Europe/Berlin"])
    public_address: str | None = Field(examples=["https://seatline.example.org"])
    currency: str = Field(examples=["USD"])
    logo: None = None
    fixed: list[str]


@router.get("", summary="Show the firm's settings")
def show_settings(read: Reading, response: Response) -> SettingsAnswer:
    """What holds for the whole firm."""
    with read.kept() as connection:
        settings = find_settings(connection)
    response.headers["ETag"] = etag_of(settings.version)
    return _answer(read.context, settings)


@router.patch("", response_model=SettingsAnswer, summary="Change the firm's settings", responses=refuses(403, 409, 412))
def patch_settings(body: SettingsBody, write: GoverningChange) -> Response:
    """Change what is named. Only an admin of all clients may; what the environment fixes is refused (409)."""
    return change_settings(body, write)


def change_settings(body: SettingsBody, write: CommandContext) -> Response:
    """Keep the changed settings, and who changed them; they hold at once in this process."""
    context = write.context
    changes: dict[str, Any] = {name: getattr(body, name) for name in SETTABLE if name in body.model_fields_set}

    def change(connection: Connection) -> Reply:
        before = find_settings(connection)
        _check_version(write.expected, before)
        if fixed := sorted(changes.keys() & context.firm_settings.fixed.keys()):
            names = ", ".join(f"SEATLINE_{name.upper()}" for name in fixed)
            raise Problem(SETTING_FIXED, f"{names} fixes this on the server.", errors=[(n, "is fixed") for n in fixed])
        after = FirmSettings(**{**_values(before), **changes}, version=before.version + 1)
        changed = [name for name in SETTABLE if getattr(before, name) != getattr(after, name)]
        if not changed:
            return Reply.of(200, _answer(context, before), ETag=etag_of(before.version))
        store_settings(connection, after)
        audit(connection, write.caller, Act.SETTINGS_CHANGED, at=context.now(), detail={"fields": changed})
        return Reply.of(200, _answer(context, after), ETag=etag_of(after.version))

    def refresh(reply: Reply) -> Reply:
        context.refresh_settings()
        return reply

    return write.change_state(change, refresh)


def _check_version(expected: Expected, settings: FirmSettings) -> None:
    tag = etag_of(settings.version)
    if expected.tags is not None and tag not in expected.tags:
        raise Problem(VERSION_CONFLICT, version=settings.version)


def _values(settings: FirmSettings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in SETTABLE}


def _answer(context: AppContext, kept: FirmSettings) -> SettingsAnswer:
    effective = context.firm_settings.with_overrides(kept)
    return SettingsAnswer(**_values(effective), fixed=sorted(context.firm_settings.fixed))
