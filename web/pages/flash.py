"""Flash messages: what a browser has just done, carried over a redirect as a keyword and a log position."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from web.components import Link, Notice
from web.pages.urls import is_own_path, milestone_address

COOKIE = "seatline_done"
LASTS_SECONDS = 60
_LONGEST_UNDO = 2000
_COOKIE_VALUE = re.compile(
    rf"([a-z-]{{1,30}})\.(\d{{0,16}})\.((?:[0-9a-f-]{{36}}_?){{0,2}})(?:\.([\w-]{{1,{_LONGEST_UNDO}}}))?",
    re.ASCII,
)

MESSAGES: Mapping[str, str] = {
    "logged": "The milestone is recorded.",
    "corrected": "The correction is recorded. The earlier version is kept.",
    "retracted": "The milestone is retracted. Its versions are kept.",
    "client-registered": "The client is registered. Open an engagement to begin its timeline.",
    "profile-changed": "The profile is saved.",
    "engagement-opened": "The engagement is open. Log the first structure next.",
    "engagement-recorded": "The engagement is recorded with its close.",
    "engagement-retracted": "The engagement is retracted. Its history is kept.",
    "client-retracted": "The client is retracted. Its history is kept.",
    "person-added": "The person is added.",
    "person-erased": "The person is erased. The history now shows “erased person”.",
    "person-changed": "The person is saved.",
    "key-revoked": "The key is revoked.",
    "name-changed": "Your name is saved.",
    "password-chosen": "The password is saved. You are signed out in every other browser.",
    "session-ended": "That browser is signed out.",
    "sessions-ended": "The browsers are signed out.",
    "user-changed": "The user is saved. The change applies immediately.",
    "user-disabled": "The user is disabled and signed out everywhere.",
    "user-enabled": "The user can sign in again.",
    "user-removed": "The user is removed. The person is kept.",
    "view-saved": "The view is saved.",
    "view-forgotten": "The view is deleted.",
    "webhook-tested": "The test is being sent. Reload the page to see the result.",
    "webhook-sent-again": "The event is being sent again. Reload the page to see the result.",
    "webhook-changed": "The webhook is changed.",
    "webhook-enabled": "The webhook is enabled. It resumes where it stopped.",
    "webhook-disabled": "The webhook is disabled. Nothing is sent until you enable it.",
    "webhook-deleted": "The webhook is deleted.",
    "link-revoked": "The link is revoked.",
    "firm-settings": "The firm's settings are saved.",
    "thresholds": "The thresholds are saved.",
    "import-recorded": "The import is recorded. It can be undone on this page.",
    "import-undone": "The import is undone. What was known until then is kept.",
    "appearance": "The appearance is saved.",
}
"""The text of each message, by keyword."""


@dataclass(frozen=True, slots=True)
class Flash:
    """A flash message: its keyword, the log position it waits for (null: none), and the milestone it links to.

    `undo` is the page that undoes anything else, filled in.
    """

    word: str
    position: int | None = None
    engagement: UUID | None = None
    milestone: UUID | None = None
    undo: str = ""

    @property
    def notice(self) -> Notice:
        """The message as a notice; it leads to the form that undoes what was done, if there is one."""
        undo = Link("Undo", self.undo) if self.undo else None
        if self.engagement and self.milestone:
            undo = Link("Undo", milestone_address(self.engagement, self.milestone) + "/undo")
        return Notice(MESSAGES[self.word], "good", undo)


def set_flash(request: Request, response: Response, flash: Flash) -> None:
    """Set the cookie with a flash message on a redirect."""
    subjects = "_".join(str(subject) for subject in (flash.engagement, flash.milestone) if subject)
    value = f"{flash.word}.{'' if flash.position is None else flash.position}.{subjects}"
    undo = urlsafe_b64encode(flash.undo.encode()).decode().rstrip("=")
    if undo and len(undo) <= _LONGEST_UNDO:
        value += f".{undo}"
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, value, LASTS_SECONDS, path="/", secure=secure, httponly=True, samesite="lax")


def flash_of(request: Request) -> Flash | None:
    """The flash message in a request's cookie; null when missing or not valid."""
    match = _COOKIE_VALUE.fullmatch(request.cookies.get(COOKIE, ""))
    if match is None or match[1] not in MESSAGES:
        return None
    try:
        subjects = [UUID(subject) for subject in match[3].split("_") if subject]
        undo = urlsafe_b64decode((match[4] or "") + "=" * (-len(match[4] or "") % 4)).decode()
    except ValueError:
        return None
    engagement, milestone = subjects if len(subjects) == 2 else (None, None)
    position = int(match[2]) if match[2] else None
    return Flash(match[1], position, engagement, milestone, undo if is_own_path(undo) else "")


def clear_flash(response: Response) -> None:
    """Delete the cookie once the message is shown."""
    response.delete_cookie(COOKIE, path="/")
