"""The files that are not code: what was brought in from elsewhere, what is pinned, what must not be told."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from test_house import ROOT, files_of_the_project

VENDOR_FOLDERS = [ROOT / "web" / "static" / "vendor", ROOT / "tests" / "vendor"]

# Written in two halves, so that this file does not hold what it looks for.
PACKAGE_HOSTS = (
    *("py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "yarn" + "pkg.com"),
    *("deb." + "debian.org", "crates" + ".io", "ghcr" + ".io", "docker" + ".io", "ana" + "conda.org"),
    *("un" + "pkg.com", "js" + "delivr.net", "cdn" + "js.cloudflare.com", "cdn" + ".tailwindcss.com"),
)
MACHINE_PATH = re.compile(r"(?<![\w/.])/(work|tmp|root)\b")

METHODS = {"GET", "POST"}

TARGET = re.compile(r"^([a-z]+):([^#\n]*)(?:## (.+))?$", re.MULTILINE)


@pytest.mark.parametrize("folder", VENDOR_FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_files_of_others_are_as_their_packages_brought_them(folder: Path) -> None:
    listed = json.loads((folder / "VENDOR.json").read_text(encoding="utf-8"))
    for entry in listed:
        assert hashlib.sha256((folder / entry["file"]).read_bytes()).hexdigest() == entry["sha256"], entry["file"]
        assert entry.keys() == {"file", "name", "version", "licence", "licence_texts", "origin", "path", "sha256"}
        assert entry["licence_texts"], entry["file"]

    named = {"VENDOR.json"}.union(*({entry["file"], *entry["licence_texts"]} for entry in listed))
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == named


def test_no_file_names_a_package_host_or_a_folder_of_one_machine() -> None:
    places = []
    for path in files_of_the_project():
        if any(folder in path.parents for folder in VENDOR_FOLDERS):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        for number, line in enumerate(text.splitlines(), start=1):
            if any(host in line for host in PACKAGE_HOSTS) or MACHINE_PATH.search(line):
                places.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert places == []


def test_every_dependency_is_pinned_with_hashes_in_a_version_that_fits() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")

    pins: dict[str, list[str]] = {}
    for pin in re.sub(r"\\\n", " ", lock).splitlines():
        if pin and not pin.startswith("#"):
            pinned, *hashes = pin.split("--hash=")
            name, _, version = pinned.partition(";")[0].strip().partition("==")
            assert version, f"not pinned: {pinned}"
            assert hashes, f"without a hash: {pinned}"
            assert all(re.fullmatch(r"sha256:[0-9a-f]{64}\s*", match) for match in hashes), pinned
            pins.setdefault(canonicalize_name(name), []).append(version)

    requirements = [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ]
    for line in requirements:
        requirement = Requirement(line)
        versions = pins.get(canonicalize_name(requirement.name), [])
        assert any(requirement.specifier.contains(version, prereleases=True) for version in versions), (
            f"make lock: {line}, pinned {versions}"
        )


def test_every_target_says_in_a_line_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = {name: comment for name, _, comment in TARGET.findall(makefile)}
    assert {"demo", "serve", "test", "lint", "bench", "help"} <= targets.keys()
    assert [name for name, comment in targets.items() if not comment] == []


def test_the_readme_names_only_targets_that_exist() -> None:
    targets = {name for name, _, _ in TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8"))}
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"demo", "test"} <= named <= targets


def test_the_architecture_page_names_files_threads_and_constants_that_exist() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for room in ("domain", "projections", "api", "web")
        for path in (ROOT / room).rglob("*.py")
    )
    files = re.findall(r"\b((?:domain|projections|api|web|tests)/[\w/]+\.py)\b", page)
    assert len(files) > 8
    assert [name for name in files if not (ROOT / name).is_file()] == []

    table = page.partition("## Threads")[2].partition("## ")[0]
    threads = re.findall(r"`([a-z -]+)`", table)
    assert set(threads) == set(re.findall(r"""Thread\([^)]*name="([^"]+)""", code))
    constants = re.findall(r"`([A-Z][A-Z_]+)`", page)
    assert {"RACES", "CHUNK"} <= set(constants)
    assert [
        name for name in constants if not re.search(rf"^{name} = ", code, re.MULTILINE) and name not in METHODS
    ] == []


def test_no_line_of_a_template_is_longer_than_160_characters() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "web/templates").rglob("*.*"))
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if len(line) > 160
    ]
    assert long == []
