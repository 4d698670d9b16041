"""Opening a firm's stores: the log, the state kept beside it, and the views that follow both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from threading import Event, Thread

from sqlalchemy.exc import SQLAlchemyError

from api.context import AppContext
from api.people.purge import purge_database, purge_folder
from api.state.firm_settings import EffectiveSettings
from api.state.migrate import is_current
from api.state.migrate import migrate as migrate_kept
from projections.log import DiskFull, Log, LogFault, NotMigrated, open_log
from projections.log import migrate as migrate_log
from projections.views import open_views
from web.settings import Settings

USES_NOTED_EVERY_SECONDS = 60.0
SETTINGS_READ_EVERY_SECONDS = 1.0


@contextmanager
def open_context(settings: Settings, *, follow: bool = False) -> Iterator[AppContext]:
    """The application's stores, open and of this program's version; closed at the end.

    `follow` keeps the read models near the log by themselves. Raises `FolderInUse` and `LogUnavailable`.
    """
    with _log_of(settings.store) as log:
        bring_up_to_date(log)
        if isinstance(settings.store, str):
            purge_database(log)
        views = open_views(settings.store, log, columns_from_clients=settings.columns_from_clients)
        try:
            if follow:
                views.follow()
            context = AppContext(
                log,
                views,
                firm_settings=EffectiveSettings(settings.fixed),
                metrics_are_public=settings.public_metrics,
                provider=settings.provider,
            )
            context.refresh_settings()
            with _following(context) if follow else nullcontext():
                yield context
            with suppress(DiskFull):  # when something was last used is not worth failing for as one stops
                context.key_uses.flush(log)
                context.share_uses.flush(log)
        finally:
            views.close()


@contextmanager
def _following(context: AppContext) -> Iterator[None]:
    """Do beside the requests what is due now and then."""
    with _noting_uses(context), _refreshing_settings(context):
        yield


@contextmanager
def _refreshing_settings(context: AppContext) -> Iterator[None]:
    """Read the firm's settings every second: another server may have changed them."""
    over = Event()

    def refresh() -> None:
        while not over.wait(SETTINGS_READ_EVERY_SECONDS):
            with suppress(LogFault, SQLAlchemyError):  # the last ones hold until the store answers again
                context.refresh_settings()

    thread = Thread(target=refresh, name="firm settings", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def _noting_uses(context: AppContext) -> Iterator[None]:
    """Write now and then, beside the requests, when keys were last used."""
    over = Event()

    def note() -> None:
        while not over.wait(USES_NOTED_EVERY_SECONDS):
            with suppress(LogFault):  # they are noted still, and written the next time
                context.key_uses.flush(context.log)

    thread = Thread(target=note, name="key uses", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def bring_up_to_date(log: Log) -> None:
    """Make or change the kept tables where they are not of this program's version."""
    with log.engine.connect() as connection:
        current = is_current(connection)
    if not current:
        log.write(migrate_kept)


def _log_of(store: Path | str) -> Log:
    if isinstance(store, Path):
        purge_folder(store)
        return open_log(store)
    try:
        return open_log(store)
    except NotMigrated:
        migrate_log(store)
        return open_log(store)
