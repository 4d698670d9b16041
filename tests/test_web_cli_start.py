"""A command loads what it works with, and no more; a start has nothing to migrate unless there is something."""

from __future__ import annotations

import subprocess
import sys

from alembic.script import ScriptDirectory

from api.state.migrate import MIGRATIONS, VERSION

LOADED = "import sys; {}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"


def loaded_by(work: str) -> set[str]:
    """The packages that a program has loaded in the end."""
    output = subprocess.run([sys.executable, "-c", LOADED.format(work)], check=True, capture_output=True, text=True)
    return set(output.stdout.split())


def test_whoever_asks_for_help_does_not_wait_for_the_application() -> None:
    loaded = loaded_by("import web.cli")
    assert "web" in loaded
    assert not loaded & {"eventsourcing", "projections", "fastapi", "sqlalchemy", "pydantic", "numpy", "httpx"}


def test_whoever_asks_a_running_server_does_not_load_one() -> None:
    loaded = loaded_by("import web.settings, web.server_client, web.cli_common")
    assert "httpx" in loaded
    assert not loaded & {"eventsourcing", "fastapi", "numpy", "alembic"}


def test_an_application_starts_without_what_is_seldom_needed() -> None:
    assert not loaded_by("import web.serving") & {"alembic", "xlsxwriter", "weasyprint", "resvg_py"}


def test_the_version_of_the_kept_tables_is_that_of_the_last_migration() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == VERSION
