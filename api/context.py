"""What every route of one running application shares: the log, the views, the firm, the clock."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from threading import Event, Lock
from typing import Annotated, Any
from uuid import UUID, uuid4

from eventsourcing.application import AggregateNotFoundError
from fastapi import Depends
from sqlalchemy import Connection
from starlette.requests import Request

from api.kept.firm_settings import EffectiveSettings, FirmSettings
from api.kept.keys import Key, note_uses
from api.kept.secrets import new_key
from api.kept.share_links import ShareUses
from api.remembering import Remembered
from api.shapes.firm import day_in
from api.single_sign_on import Provider
from domain.client import Slug, is_uuid, slug_id
from domain.errors import UnknownClient
from projections.log import Log
from projections.views import Views


def now_utc() -> datetime:
    """The clock of the machine."""
    return datetime.now(UTC)


@dataclass(slots=True)
class KeyUses:
    """When keys were last used, noted in memory and written now and then: reading costs no write."""

    _uses: dict[UUID, datetime] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def note(self, key_id: UUID, at: datetime) -> None:
        """The key was used just now."""
        with self._lock:
            self._uses[key_id] = at

    def flush(self, log: Log) -> None:
        """Write what was noted; when that fails it is noted still."""
        with self._lock:
            uses = dict(self._uses)
        if not uses:
            return

        def write(connection: Connection) -> None:
            note_uses(connection, uses)

        log.write(write)
        with self._lock:
            for key_id, at in uses.items():
                if self._uses.get(key_id) == at:
                    del self._uses[key_id]


@dataclass(frozen=True, slots=True)
class AppContext:
    """One running application."""

    log: Log
    views: Views
    firm_settings: EffectiveSettings = field(default_factory=EffectiveSettings)
    metrics_are_public: bool = False
    clock: Callable[[], datetime] = now_utc
    new_id: Callable[[], UUID] = uuid4
    key_uses: KeyUses = field(default_factory=KeyUses)
    provider: Provider | None = None
    """Who signs people on besides ourselves; null: nobody."""
    share_uses: ShareUses = field(default_factory=ShareUses)
    keys_read: Remembered[bytes, Key] = field(default_factory=Remembered, repr=False)
    """Keys by the hash of their secret, valid or not."""
    people_read: Remembered[UUID, bool] = field(default_factory=Remembered, repr=False)
    """That somebody is known, and not erased."""
    names_read: Remembered[UUID, str] = field(default_factory=Remembered, repr=False)
    """What people are called."""
    pages_read: Remembered[Hashable, Any] = field(default_factory=lambda: Remembered(most=50), repr=False)
    """What pages have read of what was recorded, by what they had asked."""
    closing: Event = field(default_factory=Event)
    owner_secret: str = field(default_factory=new_key, repr=False)
    """What the owner of the store asks this one application with, while it runs."""

    def __post_init__(self) -> None:
        """Let the domain know the firm's date: it refuses hours of months that lie ahead."""
        self.log.engagements.today = self.today

    def is_closing(self) -> bool:
        """Whether the application is about to stop, so that nothing should be begun that lasts."""
        return self.closing.is_set()

    def now(self) -> datetime:
        """The instant it is (UTC)."""
        return self.clock()

    @property
    def firm(self) -> FirmSettings:
        """The firm's settings as they hold."""
        return self.firm_settings.current

    @property
    def fiscal_year_start_month(self) -> int:
        """The month in which the firm's fiscal year starts."""
        return self.firm.fiscal_year_start_month

    def refresh_settings(self) -> None:
        """Read the firm's settings again from the store."""
        with self.log.engine.connect() as connection:
            self.firm_settings.refresh(connection)

    def today(self) -> date:
        """The date in the firm's time zone: plans become fact at its midnight."""
        return self.day_of(self.clock())

    def day_of(self, instant: datetime) -> date:
        """The date of an instant in the firm's time zone."""
        return day_in(instant, self.firm.zone)

    def client_id(self, text: str) -> UUID:
        """The id that an id or a slug stands for; raises `UnknownClient` for a slug nobody has."""
        if is_uuid(text):
            return UUID(text)
        try:
            slug: object = self.log.engagements.repository.get(slug_id(text))
        except AggregateNotFoundError:
            raise UnknownClient from None
        if not isinstance(slug, Slug):
            raise UnknownClient
        return slug.client


def app_context(request: Request) -> AppContext:
    """The application that a request is made of."""
    context: AppContext = request.app.state.context
    return context


async def _app_context_dep(request: Request) -> AppContext:
    # A dependency that only looks something up costs less in the event loop than its way into a thread and back.
    return app_context(request)


AppContextDep = Annotated[AppContext, Depends(_app_context_dep)]
