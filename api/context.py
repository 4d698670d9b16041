"""The context that all routes of a running application share: log, views, settings, clock and caches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import date, datetime
from threading import Event, Lock
from typing import Annotated, Any
from uuid import UUID, uuid4

from eventsourcing.application import AggregateNotFoundError
from fastapi import Depends
from sqlalchemy import Connection
from starlette.requests import Request

from api.auth.single_sign_on import Provider
from api.clock import day_in, now_utc
from api.http.problems import READ_ONLY, Problem
from api.imports.runs import ImportRuns
from api.log_watch import LogWatch
from api.state.firm_settings import EffectiveSettings, FirmSettings
from api.state.keys import Key, note_uses
from api.state.link_uses import LinkUses
from api.state.readable_rows import Damage, note_damage
from api.state.secrets import new_api_key
from api.state.sign_thresholds import StoredThresholds, read_thresholds
from api.state.tables import calendar_links, share_links
from api.state_watch import StateWatch
from api.versioned_cache import VersionedCache
from domain.client import Slug, is_uuid, slug_id
from domain.errors import UnknownClient
from domain.signs.firm_thresholds import DEFAULTS, FirmThresholds
from projections.log import Log
from projections.views import Views


@dataclass(slots=True)
class KeyUses:
    """When API keys were last used: collected in memory and written periodically, so that reads need no write."""

    is_paused: bool = False
    """Whether uses are not collected: a read-only server writes nothing."""
    _uses: dict[UUID, datetime] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def note(self, key_id: UUID, at: datetime) -> None:
        """Note that a key was used at an instant (UTC)."""
        if self.is_paused:
            return
        with self._lock:
            self._uses[key_id] = at

    def flush(self, log: Log) -> None:
        """Write the collected instants; they stay in memory if that fails."""
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


@dataclass(slots=True)
class CurrentThresholds:
    """The thresholds of warning signs that the firm has set, as last read from the store."""

    current: FirmThresholds = DEFAULTS
    unreadable: frozenset[str] = frozenset()
    _stored: StoredThresholds = field(default_factory=StoredThresholds)

    def refresh(self, connection: Connection) -> None:
        """Load what is stored."""
        stored = read_thresholds(connection, self._stored.by_number)
        if stored != self._stored:
            self._stored, self.current, self.unreadable = stored, stored.thresholds(), stored.unreadable


@dataclass(frozen=True, slots=True)
class AppContext:
    """The state of one running application."""

    log: Log
    views: Views
    firm_settings: EffectiveSettings = field(default_factory=EffectiveSettings)
    sign_thresholds: CurrentThresholds = field(default_factory=CurrentThresholds)
    metrics_are_public: bool = False
    is_read_only: bool = False
    """Whether changes are refused. Signing in and out still works."""
    clock: Callable[[], datetime] = now_utc
    new_id: Callable[[], UUID] = uuid4
    key_uses: KeyUses = field(default_factory=KeyUses)
    provider: Provider | None = None
    """The single sign-on provider; null: none."""
    share_uses: LinkUses = field(default_factory=lambda: LinkUses(share_links))
    calendar_uses: LinkUses = field(default_factory=lambda: LinkUses(calendar_links))
    key_cache: VersionedCache[bytes, Key] = field(default_factory=VersionedCache, repr=False)
    """Keys by the hash of their secret, valid or not."""
    person_cache: VersionedCache[UUID, bool] = field(default_factory=VersionedCache, repr=False)
    """Whether a person exists and is not erased, by id."""
    name_cache: VersionedCache[UUID, str] = field(default_factory=VersionedCache, repr=False)
    """Names of people, by id."""
    page_cache: VersionedCache[Hashable, Any] = field(default_factory=lambda: VersionedCache(capacity=50), repr=False)
    """Results of page queries, by query."""
    webhooks_allow_private: bool = False
    """Whether webhooks may be sent to private addresses, and without TLS."""
    webhook_attempts: Counter[str] = field(default_factory=Counter)
    """The number of webhook requests that this process has sent, by result."""
    closing: Event = field(default_factory=Event)
    watch: LogWatch = field(init=False, repr=False)
    """Wakes the streams of open pages."""
    import_runs: ImportRuns = field(init=False, repr=False)
    """Records imports in the background."""
    state_watch: StateWatch = field(init=False, repr=False)
    """Knows the stored rows that cannot be read."""
    owner_secret: str = field(default_factory=new_api_key, repr=False)
    """The bearer token of the local operator, valid while this application runs."""

    def __post_init__(self) -> None:
        """Give the domain the firm's date, to refuse hours of future months; a read-only server counts no uses.

        Nothing is recorded in a stopped stream.
        """
        self.log.engagements.today = self.today
        self.log.engagements.check_streams(lambda stream: self.views.stopped.check(stream))
        object.__setattr__(self, "watch", LogWatch(self.log, self.is_closing))
        object.__setattr__(self, "import_runs", ImportRuns(self.log, self.now, self.is_closing))
        object.__setattr__(self, "state_watch", StateWatch(self.log))
        for uses in (self.key_uses, self.share_uses, self.calendar_uses):
            uses.is_paused = self.is_read_only

    def check_writable(self) -> None:
        """Refuse (403) a change on a read-only server."""
        if self.is_read_only:
            raise Problem(READ_ONLY)

    def is_closing(self) -> bool:
        """Whether the application is shutting down; long work must not start then."""
        return self.closing.is_set()

    def now(self) -> datetime:
        """The current instant (UTC)."""
        return self.clock()

    @property
    def firm(self) -> FirmSettings:
        """The firm's settings in effect. Using them notes those of them that cannot be read."""
        settings = self.firm_settings.current
        if settings.unreadable:
            note_damage(Damage("firm_settings", column) for column in settings.unreadable)
        return settings

    @property
    def fiscal_year_start_month(self) -> int:
        """The month in which the firm's fiscal year starts."""
        return self.firm.fiscal_year_start_month

    @property
    def thresholds(self) -> FirmThresholds:
        """The thresholds of warning signs that the firm has set. Using them notes what of them cannot be read."""
        if self.sign_thresholds.unreadable:
            note_damage(Damage("sign_thresholds", column) for column in self.sign_thresholds.unreadable)
        return self.sign_thresholds.current

    def refresh_settings(self) -> None:
        """Read the firm's settings and thresholds again from the store."""
        with self.log.engine.connect() as connection:
            self.firm_settings.refresh(connection)
            self.sign_thresholds.refresh(connection)

    def watch_state(self) -> None:
        """Look for stored rows that cannot be read; when they changed, forget what was read before."""
        if self.state_watch.tick():
            for cache in (self.key_cache, self.person_cache, self.name_cache, self.page_cache):
                cache.clear()

    def today(self) -> date:
        """The date in the firm's time zone; plans take effect at its midnight."""
        return self.day_of(self.clock())

    def day_of(self, instant: datetime) -> date:
        """The date of an instant in the firm's time zone."""
        return day_in(instant, self.firm.zone)

    def client_id(self, text: str) -> UUID:
        """The client id for an id or a slug; raises `UnknownClient` for a slug that is not in use."""
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
    """The context of the application that serves a request."""
    context: AppContext = request.app.state.context
    return context


async def _app_context_dep(request: Request) -> AppContext:
    # Async, because a call in the event loop is cheaper than switching to a thread.
    return app_context(request)


AppContextDep = Annotated[AppContext, Depends(_app_context_dep)]
