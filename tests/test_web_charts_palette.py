"""Colours: the style sheet and the exported files say the same, and everything on them can be seen and read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from domain.seats import Structure
from web.charts.colors import GROUPS, LIGHT, PAGE, TOKENS, contrast, structure_token
from web.charts.wording import ORDER, STRUCTURES
from web.kinds import FAMILY_OF, KIND_NAMES

STATIC = Path(__file__).parent.parent / "web" / "static"
THEMES = (0, 1)


def colour(name: str, theme: int) -> str:
    return TOKENS[name][theme]


def test_the_style_sheet_and_the_table_name_the_same_colours() -> None:
    text = (STATIC / "tokens.css").read_text(encoding="utf-8")
    colors = {
        name: (light, dark) for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\);", text)
    }
    assert {name: colors.get(name) for name in TOKENS} == TOKENS


def test_pages_and_files_know_the_same_names() -> None:
    assert set(PAGE) == set(LIGHT) == set(TOKENS)


def test_contrast_is_the_one_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("structure", ORDER)
def test_every_structure_has_an_edge_that_is_seen_and_a_code_that_is_read(structure: Structure, theme: int) -> None:
    slug = structure_token(structure)
    assert contrast(colour(f"{slug}-edge", theme), colour("card", theme)) >= 3
    assert contrast(colour(f"{slug}-ink", theme), colour(slug, theme)) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *[(ink, ground) for ink in ("ink", "ink2", "muted") for ground in ("card", "ground", "band")],
        *[(f"{lane}-ink", f"{lane}-tint") for lane in ("technology", "ai")],
        *[("on-solid", f"{lane}-solid") for lane in ("technology", "ai")],
        ("on-solid", "unified-solid-halo"),
        ("ink", "unified-halo"),
        ("on-cursor", "cursor"),
        ("on-differs", "differs"),
    ],
)
def test_words_are_read_on_their_ground(text: str, ground: str, theme: int) -> None:
    assert contrast(colour(text, theme), colour(ground, theme)) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    "name", ["technology", "ai", "edge", "cursor", "differs", *[f"group-{i}" for i in range(GROUPS)]]
)
def test_lines_and_outlines_are_seen(name: str, theme: int) -> None:
    assert contrast(colour(name, theme), colour("card", theme)) >= 3


def test_every_structure_has_words_and_a_code_of_its_own() -> None:
    assert set(STRUCTURES) == set(Structure)
    assert len({words.code for words in STRUCTURES.values()}) == len(Structure)
    assert len({words.name for words in STRUCTURES.values()}) == len(Structure)


def test_the_short_form_of_a_structure_has_words_of_its_name_and_the_glossary_has_both() -> None:
    glossary = (Path(__file__).parent.parent / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = [row for row in glossary.splitlines() if row.startswith("| `")]
    assert rows == [f"| `{s}` | {words.name} | {words.short} | `{words.code}` |" for s, words in STRUCTURES.items()]
    assert len({words.short for words in STRUCTURES.values()}) == len(STRUCTURES)
    for words in STRUCTURES.values():
        name, short = (re.findall(r"[\w-]+", text.lower()) for text in (words.name, words.short))
        assert set(short) - {"only"} <= set(name)


def test_every_kind_of_milestone_has_a_name_and_a_shape() -> None:
    from domain.milestones import Kind

    assert {kind.value for kind in Kind} == set(KIND_NAMES) == set(FAMILY_OF)
