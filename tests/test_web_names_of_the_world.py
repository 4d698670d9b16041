"""Names of the whole world, wherever they are drawn: shaped, in their direction, whole, and isolated."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from api_client import Served, served
from browsing import Visitor, text_of
from hypothesis import given
from hypothesis import strategies as st

from web.bidi import FSI, PDI, has_right_to_left, isolate
from web.charts import lettering, render
from web.charts.clusters import clusters
from web.charts.measure import ELLIPSIS, fit_name, shorten, text_width
from web.charts.render import environment, png
from web.fonts import missing_fonts_sentence, transliterated

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
VIETNAMESE = unicodedata.normalize("NFD", "Nguyễn Văn Đức")
HOLDERS = ["שרה כהן", "محمد الأحمد", VIETNAMESE, "สมชาย ใจดี", "王小明", "अनिल क्षत्रिय", f"{FAMILY} Berg"]
CLIENT = "شركة الشرق"
WITHOUT_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{0}/none</dir><cachedir>{0}/cache</cachedir></fontconfig>"""


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A client with an Arabic name, whose CTO seat goes from holder to holder, a year each."""
    with served(tmp_path_factory.mktemp("world")) as running:
        admin = running.admin
        people = [admin.post("/people", {"name": name, "employer": "firm"})["id"] for name in HOLDERS]
        admin.post("/clients", {"name": CLIENT, "slug": "sharq", "profile": {"sector": "بنوك", "headcount": 90}})
        opening = {"name": "קו ראשון", "started_on": "2019-01-01", "practice_lead": people[0]}
        engagement = admin.post("/clients/sharq/engagements", opening)["id"]
        seat = {"functions": ["technology"], "holder": people[0], "commitment": "fractional", "provider": "firm"}
        chosen = {"kind": "structure_chosen", "effective_on": "2019-02-01", "seats": [seat]}
        admin.post(f"/engagements/{engagement}/milestones", chosen)
        for year, person in enumerate(people[1:], 2020):
            over = {"kind": "handed_over", "effective_on": f"{year}-01-01", "functions": ["technology"]}
            admin.post(f"/engagements/{engagement}/milestones", {**over, "holder": person})
        yield running


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def test_a_page_isolates_names_from_right_to_left_and_no_others(firm: Served) -> None:
    page = Visitor(firm).get("/clients/sharq")
    assert f"<h1><bdi>{CLIENT}</bdi></h1>" in page
    assert f"led by {FSI}{HOLDERS[0]}{PDI}" in text_of(page)
    for name in HOLDERS[2:]:
        assert nfc(name) in page
        assert FSI + nfc(name) not in page
    attributes = re.findall(r'(?:value|href|name|id|action)="([^"]*)"', page)
    assert not [value for value in attributes if FSI in value or "bdi" in value]


def test_a_timeline_as_a_file_holds_every_name_whole_and_in_nfc(firm: Served) -> None:
    svg = Visitor(firm).get("/clients/sharq/timeline.svg")
    drawn = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    for name in HOLDERS:
        assert {isolate(nfc(name)), nfc(name.split()[0]) + ELLIPSIS} & set(drawn), name
    assert nfc(svg) == svg


def test_a_timeline_as_a_picture_is_drawn_in_fonts_of_the_system(firm: Served) -> None:
    answer = Visitor(firm).client.get("/clients/sharq/timeline.png")
    assert answer.content.startswith(b"\x89PNG")


def test_a_workbook_holds_names_as_they_are(firm: Served) -> None:
    answer = firm.admin.ask("GET", "/reports/capacity?from=2020-Q1&to=2026-Q4&as_of=2026-11-22&format=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    texts = {cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    assert not [text for text in texts if isinstance(text, str) and (FSI in text or PDI in text)]


def test_the_board_report_is_shaped_and_read_in_logical_order(firm: Served, tmp_path: Path) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext, of poppler-utils, reads the report")
    pdf = firm.admin.ask("GET", "/reports/board?client=sharq&quarter=2021-Q3&as_of=2021-09-30").content
    (tmp_path / "report.pdf").write_bytes(pdf)
    command = ["pdftotext", "-layout", str(tmp_path / "report.pdf"), "-"]
    text = subprocess.run(command, check=True, capture_output=True).stdout.decode()
    words = re.sub("[\u202a-\u202e\u2066-\u2069]", "", text)
    assert nfc(VIETNAMESE) in words
    assert HOLDERS[0] in words
    assert f"led by {HOLDERS[0]}" in words


def test_text_in_a_drawing_is_one_line_for_the_printer() -> None:
    from web.board.pdf import pdf_of  # loads the PDF printer, which few workers need

    def letters_shown(text: str) -> int:
        svg = f'<svg width="200" height="40"><text x="5" y="20" font-size="12">{text}</text></svg>'
        return len(re.findall(rb" Tm", _unpacked(pdf_of(f"<body>{svg}"))))

    assert letters_shown("Many letters, one line") == letters_shown("M")


def _unpacked(pdf: bytes) -> bytes:
    from test_web_board import unpacked

    return unpacked(pdf)


def test_letters_without_a_font_are_transliterated_and_the_package_is_named_in_a_pdf(tmp_path: Path) -> None:
    (tmp_path / "fonts.conf").write_text(WITHOUT_FONTS.format(tmp_path))
    style = environment().get_template("board/board.css").render()
    page = f"<style>{style}</style><body><header></header><p>{HOLDERS[0]}, {HOLDERS[3]}</p></body>"
    code = f"from web.board.pdf import pdf_of; import sys; sys.stdout.buffer.write(pdf_of({page!r}))"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, "FONTCONFIG_FILE": str(tmp_path / "fonts.conf"), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=True,
    )
    assert done.stdout.startswith(b"%PDF")
    assert b"transliterated here: Hebrew and Thai" in done.stderr
    assert b"the Debian package fonts-noto-core." in done.stderr


def test_letters_without_a_font_are_transliterated_and_the_package_is_named_in_a_picture(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with_inter_alone = render._rasterized

    def rasterized(svg: str, scale: int, *, with_system_fonts: bool) -> bytes:
        drawn.append(svg)
        return with_inter_alone(svg, scale, with_system_fonts=False)

    drawn: list[str] = []
    monkeypatch.setattr(render, "_rasterized", rasterized)
    lettering._is_missing.cache_clear()
    svg = f'<svg xmlns="{lettering.SVG}" width="300" height="40"><text x="5" y="20">{HOLDERS[0]}</text></svg>'
    assert png(svg).startswith(b"\x89PNG")
    lettering._is_missing.cache_clear()
    assert "Srh Khhn" in drawn[-1]
    assert "fonts-noto-core" in drawn[-1]
    assert HOLDERS[0] not in drawn[-1]
    assert "Hebrew" in caplog.text


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("ש", "Hebrew. To show them, install the Debian package fonts-noto-core."),
        ("王ひ", "Chinese characters and Hiragana. To show them, install the Debian package fonts-noto-cjk."),
        ("\U0001f468", "Emoji and symbols. To show them, install the Debian package fonts-noto-color-emoji."),
        ("ễ", "Latin (U+1EC5). To show them, install the Debian package fonts-noto-core."),
        ("क王", "and Devanagari. To show them, install the Debian packages fonts-noto-cjk and fonts-noto-core."),
    ],
)
def test_missing_fonts_are_named_by_script_and_package(missing: str, sentence: str) -> None:
    assert missing_fonts_sentence(missing).endswith(sentence)
    assert missing_fonts_sentence("") == ""


def test_transliteration_leaves_markup_and_other_words_alone() -> None:
    markup = f"<b title='שרה'>שרה</b> & {FSI}Łódź{PDI} 王"
    assert transliterated(markup, set("שרה")) == f"<b title='Srh'>Srh</b> & {FSI}Łódź{PDI} 王"


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("Led by \u2068שרה כהן\u2069, 3 Jan", ["Led by", " ", "שרה כהן", ", ", "3 Jan"]),
        ("\u2068דנה Cohen\u2069 2024", ["Cohen", " ", "דנה", " ", "2024"]),
        ("דנה Cohen", ["דנה", " ", "Cohen"]),
        ("王小明 ABC", ["王小明", " ", "ABC"]),
        ("Nguyễn Văn", ["Nguyễn Văn"]),
    ],
)
def test_runs_of_a_picture_stand_in_the_order_in_which_they_are_read(text: str, order: list[str]) -> None:
    assert [run.text for run in lettering._in_visual_order(text)] == order


@given(st.text(alphabet=st.sampled_from("aZ ,3שרמح王ก\u0301\u2068\u2069\u200d\U0001f468"), max_size=30))
def test_no_letter_is_lost_between_runs(text: str) -> None:
    shown = "".join(run.text for run in lettering._in_visual_order(text))
    assert sorted(shown) == sorted(re.sub(f"[{FSI}{PDI}]", "", text))


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("abc", ["a", "b", "c"]),
        ("e\u0301a", ["e\u0301", "a"]),
        (f"a{FAMILY}b", ["a", FAMILY, "b"]),
        ("\U0001f1f3\U0001f1f4\U0001f1f8\U0001f1ea", ["\U0001f1f3\U0001f1f4", "\U0001f1f8\U0001f1ea"]),
        ("\U0001f44d\U0001f3fd!", ["\U0001f44d\U0001f3fd", "!"]),
        ("क्षत्रिय", ["क्ष", "त्रि", "य"]),
        ("นำ", ["นำ"]),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", ["\u1112\u1161\u11ab", "\u1100\u1173\u11af"]),
    ],
)
def test_a_letter_is_what_a_reader_sees_as_one(text: str, letters: list[str]) -> None:
    assert list(clusters(text)) == letters


@given(st.text(max_size=40))
def test_clusters_are_the_text(text: str) -> None:
    assert "".join(clusters(text)) == text


@given(st.sampled_from([*HOLDERS, FAMILY * 5, "क्षत्रिय" * 4]), st.floats(5, 200))
def test_text_is_shortened_between_letters(text: str, room: float) -> None:
    for cut in (shorten(text, room, 12), fit_name(text, room, 12)):
        if cut.endswith(ELLIPSIS):
            whole = list(clusters(text))
            assert list(clusters(cut.removesuffix(ELLIPSIS))) == whole[: len(list(clusters(cut))) - 1]


def test_widths_of_other_scripts_are_estimated() -> None:
    assert text_width(VIETNAMESE, 100) == pytest.approx(text_width(nfc(VIETNAMESE), 100), rel=0.02)
    assert text_width("王小明", 100) == 300
    assert text_width(FAMILY, 100) == text_width("\U0001f468", 100) == 130
    assert text_width("क्षि", 100) < text_width("कषइ", 100)


@pytest.mark.parametrize("text", ["Dana", "Łódź", "王小明", VIETNAMESE, FAMILY, ""])
def test_text_from_left_to_right_is_left_as_it_is(text: str) -> None:
    assert isolate(text) == text
    assert not has_right_to_left(text)


def test_templates_isolate_text_and_leave_attributes_and_form_values() -> None:
    template = (
        '<p title="{{ name }}">{{ name }} <input value="{{ name }}"></p><textarea>{{ name }}</textarea>'
        "<select><option>{{ name }}</option></select><svg><text>{{ name }}</text></svg>{{ 'a' if not name else name }}"
    )
    name = "שרה"
    shown = environment().from_string(template).render(name=name)
    assert shown == (
        f'<p title="{name}"><bdi>{name}</bdi> <input value="{name}"></p><textarea>{name}</textarea>'
        f"<select><option>{FSI}{name}{PDI}</option></select><svg><text>{FSI}{name}{PDI}</text></svg><bdi>{name}</bdi>"
    )
    assert environment().from_string("<p>{{ x }}</p>").render(x="<b>שרה") == "<p><bdi>&lt;b&gt;שרה</bdi></p>"
