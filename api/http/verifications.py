"""Records the outcomes of verifications of the log, and backups, in the audit, and tells the last verification."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection

from api.auth.access import Caller, Governor
from api.context import AppContext, AppContextDep
from api.state.audit import Act, audit, list_acts
from api.state.readable_rows import Damage, note_damage
from projections.log.hash_chain import ChainEnd, parse_end
from projections.log.verification import Verification

router = APIRouter(include_in_schema=False)

RECENT = 100
"""How many of the last verifications are searched for a sound one."""


class VerificationResult(BaseModel):
    """What a verification found: the end of the log as `POSITION:DIGEST`, and the number of damages and the first."""

    model_config = ConfigDict(extra="forbid", strict=True)

    end: str = Field(pattern=r"^\d{1,18}:[0-9a-f]{64}$")
    damages: int = Field(ge=0)
    first_damage: str | None = Field(default=None, max_length=300)


class BackupMade(BaseModel):
    """A backup: the position of its last event, and its number of events."""

    model_config = ConfigDict(extra="forbid", strict=True)

    position: int = Field(ge=0, le=2**53)
    events: int = Field(ge=0, le=2**53)


class LastVerification(NamedTuple):
    """The last verification of the log: when it was recorded (UTC), and what it found."""

    at: datetime
    result: VerificationResult


@router.post("/log/verifications", status_code=204)
def record(body: VerificationResult, context: AppContextDep, caller: Governor) -> None:
    """Record the outcome of a verification of the log, made by the command line."""
    record_verification(context, caller, body)


@router.post("/log/backups", status_code=204)
def record_made_backup(body: BackupMade, context: AppContextDep, caller: Governor) -> None:
    """Record that the command line made a backup."""
    record_backup(context, caller, body)


def record_backup(context: AppContext, caller: Caller, backup: BackupMade) -> None:
    """Record that a backup was made, which a later one then has."""
    context.check_writable()
    context.log.write(
        lambda connection: audit(connection, caller, Act.LOG_BACKED_UP, at=context.now(), detail=backup.model_dump())
    )


def result_of(verification: Verification) -> VerificationResult:
    """A verification's outcome, as it is recorded."""
    first = str(verification.damages[0]) if verification.damages else None
    return VerificationResult(end=str(verification.end), damages=verification.damage_count, first_damage=first)


def record_verification(context: AppContext, caller: Caller, result: VerificationResult) -> None:
    """Record the outcome of a verification of the log."""
    context.check_writable()
    context.log.write(
        lambda connection: audit(connection, caller, Act.LOG_VERIFIED, at=context.now(), detail=result.model_dump())
    )


def last_verification(connection: Connection) -> LastVerification | None:
    """The last recorded verification; null without any."""
    return next(_verifications(connection), None)


def last_sound_end(connection: Connection) -> ChainEnd | None:
    """The end of the log that the last sound verification noted, which the log must still contain; null without any."""
    sound = (result.end for _, result in _verifications(connection) if not result.damages)
    return next((parse_end(end) for end in sound), None)


def _verifications(connection: Connection) -> Iterator[LastVerification]:
    """The last verifications, newest first. One whose details are damaged says nothing."""
    for act in list_acts(connection, limit=RECENT, among=[Act.LOG_VERIFIED]):
        try:
            result = VerificationResult.model_validate(dict(act.detail))
        except ValidationError:
            note_damage([Damage("acts", "detail")])
            continue
        yield LastVerification(act.at, result)
