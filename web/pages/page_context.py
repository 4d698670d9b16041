"""A visit: who looks at a page, the door to what they may see, and how a page is painted for them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends
from sqlalchemy import Connection
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.auth.access import Admin, Caller, Governor, Recorder, SignedIn, Viewer, WholeRecorder
from api.context import AppContext, AppContextDep
from api.http.problems import MALFORMED, Problem, invalid
from api.queries import QueryContext
from api.state.people import names_of
from api.state.roles import Role
from api.state.saved_views import SavedView, list_views
from domain.text import is_storable, key_of_name
from projections.snapshot import Snapshot
from web.charts.render import environment
from web.form_fields import Typed
from web.kinds.page import UNNAMED, Naming
from web.pages.flash import Done, done_in, forget, remember
from web.pages.navigation import navigation_with

THEMES = ("light", "dark")
MOST_FIELDS = 500
MOST_VIEWS = 200


@dataclass(frozen=True)
class PageContext:
    """One request for a page, by a caller with access to it."""

    request: Request
    context: AppContext
    caller: Caller

    @cached_property
    def done(self) -> Done | None:
        """What this browser has just done; the page says so, once."""
        return done_in(self.request)

    @cached_property
    def position(self) -> int:
        """The last position of the log when the visit began: what is recorded later is new to the page."""
        return self.context.log.head()

    @cached_property
    def reader(self) -> QueryContext:
        """The reader behind the visit: it sees at least what the visitor has just written."""
        return QueryContext(self.context, self.caller, self.done.position if self.done else None)

    @property
    def visible(self) -> frozenset[UUID] | None:
        """The clients the visitor may see; null means all."""
        return self.caller.visible

    @property
    def may_record(self) -> bool:
        """Whether forms are shown."""
        return self.caller.may(Role.RECORDER)

    @property
    def may_register(self) -> bool:
        """Whether clients are made by the visitor: one who is limited to some would not see what they made."""
        return self.may_record and self.visible is None

    @property
    def is_admin(self) -> bool:
        """Whether settings are shown."""
        return self.caller.may(Role.ADMIN)

    @cached_property
    def saved_views(self) -> Sequence[SavedView]:
        """The views that the visitor has: the firm's first, each by name."""
        with self.reader.state() as connection:
            found = list_views(connection, self.caller.id, with_shared=self.visible is None, limit=MOST_VIEWS)
        return sorted(found, key=lambda view: (not view.is_shared, key_of_name(view.name), view.id))

    @contextmanager
    def views(self) -> Iterator[Connection]:
        """The read models."""
        with self.snapshot() as snapshot:
            yield snapshot.connection

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """The same as a snapshot, which reports take."""
        _ = self.position
        with self.reader.snapshot() as snapshot:
            yield snapshot

    def naming(self, people: Collection[UUID], asked_of: Collection[UUID] = ()) -> Naming:
        """What these people are called, and those whom the visitor asks of, as far as these exist for them."""
        if asked_of:
            people = {*people, *self.reader.visible_people(asked_of)}
        if not people:
            return lambda person: UNNAMED
        cache, version = self.context.name_cache, self.context.log.state_version()
        names = {person: name for person in people if (name := cache.get(version, person)) is not None}
        if asked := [person for person in people if person not in names]:
            with self.reader.state() as connection:
                read = names_of(connection, asked)
            for person, name in read.items():
                cache.put(version, person, name)
            names.update(read)
        return lambda person: names.get(person, UNNAMED)

    def page(self, template: str, title: str, *, here: str = "", status: int = 200, **context: Any) -> HTMLResponse:
        """A page of the application."""
        done = self.done
        context.setdefault("notices", (done.notice,) if done else ())
        html = (
            environment()
            .get_template(f"pages/{template}.html")
            .render(
                title=title,
                here=here,
                user=self.caller.name,
                may_record=self.may_record,
                is_admin=self.is_admin,
                today=self.context.today(),
                position=self.position,
                navigation=navigation_with((view.name, view.url) for view in self.saved_views),
                **worn(self.request),
                **context,
            )
        )
        response = HTMLResponse(html, status)
        if done:
            forget(response)
        return response

    def go(self, path: str, done: Done | None = None) -> Response:
        """On to another page after a form, which says there what was done."""
        response = RedirectResponse(path, 303)
        if done:
            remember(self.request, response, done)
        return response


def worn(request: Request) -> Mapping[str, Any]:
    """The theme and the habits that this browser remembers."""
    theme = request.cookies.get("seatline_theme", "")
    return {
        "theme": theme if theme in THEMES else "",
        "single_keys": request.cookies.get("seatline_keys") != "off",
    }


async def as_viewer(request: Request, context: AppContextDep, caller: Viewer) -> PageContext:
    """The dependency of pages that everybody may see who is signed in."""
    return PageContext(request, context, caller)


async def as_oneself(request: Request, context: AppContextDep, caller: SignedIn) -> PageContext:
    """The dependency of pages about what is one's own."""
    return PageContext(request, context, caller)


async def as_recorder(request: Request, context: AppContextDep, caller: Recorder) -> PageContext:
    """The dependency of pages that record."""
    return PageContext(request, context, caller)


async def as_recorder_of_all(request: Request, context: AppContextDep, caller: WholeRecorder) -> PageContext:
    """The dependency of pages that make what concerns all clients."""
    return PageContext(request, context, caller)


async def as_admin(request: Request, context: AppContextDep, caller: Admin) -> PageContext:
    """The dependency of pages that administer."""
    return PageContext(request, context, caller)


async def as_governor(request: Request, context: AppContextDep, caller: Governor) -> PageContext:
    """The dependency of pages that administer what concerns the whole firm."""
    return PageContext(request, context, caller)


async def typed(request: Request) -> Typed:
    """The dependency that reads a posted form.

    Raises `Problem` 422 naming the fields that hold what no text may hold, 400 for what no browser sends.
    """
    try:
        form = await request.form(max_files=0, max_fields=MOST_FIELDS)
    except ClientDisconnect:  # a page asks anew before it was answered: nobody waits for this answer any more
        raise Problem(MALFORMED, "The form was only partly received. Send it again.") from None
    pairs = [(name, text) for name, text in form.multi_items() if isinstance(text, str)]
    if not all(is_storable(name) for name, _ in pairs):
        raise Problem(MALFORMED, "The name of a field has a character that cannot be stored.")
    if unstorable := [name for name, text in pairs if not is_storable(text)]:
        raise invalid(*((name, "has a character that cannot be stored; enter the text again") for name in unstorable))
    return Typed((name, text.replace("\r\n", "\n")) for name, text in pairs)


Visiting = Annotated[PageContext, Depends(as_viewer)]
Owning = Annotated[PageContext, Depends(as_oneself)]
Recording = Annotated[PageContext, Depends(as_recorder)]
RecordingWhole = Annotated[PageContext, Depends(as_recorder_of_all)]
Administering = Annotated[PageContext, Depends(as_admin)]
Governing = Annotated[PageContext, Depends(as_governor)]
Form = Annotated[Typed, Depends(typed)]
