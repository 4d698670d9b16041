"""What the documentation names exists: files, links, settings, commands, addresses of the API."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from api_client import described
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from api.http.prefix import PREFIX
from web.cli import app
from web.settings import Settings

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
INDEX = DOCS / "README.md"
PAGES = [ROOT / "README.md", ROOT / "CHANGES.md", *sorted(DOCS.rglob("*.md"))]
README = PAGES[0].read_text(encoding="utf-8")

ROOMS = ("domain", "projections", "api", "web", "tests", "docs")
CODE_BLOCK = re.compile(r"^```[a-z]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE_SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"(?:\]\(|(?:src|srcset)=\")([^)\"\s]+)")
FILE = re.compile(rf"(?:{'|'.join(ROOMS)})/[\w./*-]*|(?:README|CHANGES)\.md|Makefile")
COMMAND = re.compile(r"^(?:\.venv/bin/)?seatline (.+?)(?:\s+#.*)?$")
OPERATION = re.compile(r"^(GET|POST|PUT|PATCH|DELETE) (/[^?\s]*)")
SETTING = re.compile(r"SEATLINE_[A-Z_]+")


def name_of(page: Path) -> str:
    """A page's path in the repository."""
    return str(page.relative_to(ROOT))


def spans(page: Path) -> list[str]:
    """The pieces of a page that are written as code in its prose and tables."""
    return CODE_SPAN.findall(CODE_BLOCK.sub("", page.read_text(encoding="utf-8")))


def anchor(heading: str) -> str:
    """The fragment of a heading's address."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    missing = []
    for target in LINK.findall(CODE_BLOCK.sub("", page.read_text(encoding="utf-8"))):
        if "://" in target:
            continue
        path, _, fragment = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists():
            missing.append(target)
        elif fragment:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            if fragment not in map(anchor, headings):
                missing.append(target)
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_files_that_a_page_names_exist(page: Path) -> None:
    named = [span.partition("::")[0] for span in spans(page) if FILE.fullmatch(span.partition("::")[0])]
    assert [file for file in named if not list(ROOT.glob(file.rstrip("/")))] == []


def test_the_index_lists_every_page() -> None:
    listed = {(DOCS / target).resolve() for target in LINK.findall(INDEX.read_text(encoding="utf-8"))}
    assert [name_of(page) for page in PAGES[2:] if page != INDEX and page not in listed] == []


def test_pictures_are_small_and_shown() -> None:
    pictures = sorted((DOCS / "images").iterdir())
    assert {picture.stem.rpartition("-")[2] for picture in pictures} == {"light", "dark"}
    for picture in pictures:
        assert picture.stat().st_size < 200_000, picture.name
        assert f"docs/images/{picture.name}" in README


def settings_rows() -> Iterator[tuple[str, list[str], str]]:
    """The rows of the README's table of settings: the option, the variables, the default."""
    section = README.split("## Settings", 1)[1].split("\n## ", 1)[0]
    for line in section.splitlines():
        if line.startswith("| ") and SETTING.search(line):
            option, variables, _, default = (cell.strip() for cell in line.strip("|").split("|"))
            yield option.strip("`"), SETTING.findall(variables), default.strip("`")


def test_the_table_of_settings_is_that_of_the_code() -> None:
    rows = list(settings_rows())
    fields = {f"SEATLINE_{name.upper()}": field for name, field in Settings.model_fields.items()}
    assert sorted(variable for _, variables, _ in rows for variable in variables) == sorted(fields)

    in_words = {
        "SEATLINE_TIME_ZONE",
        "SEATLINE_CURRENCY",
        "SEATLINE_PUBLIC_ADDRESS",
        "SEATLINE_FISCAL_YEAR_START_MONTH",
    }
    for _, variables, printed in rows:
        for variable in set(variables) - in_words:  # defaults of the firm's settings, which are not the field's
            default = fields[variable].default
            assert printed == ("" if default is None else str(default).lower() if default is False else str(default))

    options = {parameter.opts[0]: parameter.envvar for parameter in command(["serve"]).params if parameter.envvar}
    assert {option: variables[0] for option, variables, _ in rows if option} == options


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_variables_that_a_page_names_are_settings(page: Path) -> None:
    variables = {f"SEATLINE_{name.upper()}" for name in Settings.model_fields}
    named = {variable for span in spans(page) for variable in SETTING.findall(span) if not variable.endswith("_")}
    assert named <= variables


def command(words: Sequence[str]) -> TyperCommand | TyperGroup:
    """The command, or the group of commands, that some words begin with. Raises `KeyError` where there is none."""
    command_found = get_command(app)
    for word in words:
        if not isinstance(command_found, TyperGroup):
            break
        command_found = command_found.commands[word]
    assert isinstance(command_found, TyperCommand | TyperGroup)
    return command_found


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_that_a_page_names_exist_with_their_options(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    lines = [line for block in CODE_BLOCK.findall(text) for line in block.splitlines()]
    for line in (*lines, *spans(page)):
        if (match := COMMAND.match(line)) is None:
            continue
        words = shlex.split(match[1])
        if "--help" in words:
            continue
        try:
            found = command(words)
        except KeyError as unknown:
            pytest.fail(f"{line}: there is no command {unknown}")
        options = {option for parameter in found.params for option in parameter.opts}
        named = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert named <= options, line


@pytest.fixture(scope="module")
def operations() -> set[tuple[str, str]]:
    """Every method and path of the API, the names of path parameters left out."""
    return {
        (method.upper(), unnamed(path.removeprefix(PREFIX)))
        for path, methods in described()["paths"].items()
        for method in methods
    }


def unnamed(path: str) -> str:
    """A path without the names of its parameters; an example stands for a parameter."""
    return re.sub(r"\{[^}]+\}|(?<=/clients/)halcyon-health", "{}", path)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_operations_that_a_page_names_exist(page: Path, operations: set[tuple[str, str]]) -> None:
    named = [match.groups() for span in spans(page) if (match := OPERATION.match(span))]
    assert [
        f"{method} {path}" for method, path in named if (method, unnamed(path.removeprefix(PREFIX))) not in operations
    ] == []


def test_the_checks_of_this_file_find_what_is_wrong() -> None:
    assert FILE.fullmatch("api/no_such_file.py")
    assert not list(ROOT.glob("api/no_such_file.py"))
    assert LINK.findall('[a](b.md#c) <img src="d.png">') == ["b.md#c", "d.png"]
    assert anchor("How to change one") == "how-to-change-one"
    with pytest.raises(KeyError):
        command(["no-such-command"])
