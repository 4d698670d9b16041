"""Problems (RFC 9457): the one table that turns refusals and faults into types, titles and statuses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.responses import Response

from domain import errors
from domain.application import TooBusy
from domain.errors import InvalidField, Refusal, Unknown
from domain.unit_of_work import VersionConflict

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 1


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One kind of problem: the last part of its URI, its title, its status, and what a client can do about it."""

    slug: str
    title: str
    status: int
    advice: str = ""

    @property
    def uri(self) -> str:
        """The stable relative URI under which it is documented."""
        return f"/problems/{self.slug}"


class Problem(HTTPException):
    """An answer that says what is wrong. Raised anywhere under a route, or made from a refusal."""

    def __init__(
        self,
        kind: ProblemType,
        detail: str = "",
        *,
        errors: Sequence[tuple[str, str]] = (),
        milestone: UUID | None = None,
        version: int | None = None,
        about: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`errors` are pairs of a dotted field and what is wrong with it; `version` is the stream's current one.

        `about` says which milestone the detail is about, to readers who are told nothing else of it.
        """
        super().__init__(kind.status, detail or kind.title, dict(headers) if headers else None)
        self.kind = kind
        self.errors = tuple(errors)
        self.milestone = milestone
        self.version = version
        self.about = about

    def body(self) -> dict[str, Any]:
        """The members of the problem document."""
        members: dict[str, Any] = {
            "type": self.kind.uri,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": f"{self.about}: {self.detail}" if self.about else self.detail,
        }
        if self.errors:
            members["errors"] = [{"field": field, "message": message} for field, message in self.errors]
        if self.milestone is not None:
            members["milestone"] = str(self.milestone)
        if self.version is not None:
            members["version"] = self.version
        return members

    def encoded(self) -> bytes:
        """The document as it is sent."""
        return json.dumps(self.body(), ensure_ascii=False, separators=(",", ":")).encode()

    def response(self) -> Response:
        """The problem as an answer."""
        return Response(self.encoded(), self.status_code, self.headers, MEDIA_TYPE)


MALFORMED = ProblemType("malformed", "The request could not be read.", 400, "Send well-formed JSON and headers.")
UNAUTHENTICATED = ProblemType(
    "unauthenticated", "Valid credentials are needed.", 401, "Send `Authorization: Bearer <api key>`, or sign in."
)
FORBIDDEN = ProblemType("forbidden", "The caller's role does not allow that.", 403, "Ask an admin for a wider role.")
CROSS_SITE = ProblemType(
    "cross-site-write", "A page of another site may not write here.", 403, "Write from the application's own pages."
)
NOT_FOUND = ProblemType("not-found", "There is no such thing here.", 404, "It may exist and be none of the caller's.")
UNKNOWN_PERSON = ProblemType("unknown-person", "There is no such person.", 404)
UNKNOWN_KEY = ProblemType("unknown-key", "There is no such key.", 404)
UNKNOWN_USER = ProblemType("unknown-user", "There is no such user.", 404)
UNKNOWN_SESSION = ProblemType("unknown-session", "There is no such session.", 404)
UNKNOWN_VIEW = ProblemType("unknown-view", "There is no such view.", 404)
UNKNOWN_SHARE_LINK = ProblemType("unknown-share-link", "There is no such share link.", 404)
UNKNOWN_IMPORT = ProblemType("unknown-import", "There is no such import.", 404)
UNKNOWN_FRAMEWORK = ProblemType("unknown-framework", "There is no such framework.", 404)
METHOD_NOT_ALLOWED = ProblemType(
    "method-not-allowed", "That address does not take this method.", 405, "The `Allow` header lists those it takes."
)
BODY_TOO_SLOW = ProblemType("body-too-slow", "The body did not arrive in time.", 408, "Send it again, in one go.")
BODY_TOO_LARGE = ProblemType("body-too-large", "The body is too large.", 413, "Send less at a time.")
UNSUPPORTED_TYPE = ProblemType(
    "unsupported-media-type", "The body's content type is not one of those taken here.", 415, "Send what is documented."
)
INVALID_FIELDS = ProblemType(
    "invalid-fields", "Some fields do not hold what they must.", 422, "`errors` names each field and what is wrong."
)
KEY_REUSED = ProblemType(
    "idempotency-key-reused",
    "That idempotency key was used for another request.",
    422,
    "Use a new key for a new request.",
)
TOO_MANY = ProblemType("too-many-requests", "Too many requests.", 429, "Wait as long as `Retry-After` says.")
INTERNAL = ProblemType("internal", "Something went wrong on the server.", 500, "Try again; report it if it stays.")
UNAVAILABLE = ProblemType(
    "unavailable", "The store cannot be reached.", 503, "Nothing was recorded. Try again after `Retry-After` seconds."
)
TOO_BUSY = ProblemType(
    "too-busy",
    "Other writers won every race.",
    503,
    "Nothing was recorded. Try again after `Retry-After` seconds.",
)
NOT_CAUGHT_UP = ProblemType(
    "not-caught-up",
    "The read models have not reached that position yet.",
    503,
    "Try again after `Retry-After` seconds.",
)
DISK_FULL = ProblemType(
    "disk-full",
    "There is no room left to record anything.",
    507,
    "Nothing was recorded; reading goes on. Make room on the server's disk and try again.",
)
PDF_UNAVAILABLE = ProblemType(
    "pdf-unavailable",
    "This installation cannot make PDF files.",
    503,
    "Install what the detail names: the extra `pdf` and the libraries of the system that it needs.",
)
PRESS_BUSY = ProblemType("press-busy", "Other PDF files are being made.", 503, "Try again after `Retry-After` seconds.")
VERSION_CONFLICT = ProblemType(
    "version-conflict",
    "What was to be changed has another version than expected.",
    412,
    "Read it again (`version` is the current one) and decide anew.",
)
SETTING_FIXED = ProblemType(
    "setting-fixed",
    "The environment of the server fixes this setting.",
    409,
    "Change the environment variable that the detail names and restart the server, or leave the setting out.",
)
SECRET_SHOWN_ONCE = ProblemType(
    "secret-shown-once",
    "A secret is told only to who made it, signed in as then, as long as it opens something.",
    409,
    "Make another one.",
)
KEY_REVOKED = ProblemType("key-revoked", "That key was revoked.", 409, "Make another key.")
EMAIL_TAKEN = ProblemType("email-taken", "Somebody signs in with that address already.", 409, "Take another address.")
ALREADY_A_USER = ProblemType("already-a-user", "That person signs in already.", 409, "Change the user instead.")
USER_DISABLED = ProblemType("user-disabled", "That user is disabled.", 409, "Let them in again first.")
LAST_ADMIN = ProblemType(
    "last-admin",
    "Nobody would be left who may do everything.",
    409,
    "Make somebody else an active admin of all clients first.",
)
BEYOND_THE_LOG = ProblemType(
    "beyond-the-log",
    "The log has not reached that position.",
    409,
    "Follow it from a position that this log has given out, or from the beginning.",
)
REF_CHANGED = ProblemType(
    "import-ref-changed",
    "A line with that ref was imported before and said something else.",
    409,
    "Correct or retract what was imported; a line is not edited.",
)
IMPORT_REFUSED = ProblemType(
    "import-refused", "Lines of the import were refused.", 422, "`rows` names the lines; nothing was recorded."
)
IMPORT_UNFITTING = ProblemType(
    "import-unfitting",
    "Lines of the import do not fit the record.",
    409,
    "`rows` names the lines; nothing was recorded.",
)

GENERAL = (
    MALFORMED,
    UNAUTHENTICATED,
    FORBIDDEN,
    CROSS_SITE,
    NOT_FOUND,
    UNKNOWN_PERSON,
    UNKNOWN_KEY,
    UNKNOWN_USER,
    UNKNOWN_SESSION,
    UNKNOWN_VIEW,
    UNKNOWN_SHARE_LINK,
    UNKNOWN_IMPORT,
    UNKNOWN_FRAMEWORK,
    METHOD_NOT_ALLOWED,
    VERSION_CONFLICT,
    BODY_TOO_SLOW,
    BODY_TOO_LARGE,
    UNSUPPORTED_TYPE,
    INVALID_FIELDS,
    KEY_REUSED,
    SETTING_FIXED,
    SECRET_SHOWN_ONCE,
    KEY_REVOKED,
    EMAIL_TAKEN,
    ALREADY_A_USER,
    USER_DISABLED,
    LAST_ADMIN,
    BEYOND_THE_LOG,
    REF_CHANGED,
    IMPORT_REFUSED,
    IMPORT_UNFITTING,
    TOO_MANY,
    INTERNAL,
    UNAVAILABLE,
    TOO_BUSY,
    NOT_CAUGHT_UP,
    PDF_UNAVAILABLE,
    PRESS_BUSY,
    DISK_FULL,
)


def refusal_type(refusal: type[Refusal]) -> ProblemType:
    """The problem that a refusal's word amounts to: 404 for what is unknown, otherwise 409."""
    if issubclass(refusal, InvalidField):
        return INVALID_FIELDS
    if issubclass(refusal, VersionConflict):
        return VERSION_CONFLICT
    title = (refusal.__doc__ or "").strip().splitlines()[0]
    return ProblemType(kebab(refusal.__name__), title, 404 if issubclass(refusal, Unknown) else 409)


def problem_of(refusal: Refusal) -> Problem:
    """A refusal of the domain as an answer."""
    kind = refusal_type(type(refusal))
    match refusal:
        case InvalidField(field=field, message=message):
            return invalid((field, message), milestone=refusal.milestone)
        case VersionConflict(version=version):
            return Problem(kind, refusal.detail, version=version)
        case Unknown():
            # The title alone: what is foreign and what never was must read the same.
            return Problem(kind)
        case _:
            milestone = None if refusal.is_new else refusal.milestone
            return Problem(kind, refusal.detail, milestone=milestone, about=refusal.about)


def too_busy(_: TooBusy) -> Problem:
    """Every race was lost."""
    return Problem(TOO_BUSY, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def invalid(*errors: tuple[str, str], milestone: UUID | None = None) -> Problem:
    """The 422 that names each field and what is wrong with it."""
    return Problem(
        INVALID_FIELDS, "; ".join(f"{field}: {text}" for field, text in errors), errors=errors, milestone=milestone
    )


def refusals() -> Iterator[type[Refusal]]:
    """Every word of refusal that can reach a client, the general ones left out."""
    for name in sorted(vars(errors)):
        found = getattr(errors, name)
        if (
            isinstance(found, type)
            and issubclass(found, Refusal)
            and found not in (Refusal, errors.Unknown, errors.Unfitting, InvalidField)
        ):
            yield found


def problem_types() -> Mapping[str, ProblemType]:
    """Every type of problem by its slug, as `/problems/...` documents them."""
    kinds = (*GENERAL, *(refusal_type(refusal) for refusal in refusals()))
    return {kind.slug: kind for kind in kinds}


def kebab(name: str) -> str:
    """A class name as a slug: `AlreadySplit` is `already-split`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
