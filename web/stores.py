"""Opens a firm's stores: the log with the kept state, and the read models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from threading import Event, Thread

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from api.auth.access import THE_OWNER
from api.clock import now_utc
from api.context import AppContext
from api.people.purge import purge_database, purge_folder
from api.state.audit import Act, audit
from api.state.checked_columns import UnreadableState
from api.state.firm_settings import EffectiveSettings
from api.state.migrate import VERSION, is_current, revision_of
from api.state.migrate import migrate as migrate_kept
from api.webhooks.dispatcher import Dispatcher
from projections.log import Log, LogFault, NotMigrated, open_log
from projections.log import migrate as migrate_log
from projections.reports.catalog import judgements
from projections.views import open_views
from web.settings import Settings

USES_SAVED_EVERY_SECONDS = 60.0
WRITES_TRIED_EVERY_SECONDS = 2.0
SETTINGS_READ_EVERY_SECONDS = 1.0
IMPORTS_STORED_EVERY_SECONDS = 2.0
STATE_WATCHED_EVERY_SECONDS = 1.0


@contextmanager
def open_context(settings: Settings, *, follow: bool = False) -> Iterator[AppContext]:
    """Open the stores at this program's version; they are closed at the end.

    `follow` keeps the read models close to the log in the background. Raises `FolderInUse` and `LogUnavailable`.
    """
    with _open_log(settings) as log:
        migrate_state(log)
        if isinstance(settings.store, str):
            purge_database(log)
        views = open_views(settings.store, log, columns_from_clients=settings.columns_from_clients)
        try:
            context = AppContext(
                log,
                views,
                firm_settings=EffectiveSettings(settings.fixed),
                metrics_are_public=settings.public_metrics,
                is_read_only=settings.read_only,
                webhooks_allow_private=settings.webhooks_allow_private,
                provider=settings.provider,
            )
            context.refresh_settings()
            if follow:
                views.follow(lambda: judgements(context.thresholds))
            with _following(context) if follow else nullcontext():
                try:
                    yield context
                finally:
                    context.import_runs.stop()
            with suppress(LogFault):  # times of last use are not worth failing the shutdown
                _save_uses(context)
        finally:
            views.close()


@contextmanager
def _following(context: AppContext) -> Iterator[None]:
    """Run the periodic background tasks."""

    def try_writing() -> None:  # after a failure, so that `/readyz` notices the recovery without a caller's change
        if context.log.writing_fault() is not None:
            context.log.try_writing()

    stopped, dispatcher = Event(), Dispatcher(context)
    threads: tuple[Thread, ...] = (
        Thread(name="webhooks", target=dispatcher.run, daemon=True),
        Thread(
            name="key uses",
            target=_repeat,
            args=(partial(_save_uses, context), USES_SAVED_EVERY_SECONDS, stopped),
            daemon=True,
        ),
        Thread(
            name="state watch",
            target=_repeat,
            args=(context.watch_state, STATE_WATCHED_EVERY_SECONDS, stopped),
            daemon=True,
        ),
        Thread(
            name="write probe", target=_repeat, args=(try_writing, WRITES_TRIED_EVERY_SECONDS, stopped), daemon=True
        ),
        Thread(
            name="firm settings",
            target=_repeat,
            args=(context.refresh_settings, SETTINGS_READ_EVERY_SECONDS, stopped),
            daemon=True,
        ),
    )
    if not context.is_read_only:
        beats = (context.import_runs.beat, IMPORTS_STORED_EVERY_SECONDS, stopped)
        threads += (Thread(name="import runs", target=_repeat, args=beats, daemon=True),)
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        dispatcher.stop()
        for thread in threads:
            thread.join()


def _save_uses(context: AppContext) -> None:
    """Write when keys and links were last used."""
    context.key_uses.flush(context.log)
    context.share_uses.flush(context.log)
    context.calendar_uses.flush(context.log)


def _repeat(task: Callable[[], None], seconds: float, stopped: Event) -> None:
    """Run a task periodically, for the first time after the first interval. What fails is tried again the next time."""
    while not stopped.wait(seconds):
        with suppress(LogFault, SQLAlchemyError, UnreadableState):
            task()


def migrate_state(log: Log) -> None:
    """Create or migrate the tables of kept state if they are not at this program's version."""
    with log.engine.connect() as connection:
        current, before = is_current(connection), revision_of(connection)
    if not current:
        log.write(partial(_migrate, before))


def _migrate(before: str | None, connection: Connection) -> None:
    """Migrate the tables, and record that in the audit unless they are new."""
    migrate_kept(connection)
    if before is not None:
        detail = {"from": before, "to": VERSION}
        audit(connection, THE_OWNER, Act.LOG_MIGRATED, at=now_utc(), detail=detail)


def _open_log(settings: Settings) -> Log:
    store, tolerance = settings.store, settings.clock_tolerance
    if isinstance(store, Path):
        purge_folder(store)
        return open_log(store, clock_tolerance=tolerance)
    try:
        return open_log(store, clock_tolerance=tolerance)
    except NotMigrated:
        migrate_log(store)
        return open_log(store, clock_tolerance=tolerance)
