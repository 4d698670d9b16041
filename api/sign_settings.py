"""Routes for the thresholds of warning signs, which the firm may change from a day on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field, StringConstraints
from sqlalchemy import Connection

from api.commands import CommandContext, FirmAdminChange
from api.context import AppContext
from api.http.etags import etag_of
from api.http.openapi import refuses
from api.http.problems import VERSION_CONFLICT, Problem, invalid
from api.queries import At, ViewerQuery
from api.replies import Reply
from api.schemas.scalars import Answer, Body, Day, Id, Instant, WholeNumber
from api.state.audit import Act, audit
from api.state.sign_thresholds import add_thresholds, find_thresholds
from domain.signs.catalog import DETECTORS
from domain.signs.firm_thresholds import FirmThresholds, ThresholdSetting

router = APIRouter(prefix="/settings/signs", tags=["settings"])

_A_MOMENT = timedelta(microseconds=1)

Name = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class ThresholdsBody(Body):
    """New thresholds, by sign and name; the others are unchanged.

    They count from `counts_from` on (default: today). A day in the past changes what was detected since; it needs
    `allow_past`.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"thresholds": {"A07": {"gap": 14}}, "counts_from": "2027-01-01"}]}
    )
    thresholds: dict[Name, Annotated[dict[Name, WholeNumber], Field(min_length=1, max_length=50)]] = Field(
        min_length=1, max_length=100
    )
    counts_from: Day | None = None
    allow_past: bool = False


class ThresholdSettingAnswer(Answer):
    """One threshold as the firm set it: from which day it counts, when it was recorded, and by whom."""

    sign: str
    name: str
    value: int
    counts_from: Day
    recorded_at: Instant
    recorded_by: Id


class ThresholdsAnswer(Answer):
    """The thresholds in force on `as_of`, by sign and name, and everything that the firm set, oldest first."""

    as_of: Day
    thresholds: dict[str, dict[str, int]]
    history: list[ThresholdSettingAnswer]


@router.get("", summary="Show the thresholds of warning signs")
def show_sign_thresholds(query: ViewerQuery, at: At, response: Response) -> ThresholdsAnswer:
    """Return the thresholds in force on a day, as known at an instant."""
    with query.state() as connection:
        thresholds = find_thresholds(connection)
    response.headers["ETag"] = etag_of(thresholds.version)
    return _answer(thresholds.known_at(at.known_at), at.as_of)


@router.patch(
    "",
    response_model=ThresholdsAnswer,
    summary="Change thresholds of warning signs",
    responses=refuses(403, 412),
)
def patch_sign_thresholds(body: ThresholdsBody, command: FirmAdminChange) -> Response:
    """Set thresholds from a day on.

    Earlier days stay judged by the thresholds that were in force on them. Requires an admin of all clients.
    """
    return change_thresholds(body, command)


def change_thresholds(body: ThresholdsBody, command: CommandContext) -> Response:
    """Store new thresholds and an audit entry. They take effect in this process at once. Raises `Problem` 422."""
    context = command.context
    counts_from = _check(body, context)
    with context.views.reading(None) as snapshot:
        newest = context.views.known_at(snapshot)

    def change(connection: Connection) -> Reply:
        before = find_thresholds(connection)
        expected = command.expected.tags
        if expected is not None and etag_of(before.version) not in expected:
            raise Problem(VERSION_CONFLICT, version=before.version)
        recorded_at = _after(context.now(), newest, before.recorded_at)
        new = tuple(
            ThresholdSetting(sign, name, value, counts_from, recorded_at, command.caller.id)
            for sign, name, value in _changed(body, before, counts_from)
        )
        add_thresholds(connection, new)
        if new:
            detail = {
                "fields": [f"{one.sign}.{one.name}" for one in new],
                "values": [str(one.value) for one in new],
                "counts_from": counts_from.isoformat(),
            }
            audit(connection, command.caller, Act.THRESHOLDS_CHANGED, at=context.now(), detail=detail)
        after = FirmThresholds((*before.settings, *new))
        return Reply.of(200, _answer(after, context.today()), ETag=etag_of(after.version))

    def refresh(reply: Reply) -> Reply:
        context.refresh_settings()
        return reply

    return command.change_state(change, refresh)


def _check(body: ThresholdsBody, context: AppContext) -> date:
    """Check the signs, names and values; returns the day from which they count. Raises `Problem` 422."""
    errors = list(_errors(body))
    today = context.today()
    counts_from = body.counts_from or today
    if counts_from < today and not body.allow_past:
        errors.append(("counts_from", "must not be in the past, unless `allow_past` is given"))
    if errors:
        raise invalid(*errors)
    return counts_from


def _errors(body: ThresholdsBody) -> Iterator[tuple[str, str]]:
    for sign, values in body.thresholds.items():
        detector = DETECTORS.get(sign)
        thresholds = {threshold.name: threshold for threshold in detector.thresholds} if detector else {}
        if not thresholds:
            yield f"thresholds.{sign}", "must be a sign with thresholds"
            continue
        for name, value in values.items():
            if (threshold := thresholds.get(name)) is None:
                yield f"thresholds.{sign}.{name}", f"must be one of {', '.join(thresholds)}"
            elif not threshold.least <= value <= threshold.most:
                yield f"thresholds.{sign}.{name}", f"must be from {threshold.least} to {threshold.most}"


def _after(now: datetime, *earlier: datetime | None) -> datetime:
    """The clock's instant, or one after everything recorded earlier if the clock was set back."""
    return max([now, *(instant + _A_MOMENT for instant in earlier if instant is not None)])


def _changed(body: ThresholdsBody, before: FirmThresholds, counts_from: date) -> Iterator[tuple[str, str, int]]:
    """The thresholds that differ from those in force on the day, as sign, name and value."""
    for sign, values in body.thresholds.items():
        in_force = before.on(DETECTORS[sign], counts_from)
        yield from ((sign, name, value) for name, value in values.items() if in_force[name] != value)


def _answer(thresholds: FirmThresholds, as_of: date) -> ThresholdsAnswer:
    return ThresholdsAnswer(
        as_of=as_of,
        thresholds={
            sign: dict(thresholds.on(detector, as_of)) for sign, detector in DETECTORS.items() if detector.thresholds
        },
        history=[ThresholdSettingAnswer.of(setting) for setting in thresholds.settings],
    )
