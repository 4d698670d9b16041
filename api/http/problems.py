"""Problem details (RFC 9457): maps domain refusals and failures to problem types, titles and statuses."""

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
    """A problem type: the last part of its URI, its title, its HTTP status and advice for clients."""

    slug: str
    title: str
    status: int
    advice: str = ""

    @property
    def uri(self) -> str:
        """The stable relative URI at which the type is documented."""
        return f"/problems/{self.slug}"


class Problem(HTTPException):
    """An error response. Can be raised anywhere below a route."""

    def __init__(
        self,
        kind: ProblemType,
        detail: str = "",
        *,
        errors: Sequence[tuple[str, str]] = (),
        milestone: UUID | None = None,
        version: int | None = None,
        about: str = "",
        event: Mapping[str, Any] | None = None,
        row: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`errors` are pairs of a dotted field and a message; `version` is the current version of the stream.

        `event` and `row` name the stored event or row that stands in the way. `about` names the milestone that the
        detail is about, for pages that show nothing else of it.
        """
        super().__init__(kind.status, detail or kind.title, dict(headers) if headers else None)
        self.kind = kind
        self.errors = tuple(errors)
        self.milestone = milestone
        self.version = version
        self.about = about
        self.event = event
        self.row = row

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
        members |= {name: dict(what) for name, what in (("event", self.event), ("row", self.row)) if what is not None}
        return members

    def encoded(self) -> bytes:
        """The problem document as JSON bytes."""
        return json.dumps(self.body(), ensure_ascii=False, separators=(",", ":")).encode()

    def response(self) -> Response:
        """The problem as an HTTP response."""
        return Response(self.encoded(), self.status_code, self.headers, MEDIA_TYPE)


MALFORMED = ProblemType("malformed", "The request could not be read.", 400, "Send well-formed JSON and headers.")
UNAUTHENTICATED = ProblemType(
    "unauthenticated", "Authentication is required.", 401, "Send `Authorization: Bearer <api key>`, or sign in."
)
FORBIDDEN = ProblemType(
    "forbidden", "The caller is not allowed to do this.", 403, "Ask an admin for a role with more rights."
)
CROSS_SITE = ProblemType(
    "cross-site-write", "Requests from other sites may not change anything.", 403, "Use the application's own pages."
)
NOT_FOUND = ProblemType("not-found", "Not found.", 404, "It may exist without being visible to the caller.")
UNKNOWN_PERSON = ProblemType("unknown-person", "There is no such person.", 404)
UNKNOWN_KEY = ProblemType("unknown-key", "There is no such key.", 404)
UNKNOWN_USER = ProblemType("unknown-user", "There is no such user.", 404)
UNKNOWN_SESSION = ProblemType("unknown-session", "There is no such session.", 404)
UNKNOWN_VIEW = ProblemType("unknown-view", "There is no such view.", 404)
UNKNOWN_SHARE_LINK = ProblemType("unknown-share-link", "There is no such share link.", 404)
UNKNOWN_CALENDAR_LINK = ProblemType("unknown-calendar-link", "There is no such calendar link.", 404)
UNKNOWN_WEBHOOK = ProblemType("unknown-webhook", "There is no such webhook.", 404)
UNKNOWN_DELIVERY = ProblemType("unknown-delivery", "There is no such delivery.", 404)
UNKNOWN_IMPORT = ProblemType("unknown-import", "There is no such import.", 404)
UNKNOWN_MAPPING = ProblemType("unknown-mapping", "There is no such remembered mapping.", 404)
UNKNOWN_FRAMEWORK = ProblemType("unknown-framework", "There is no such framework.", 404)
UNKNOWN_SIGN = ProblemType("unknown-sign", "There is no such warning sign.", 404)
METHOD_NOT_ALLOWED = ProblemType(
    "method-not-allowed",
    "This endpoint does not support the method.",
    405,
    "The `Allow` header lists the supported methods.",
)
BODY_TOO_SLOW = ProblemType(
    "body-too-slow", "The body did not arrive in time.", 408, "Send the whole body without pauses."
)
BODY_TOO_LARGE = ProblemType("body-too-large", "The body is too large.", 413, "Send a smaller body.")
UNSUPPORTED_TYPE = ProblemType(
    "unsupported-media-type", "The content type of the body is not supported.", 415, "Send a documented content type."
)
INVALID_FIELDS = ProblemType(
    "invalid-fields", "Some fields are not valid.", 422, "`errors` names each field and what is wrong."
)
KEY_REUSED = ProblemType(
    "idempotency-key-reused",
    "The idempotency key was used for a different request.",
    422,
    "Use a new key for a new request.",
)
TOO_MANY = ProblemType("too-many-requests", "Too many requests.", 429, "Wait as long as `Retry-After` says.")
INTERNAL = ProblemType("internal", "Something went wrong on the server.", 500, "Try again; report it if it persists.")
UNAVAILABLE = ProblemType(
    "unavailable", "The store cannot be reached.", 503, "Nothing was recorded. Try again after `Retry-After` seconds."
)
TOO_BUSY = ProblemType(
    "too-busy",
    "Too many concurrent changes.",
    503,
    "Nothing was recorded. Try again after `Retry-After` seconds.",
)
NOT_CAUGHT_UP = ProblemType(
    "not-caught-up",
    "The read models have not reached that position yet.",
    503,
    "Try again after `Retry-After` seconds.",
)
EVENT_UNREADABLE = ProblemType(
    "event-unreadable", "A stored event cannot be read.", 503, "`event` names it. All other clients go on."
)
ROW_UNREADABLE = ProblemType("row-unreadable", "A stored row cannot be read.", 503, "`row` names it. All others can.")
READ_ONLY = ProblemType(
    "read-only",
    "This server is read-only.",
    403,
    "Nothing was recorded; reading works. Use the server that takes changes, or start this one without `--read-only`.",
)
PRESENTING = ProblemType(
    "presenter-mode",
    "Presenter mode is on.",
    403,
    "It hides names and amounts in this browser. Turn it off to record something or to see fees.",
)
DISK_FULL = ProblemType(
    "disk-full",
    "The server's disk is full.",
    507,
    "Nothing was recorded; reading still works. Free space on the server's disk and try again.",
)
CLOCK_AHEAD = ProblemType(
    "clock-ahead",
    "The server's clock has jumped ahead.",
    503,
    "Nothing was recorded; reading still works. Set the server's clock right. If it is right now, restart the server.",
)
PDF_UNAVAILABLE = ProblemType(
    "pdf-unavailable",
    "This installation cannot make PDF files.",
    503,
    "Install what the detail names: the extra `pdf` and the system libraries it needs.",
)
PRESS_BUSY = ProblemType("press-busy", "Other PDF files are being made.", 503, "Try again after `Retry-After` seconds.")
VERSION_CONFLICT = ProblemType(
    "version-conflict",
    "The resource has another version than expected.",
    412,
    "Fetch it again (`version` is the current one) and repeat the change.",
)
SETTING_FIXED = ProblemType(
    "setting-fixed",
    "This setting is fixed by the server's environment.",
    409,
    "Change the environment variable in the detail and restart the server, or leave the setting out.",
)
SECRET_SHOWN_ONCE = ProblemType(
    "secret-shown-once",
    "The secret can only be returned to its creator, with the same credential, while it is valid.",
    409,
    "Create another one.",
)
KEY_REVOKED = ProblemType("key-revoked", "The API key was revoked.", 409, "Create another key.")
WEBHOOK_DISABLED = ProblemType(
    "webhook-disabled", "The webhook is disabled.", 409, "Enable the webhook first; it resumes where it stopped."
)
WEBHOOK_MAKER_WITHOUT_ACCESS = ProblemType(
    "webhook-maker-without-access",
    "The key or the user who made the webhook is no longer an active admin.",
    409,
    "Create another webhook, or restore the access of its maker.",
)
TOO_MANY_WEBHOOKS = ProblemType(
    "too-many-webhooks", "There are too many webhooks.", 409, "Delete webhooks that are not used any more."
)
EMAIL_TAKEN = ProblemType("email-taken", "Another user already has this email address.", 409, "Use another address.")
ALREADY_A_USER = ProblemType("already-a-user", "This person is already a user.", 409, "Change the user instead.")
USER_DISABLED = ProblemType("user-disabled", "The user is disabled.", 409, "Enable the user first.")
LAST_ADMIN = ProblemType(
    "last-admin",
    "At least one active admin with access to all clients must remain.",
    409,
    "Make another user an active admin with access to all clients first.",
)
BEYOND_THE_LOG = ProblemType(
    "beyond-the-log",
    "The log has not reached that position.",
    409,
    "Use a position that this log returned, or start from the beginning.",
)
REF_CHANGED = ProblemType(
    "import-ref-changed",
    "A line with this ref was imported before with other content.",
    409,
    "Correct or retract the imported record; an imported line cannot be edited.",
)
IMPORT_REFUSED = ProblemType(
    "import-refused", "Some lines of the import are not valid.", 422, "`rows` names the lines; nothing was recorded."
)
IMPORT_UNFITTING = ProblemType(
    "import-unfitting",
    "Some lines of the import conflict with the record.",
    409,
    "`rows` names the lines; nothing was recorded.",
)
IMPORT_INTERRUPTED = ProblemType(
    "import-interrupted",
    "The server stopped before the import was recorded.",
    503,
    "Nothing was recorded. Import the file again.",
)
IMPORTS_BUSY = ProblemType(
    "imports-busy",
    "Several imports are being recorded already.",
    503,
    "Try again after `Retry-After` seconds.",
)
IMPORT_UNDONE = ProblemType(
    "import-undone", "The import was undone before.", 409, "Import the file again to record it."
)
IMPORT_TOO_EARLY = ProblemType(
    "import-too-early",
    "The import was made by a version that did not store what it recorded.",
    409,
    "Retract what it recorded, one by one.",
)
IMPORT_IN_USE = ProblemType(
    "import-in-use",
    "What the import recorded was changed or built on since.",
    409,
    "`errors` names what stands in the way; nothing was retracted. Take that back first.",
)

GENERAL = tuple(kind for kind in tuple(globals().values()) if isinstance(kind, ProblemType))
"""The types above: all that are not refusals of the domain."""


def refusal_type(refusal: type[Refusal]) -> ProblemType:
    """The problem type of a refusal: 404 for unknown things, otherwise 409."""
    if issubclass(refusal, InvalidField):
        return INVALID_FIELDS
    if issubclass(refusal, VersionConflict):
        return VERSION_CONFLICT
    title = (refusal.__doc__ or "").strip().splitlines()[0]
    return ProblemType(kebab(refusal.__name__), title, 404 if issubclass(refusal, Unknown) else 409)


def problem_of(refusal: Refusal) -> Problem:
    """A domain refusal as a problem."""
    kind = refusal_type(type(refusal))
    match refusal:
        case InvalidField(field=field, message=message):
            return invalid((field, message), milestone=refusal.milestone)
        case VersionConflict(version=version):
            return Problem(kind, refusal.detail, version=version)
        case Unknown():
            # Without a detail: an existing but invisible resource must look the same as a missing one.
            return Problem(kind)
        case _:
            milestone = None if refusal.is_new else refusal.milestone
            return Problem(kind, refusal.detail, milestone=milestone, about=refusal.about)


def within_request(refusal: Refusal, path: str) -> Refusal | Problem:
    """A refusal of one of several parts of a request, with the `path` of that part."""
    if isinstance(refusal, InvalidField):
        return InvalidField(f"{path}.{refusal.field}", refusal.message, milestone=refusal.milestone)
    if isinstance(refusal, Unknown):
        return refusal
    problem = problem_of(refusal)
    problem.errors = ((path, problem.detail),)
    return problem


def below(path: str, problem: Problem) -> Problem:
    """A problem of one of several parts of a request, with the `path` of that part before its fields."""
    return invalid(*((f"{path}.{field}", message) for field, message in problem.errors), milestone=problem.milestone)


def too_busy(_: TooBusy) -> Problem:
    """The problem for a write that lost every race against concurrent writes."""
    return Problem(TOO_BUSY, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def invalid(*errors: tuple[str, str], milestone: UUID | None = None) -> Problem:
    """A 422 problem with a message for each invalid field."""
    return Problem(
        INVALID_FIELDS, "; ".join(f"{field}: {text}" for field, text in errors), errors=errors, milestone=milestone
    )


def refusals() -> Iterator[type[Refusal]]:
    """All refusal classes that can reach a client, without the general base classes."""
    for name in sorted(vars(errors)):
        refusal_class = getattr(errors, name)
        if (
            isinstance(refusal_class, type)
            and issubclass(refusal_class, Refusal)
            and refusal_class not in (Refusal, errors.Unknown, errors.Unfitting, InvalidField)
        ):
            yield refusal_class


def problem_types() -> Mapping[str, ProblemType]:
    """All problem types by slug, as documented under `/problems/...`."""
    kinds = (*GENERAL, *(refusal_type(refusal) for refusal in refusals()))
    return {kind.slug: kind for kind in kinds}


def kebab(name: str) -> str:
    """A class name as a slug: `AlreadySplit` becomes `already-split`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
