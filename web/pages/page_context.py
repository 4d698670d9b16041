"""The context of a page request: the caller, the queries they may run, and rendering of templates."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.auth.access import Admin, Caller, Governor, Recorder, SignedIn, Viewer, WholeRecorder
from api.context import AppContext, AppContextDep
from api.http.presenter import MASKER
from api.http.problems import MALFORMED, PRESENTING, Problem, invalid
from api.queries import QueryContext
from api.state.people import names_of
from api.state.readable_rows import noted_damage
from api.state.roles import Role
from api.state.saved_views import SavedView, list_views
from domain.text import is_storable, key_of_name
from projections.snapshot import Snapshot
from web.charts.render import environment
from web.form_fields import UNSTORABLE, Typed
from web.kinds.page import UNNAMED, Naming
from web.pages.flash import Flash, clear_flash, flash_of, set_flash
from web.pages.navigation import navigation_with
from web.pages.time_params import Times, quarter_step

THEMES = ("light", "dark")
MOST_FIELDS = 500
_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")
MOST_VIEWS = 200
REFRESH_HEADER = "Seatline-Refresh"


@dataclass(frozen=True)
class PageContext:
    """One request for a page, by a caller with access to it."""

    request: Request
    context: AppContext
    caller: Caller

    @cached_property
    def flash(self) -> Flash | None:
        """The flash message to show; null without one, and when an open page only refreshes itself."""
        return None if self.is_refresh else flash_of(self.request)

    @property
    def is_refresh(self) -> bool:
        """Whether the request is from a page that refreshes itself, not from a person who opens it."""
        return REFRESH_HEADER in self.request.headers

    @cached_property
    def position(self) -> int:
        """The position of the log when the request began; later entries are shown as new."""
        return self.context.log.head()

    @cached_property
    def queries(self) -> QueryContext:
        """Queries with the rights of the caller, at least as recent as the caller's last command."""
        return QueryContext(self.context, self.caller, self.flash.position if self.flash else None)

    @property
    def is_partial(self) -> bool:
        """Whether a script requests a part of the page, for example to update a form during typing."""
        return self.request.headers.get("hx-request") is not None

    @property
    def visible(self) -> frozenset[UUID] | None:
        """The clients the caller may see; null means all."""
        return self.caller.visible

    @property
    def may_record(self) -> bool:
        """Whether forms are shown."""
        return self.caller.may(Role.RECORDER) and not self.context.is_read_only and not self.is_presenting

    @property
    def is_presenting(self) -> bool:
        """Whether this browser hides names and amounts."""
        return MASKER.get() is not None

    @property
    def may_register(self) -> bool:
        """Whether the caller may register clients. Callers limited to some clients would not see the new one."""
        return self.may_record and self.visible is None

    @property
    def is_admin(self) -> bool:
        """Whether settings are shown."""
        return self.caller.may(Role.ADMIN)

    @property
    def governs(self) -> bool:
        """Whether the caller is an admin of all clients; only they manage users and keys, and import."""
        return self.is_admin and self.visible is None

    @cached_property
    def saved_views(self) -> Sequence[SavedView]:
        """The caller's saved views by name, those of the firm first."""
        with self.queries.state() as connection:
            views = list_views(connection, self.caller.id, with_shared=self.visible is None, limit=MOST_VIEWS)
        return sorted(views, key=lambda view: (not view.is_shared, key_of_name(view.name), view.id))

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """A snapshot of the read models. `position` is read before, so that what is newer is shown as new."""
        _ = self.position
        with self.queries.snapshot() as snapshot:
            yield snapshot

    def naming(self, people: Collection[UUID], requested: Collection[UUID] = ()) -> Naming:
        """A lookup of names for `people`, and for those of `requested` (ids from the URL) whom the caller may see."""
        if requested:
            people = {*people, *self.queries.visible_people(requested)}
        if not people:
            return lambda person: UNNAMED
        cache, version = self.context.name_cache, self.context.log.state_version()
        names = {person: name for person in people if (name := cache.get(version, person)) is not None}
        if missing := [person for person in people if person not in names]:
            with self.queries.state() as connection:
                read = names_of(connection, missing)
            for person, name in read.items():
                cache.put(version, person, name)
            names.update(read)
        return lambda person: names.get(person, UNNAMED)

    def render(
        self,
        template: str,
        title: str,
        *,
        here: str = "",
        status: int = 200,
        live: bool | None = None,
        live_for: Sequence[UUID] | None = None,
        **context: Any,
    ) -> HTMLResponse:
        """Render a template of `pages/` with the frame; shows the flash message once.

        A `live` page shows what is recorded while it is open; by default one with times (`at`) that shows what is
        known now. It follows the clients `live_for`, by default its `client`, otherwise all.
        """
        flash = self.flash
        at: Times | None = context.get("at")
        if live is None:
            live = at is not None and at.known_at is None
        if live_for is None:
            live_for = [context["client"].id] if hasattr(context.get("client"), "id") else ()
        context.setdefault("notices", (flash.notice,) if flash else ())
        html = (
            environment()
            .get_template(f"pages/{template}.html")
            .render(
                title=title,
                here=here,
                user=self.caller.name,
                may_record=self.may_record,
                is_admin=self.is_admin,
                is_read_only=self.context.is_read_only,
                is_presenting=self.is_presenting,
                today=self.context.today(),
                live=live,
                live_clients=live_for,
                quarter_steps=self._quarter_links(at, context),
                position=self.position,
                navigation=navigation_with(((view.name, view.url) for view in self.saved_views), governs=self.governs),
                unreadable=noted_damage(),
                **cookie_settings(self.request),
                **context,
            )
        )
        response = HTMLResponse(html, status)
        if flash:
            clear_flash(response)
        return response

    def _quarter_links(self, at: Times | None, context: Mapping[str, Any]) -> Sequence[tuple[str, str, str]]:
        """Key, words and URL of this page at the end of the quarter before and after its as-of day.

        The quarters are those of its client, if it has one. Empty for pages without a day or with links of their own.
        """
        if at is None or "back" in context or "steps" in context:
            return ()
        month = getattr(context.get("client"), "fiscal_year_start_month", None) or self.context.fiscal_year_start_month
        links = []
        steps = (("[", "Previous quarter", -1), ("]", "Next quarter", 1))
        query = [
            (name, text) for name, text in self.request.query_params.multi_items() if name not in ("as_of", "cursor")
        ]
        for key, words, step in steps:
            day = quarter_step(at, step, month)
            if day is not None:
                as_of = [] if day == at.today else [("as_of", day.isoformat())]
                links.append((key, words, f"{self.request.url.path}?{urlencode([*query, *as_of])}"))
        return links

    def redirect(self, path: str, flash: Flash | None = None) -> Response:
        """Redirect after a form (303), with a flash message for the next page."""
        response = RedirectResponse(path, 303)
        if flash:
            set_flash(self.request, response, flash)
        return response


def cookie_settings(request: Request) -> Mapping[str, Any]:
    """The template variables that come from cookies: theme and keyboard shortcuts."""
    theme = request.cookies.get("seatline_theme", "")
    return {
        "theme": theme if theme in THEMES else "",
        "single_keys": request.cookies.get("seatline_keys") != "off",
    }


def check_may_record(context: AppContext) -> None:
    """Refuse (403) forms on a read-only server, and in presenter mode, where they would save what they hide."""
    context.check_writable()
    if MASKER.get() is not None:
        raise Problem(PRESENTING)


async def as_viewer(request: Request, context: AppContextDep, caller: Viewer) -> PageContext:
    """Dependency of pages for viewers and above."""
    return PageContext(request, context, caller)


async def as_signed_in(request: Request, context: AppContextDep, caller: SignedIn) -> PageContext:
    """Dependency of pages about the caller's own account; needs a browser session."""
    return PageContext(request, context, caller)


async def as_recorder(request: Request, context: AppContextDep, caller: Recorder) -> PageContext:
    """Dependency of pages that record milestones; a read-only server and presenter mode have none."""
    check_may_record(context)
    return PageContext(request, context, caller)


async def as_whole_recorder(request: Request, context: AppContextDep, caller: WholeRecorder) -> PageContext:
    """Dependency of pages for recorders of all clients; a read-only server and presenter mode have none."""
    check_may_record(context)
    return PageContext(request, context, caller)


async def as_admin(request: Request, context: AppContextDep, caller: Admin) -> PageContext:
    """Dependency of pages for admins."""
    return PageContext(request, context, caller)


async def as_governor(request: Request, context: AppContextDep, caller: Governor) -> PageContext:
    """Dependency of pages for admins of all clients."""
    return PageContext(request, context, caller)


async def typed(request: Request) -> Typed:
    """Dependency that reads a posted form. Raises `Problem` 400 for a malformed form.

    A text with characters that cannot be stored is refused by `writer_of`, so that its page can show the form again.
    """
    try:
        form = await request.form(max_files=0, max_fields=MOST_FIELDS)
    except ClientDisconnect:  # the browser sent the form again or left
        raise Problem(MALFORMED, "The form was only partly received. Send it again.") from None
    pairs = [(name, text) for name, text in form.multi_items() if isinstance(text, str)]
    if not all(is_storable(name) for name, _ in pairs):
        raise Problem(MALFORMED, "The name of a field has a character that cannot be stored.")
    return Typed((name, _marked(text).replace("\r\n", "\n")) for name, text in pairs)


def _marked(text: str) -> str:
    """The text with `UNSTORABLE` for each character that cannot be stored."""
    return text if is_storable(text) else _NOT_STORABLE.sub(UNSTORABLE, text)


async def storable(request: Request) -> Typed:
    """Dependency that reads a posted form that no command of the API is behind.

    Raises `Problem` 422 naming the fields with characters that cannot be stored, 400 for a malformed form.
    """
    form = await typed(request)
    if unstorable := form.unstorable():
        raise invalid(*unstorable)
    return form


ViewerPage = Annotated[PageContext, Depends(as_viewer)]
OwnPage = Annotated[PageContext, Depends(as_signed_in)]
RecorderPage = Annotated[PageContext, Depends(as_recorder)]
WholeRecorderPage = Annotated[PageContext, Depends(as_whole_recorder)]
AdminPage = Annotated[PageContext, Depends(as_admin)]
GovernorPage = Annotated[PageContext, Depends(as_governor)]
Form = Annotated[Typed, Depends(typed)]
StorableForm = Annotated[Typed, Depends(storable)]
