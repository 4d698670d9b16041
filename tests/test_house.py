"""The plan of the house: which room knows which, what things are called, how long a file may be."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from grimp import build_graph
from importlinter.cli import lint_imports

ROOT = Path(__file__).parent.parent
ROOMS = ("domain", "projections", "api", "web")
AROUND_THE_ROOMS = {"tests", "docs", ".ci", ".gitignore", "Makefile", "pyproject.toml", "requirements.lock"}
PAPERS = {"README.md", "CHANGES.md", "LICENSE"}
MOST_LINES = 400
DISTINCT_ROOMS = ("projections", "api", "web")
"""The rooms in which every public class has a name of its own; the others follow."""
NAMES_OF_ORIGIN = {"asked", "found", "given", "held", "kept", "known", "said", "told", "wanted"}
BANNED_WORDS = {"manager", "util", "info", "base", "impl", "misc", "stuff"}
"""Filler. A standard term (`handler`, `helper`, `data`, `service`, `process`) is allowed where it is one."""

# A rule that reads one of these gives another answer at another time or place, and a replay would not be a replay.
OUTSIDE_MODULES = {"os", "secrets", "socket", "sqlite3", "subprocess", "time"}
OUTSIDE_NAMES = {"uuid1", "uuid4", "SystemRandom", "datetime_now_with_tzinfo", "create_utc_datetime_now"}
OUTSIDE_READINGS = re.compile(
    r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|uuid\.uuid[14]|random\.(?!Random\b)\w+)$"
)


def files_of_the_project() -> list[Path]:
    """What git tracks, and what it would track if it were added now."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for name in names.split("\0") if name and (path := ROOT / name).is_file()]


def modules_of(*rooms: str) -> list[Path]:
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*.py"))


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def words_of(name: str) -> set[str]:
    """The words of a snake_case or CamelCase name, each also without a plural's s."""
    words = {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}
    return words | {word.removesuffix("s") for word in words}


def imported_by(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """The top-level names that a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom):
            yield node, (node.module or "").partition(".")[0]


def public_things(body: list[ast.stmt], owner: str = "") -> Iterator[tuple[ast.AST, str, bool]]:
    """Public functions, classes and methods: the node, its name, and whether it says what it is for."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node, owner + node.name, ast.get_docstring(node) is not None
            if isinstance(node, ast.ClassDef):
                yield from public_things(node.body, f"{owner}{node.name}.")


def test_each_room_imports_only_rooms_to_its_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(no_cache=True, no_logo=True) == 0


def test_no_modules_import_each_other_in_a_circle() -> None:
    """A package stands for its `__init__`, which may import its modules. Imports for the type checker count."""
    graph = build_graph(*ROOMS, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    circle: list[str] = []
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as fault:
        circle = fault.args[1]
    assert circle == []


def test_the_domain_imports_the_standard_library_and_eventsourcing_alone() -> None:
    allowed = sys.stdlib_module_names | {"domain", "eventsourcing"}
    strangers = [
        f"{place(path, node)} imports {name}"
        for path in modules_of("domain")
        for node, name in imported_by(tree_of(path))
        if name not in allowed
    ]
    assert strangers == []


def test_the_domain_reads_no_clock_no_dice_and_no_environment() -> None:
    seen = []
    for path in modules_of("domain"):
        tree = tree_of(path)
        seen += [f"{place(path, node)} imports {name}" for node, name in imported_by(tree) if name in OUTSIDE_MODULES]
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute | ast.Name):
                name = ast.unparse(node)
                if name in OUTSIDE_NAMES or OUTSIDE_READINGS.search(name):
                    seen.append(f"{place(path, node)} reads {name}")
            elif isinstance(node, ast.Call) and not node.args and ast.unparse(node.func).endswith("Random"):
                seen.append(f"{place(path, node)} throws dice without a seed")
    assert seen == []


def test_no_name_holds_a_filler_word() -> None:
    meaningless = []
    for path in modules_of(*ROOMS):
        for part in path.relative_to(ROOT).with_suffix("").parts:
            meaningless += [f"{path.relative_to(ROOT)}: {word}" for word in words_of(part) & BANNED_WORDS]
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                meaningless += [f"{place(path, node)} {node.name}: {w}" for w in words_of(node.name) & BANNED_WORDS]
    assert meaningless == []


def test_values_are_named_after_what_they_are() -> None:
    """Parameters and locals are not named after how they were come by. The fields of JSON have their names for good."""
    places = []
    for path in modules_of(*ROOMS):
        for function in ast.walk(tree_of(path)):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                for node in ast.walk(function):
                    name = node.arg if isinstance(node, ast.arg) else getattr(node, "id", "")
                    if name in NAMES_OF_ORIGIN and not isinstance(getattr(node, "ctx", None), ast.Load):
                        places.append(f"{place(path, node)}: {name}")
    assert places == []


def test_nothing_stands_at_the_top_level_that_was_not_agreed() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in files_of_the_project()} <= {*ROOMS, *AROUND_THE_ROOMS, *PAPERS}


def test_tests_lie_flat_because_a_folder_would_shadow_a_room() -> None:
    nested = [path for path in (ROOT / "tests").rglob("*.py") if path.parent != ROOT / "tests"]
    assert nested == []


def test_a_file_has_one_subject() -> None:
    own = [path for path in files_of_the_project() if path.relative_to(ROOT).parts[0] in ROOMS]
    texts = [
        path for path in own if path.suffix in {".py", ".css", ".js", ".html", ".j2"} and "vendor" not in path.parts
    ]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in texts}
    long = {name: lines for name, lines in lengths.items() if lines > MOST_LINES}
    assert long == {}


def test_nothing_prints() -> None:
    printing = [
        place(path, node)
        for path in modules_of(*ROOMS)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printing == []


def test_what_reads_the_read_models_takes_a_snapshot() -> None:
    makes_snapshots = re.compile(r"projections/(log/|columnar/|snapshot|catch_up|healing|stopped_streams|view_|views)")
    bare = [
        f"{place(path, node)} {node.name}"
        for path in modules_of("projections")
        if not makes_snapshots.match(str(path.relative_to(ROOT)))
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for argument in (*node.args.args, *node.args.kwonlyargs)
        if argument.annotation is not None and "Connection" in ast.unparse(argument.annotation)
    ]
    assert bare == []


def test_public_things_of_the_domain_say_what_they_are_for() -> None:
    silent = [
        f"{place(path, node)} {name}"
        for path in modules_of("domain")
        for node, name, says in public_things(tree_of(path).body)
        if not says
    ]
    assert silent == []


@pytest.mark.parametrize("room", DISTINCT_ROOMS)
def test_no_public_class_name_stands_twice_in_a_room(room: str) -> None:
    files: dict[str, list[str]] = {}
    for path in modules_of(room):
        for node in tree_of(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                files.setdefault(node.name, []).append(place(path, node))
    assert {name: places for name, places in files.items() if len(places) > 1} == {}


@pytest.mark.parametrize("room", ROOMS)
def test_no_dependency_brings_a_package_of_a_rooms_name(room: str) -> None:
    assert set(packages_distributions().get(room, [])) <= {"seatline"}
    assert Path(str(importlib.import_module(room).__file__)).parent == ROOT / room
