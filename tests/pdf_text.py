"""The text of PDFs, page by page. `pages_of` reads those that Chromium printed: enough of the format for that."""

from __future__ import annotations

import re
import shutil
import subprocess
import zlib
from collections.abc import Iterator

import pytest

_START = re.compile(rb"(?:^|\n)(\d+) 0 obj\n")
_STREAM = re.compile(rb"/Length (\d+)[^\n]*?>>\s*stream\r?\n", re.S)
_SHOWN = re.compile(rb"/(\w+) [\d.]+ Tf|<([0-9A-Fa-f]+)> ?Tj|\[(.*?)\] ?TJ", re.S)
_HEX = re.compile(rb"<([0-9A-Fa-f]+)>")


def pages_of(pdf: bytes) -> list[str]:
    """What each page says, its blanks left out: a printer places words, it does not write the blanks between them."""
    objects = dict(_objects(pdf))
    pages = [body for body in objects.values() if re.search(rb"/Type /Page\b", body)]
    return ["".join(_text_of(page, objects)) for page in pages]


def _objects(pdf: bytes) -> Iterator[tuple[int, bytes]]:
    """Each object by its number; what stands in a stream is skipped by its length, for it may look like anything."""
    at = 0
    while start := _START.search(pdf, at):
        end = pdf.index(b"endobj", start.end())
        stream = _STREAM.search(pdf, start.end(), end)
        if stream:
            end = pdf.index(b"endobj", stream.end() + int(stream[1]))
        yield int(start[1]), pdf[start.end() : end]
        at = end


def _text_of(page: bytes, objects: dict[int, bytes]) -> Iterator[str]:
    fonts = dict(_fonts_of(page, objects))
    contents = re.search(rb"/Contents (\d+) 0 R", page)
    assert contents is not None
    letters: dict[int, str] = {}
    for font, shown, several in _SHOWN.findall(_unpacked(objects[int(contents[1])])):
        if font:
            letters = fonts.get(font, {})
        for text in [shown] if shown else _HEX.findall(several):
            codes = (int(text[at : at + 4], 16) for at in range(0, len(text), 4))
            yield "".join(letters.get(code, "") for code in codes).replace(" ", "").replace("\xa0", "")


def _fonts_of(page: bytes, objects: dict[int, bytes]) -> Iterator[tuple[bytes, dict[int, str]]]:
    listed = re.search(rb"/Font <<(.*?)>>", page, re.S)
    for name, number in re.findall(rb"/(\w+) (\d+) 0 R", listed[1] if listed else b""):
        mapping = re.search(rb"/ToUnicode (\d+) 0 R", objects[int(number)])
        if mapping is not None:
            yield name, dict(_letters(_unpacked(objects[int(mapping[1])])))


def _letters(mapping: bytes) -> Iterator[tuple[int, str]]:
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", mapping, re.S):
        for code, text in re.findall(rb"<(\w+)> <(\w+)>", block):
            yield int(code, 16), bytes.fromhex(text.decode()).decode("utf-16-be")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", mapping, re.S):
        for first, last, text in re.findall(rb"<(\w+)> <(\w+)> <(\w+)>", block):
            for code in range(int(first, 16), int(last, 16) + 1):
                yield code, chr(int(text, 16) + code - int(first, 16))


def _unpacked(body: bytes) -> bytes:
    stream = _STREAM.search(body)
    assert stream is not None
    content = body[stream.end() : stream.end() + int(stream[1])]
    return zlib.decompress(content) if b"/FlateDecode" in body[: stream.end()] else content


def printed_pages(pdf: bytes) -> list[str]:
    """The words of each page of any PDF, read by pdftotext of poppler-utils; skips the test without it."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext, of poppler-utils, reads the PDF")
    command = ["pdftotext", "-layout", "-", "-"]
    text = subprocess.run(command, input=pdf, check=True, capture_output=True).stdout.decode()
    pages = text.removesuffix("\f").split("\f")
    return [" ".join(re.sub("[\u202a-\u202e\u2066-\u2069]", "", page).split()) for page in pages]
