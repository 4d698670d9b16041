"""Presenter mode: hides the names of clients and all amounts in what one browser is sent, to show it to others.

Names and amounts are replaced in the finished text of an answer, so that no page, drawing, file or list of matches can
forget it. Formats that are not text (pictures, PDF, workbooks) are made from a text that is replaced before.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar
from urllib.parse import quote, quote_plus
from uuid import UUID

from domain.currencies import CODES

T = TypeVar("T")
HIDDEN_AMOUNT = "\N{BULLET}\N{BULLET}\N{BULLET}"

_WORD = re.compile(r"\w+")
_TAG = re.compile(r"(<[^>]*>)")
_ATTRIBUTE = re.compile(
    r"(\s(?:title|aria-label|alt|content|value|placeholder|label|data-[\w-]+|hx-[\w-]+|href|src|action|download)=\")"
    r"([^\"]*)"
)
_JSON_TEXT = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?')
_JSON_AMOUNT = re.compile(r'("(?:amount|monthly_fee|to_date|annual_revenue|ai_spend)"\s*:\s*)("[\d.]+"|\d[\d.]*)')
_CODES = "|".join(sorted(CODES))
_BETWEEN = r"(?:[\s\u00a0\u202f]|&nbsp;|<[^<>]{0,80}>){0,6}"
_NUMBER = r"\d[\d.,\u00a0\u202f]*(?:\s?[kKmM])?"
_AMOUNT = re.compile(rf"(?<![\w-])({_NUMBER})({_BETWEEN})\b({_CODES})\b")
_AMOUNT_AFTER = re.compile(rf"\b({_CODES})({_BETWEEN})({_NUMBER})(?![\w-])|([$\u20ac\u00a3\u00a5\u20b9]\s?)({_NUMBER})")
_AMOUNT_FIELD = re.compile(r'(<input[^<>]*\sname="[^"]*amount"[^<>]*\svalue=")[^"]*')
_SLUG_IN_CONTEXT = re.compile(
    r'(?<=/clients/)[a-z0-9-]+|(?<=client=)[a-z0-9-]+|(?<=value=")[a-z0-9-]+(?=")|(?<="slug":")[a-z0-9-]+(?=")'
)


@dataclass(frozen=True, slots=True)
class NamedClient:
    """A client: id, slug, and every name that it has or had."""

    id: UUID
    slug: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Masker:
    """Replaces the names of clients and amounts in texts. Clients are numbered in the order in which they are given."""

    clients: Iterable[NamedClient]
    _by_word: dict[str, list[tuple[int, str, str]]] = field(default_factory=dict, init=False, repr=False)
    _ids: dict[str, str] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        """Index the names by their first word."""
        for number, client in enumerate(self.clients, 1):
            label = f"Client {number}"
            for name in client.names:
                for spelling in _spellings(name):
                    self._add(spelling, label)
            self._ids[client.slug] = str(client.id)
            if "-" in client.slug:
                self._add(client.slug, str(client.id))
        for candidates in self._by_word.values():
            candidates.sort(key=lambda candidate: -len(candidate[1]))

    def _add(self, text: str, replacement: str) -> None:
        word = _WORD.search(text)
        if word is not None:
            self._by_word.setdefault(word[0], []).append((word.start(), text, replacement))

    def names(self, text: str) -> str:
        """A text without the names of clients."""
        return "".join(self._replaced(text))

    def _replaced(self, text: str) -> Iterator[str]:
        done = 0
        for word in _WORD.finditer(text):
            if word.start() < done:
                continue
            for offset, name, replacement in self._by_word.get(word[0], ()):
                start = word.start() - offset
                if start >= done and text.startswith(name, start) and not _goes_on(text, start + len(name)):
                    yield text[done:start]
                    yield replacement
                    done = start + len(name)
                    break
        yield text[done:]

    def plain(self, text: str) -> str:
        """A plain text."""
        return self.names(without_amounts(text))

    def markup(self, text: str) -> str:
        """HTML or SVG: its text, and the attributes that people or links read."""
        text = _SLUG_IN_CONTEXT.sub(self._id_of, without_amounts(_AMOUNT_FIELD.sub(r"\1", text)))
        parts = _TAG.split(text)
        for place, part in enumerate(parts):
            parts[place] = _ATTRIBUTE.sub(self._attribute, part) if place % 2 else self.names(part)
        return "".join(parts)

    def json(self, text: str) -> str:
        """JSON: its texts, and its amounts."""
        text = _SLUG_IN_CONTEXT.sub(self._id_of, _JSON_AMOUNT.sub(rf'\1"{HIDDEN_AMOUNT}"', text))
        return _JSON_TEXT.sub(lambda match: match[0] if match[2] else self.plain(match[1]), text)

    def address(self, text: str) -> str:
        """The path of a page, with ids instead of slugs."""
        return self.names(_SLUG_IN_CONTEXT.sub(self._id_of, text))

    def _attribute(self, match: re.Match[str]) -> str:
        return match[1] + self.names(match[2])

    def _id_of(self, match: re.Match[str]) -> str:
        return self._ids.get(match[0], match[0])


def _goes_on(text: str, end: int) -> bool:
    """Whether a word continues at a position."""
    return end < len(text) and (text[end].isalnum() or text[end] == "_") and text[end - 1].isalnum()


def _spellings(name: str) -> set[str]:
    """A name as plain text, and as markup, JSON, CSV and addresses write it."""
    escaped = html.escape(name)
    return {
        name,
        escaped,
        escaped.replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
        html.escape(name, quote=False),
        json.dumps(name)[1:-1],
        json.dumps(name, ensure_ascii=False)[1:-1],
        name.replace('"', '""'),
        quote(name),
        quote_plus(name),
    }


def without_amounts(text: str) -> str:
    """A text without amounts of money: numbers beside a currency."""
    text = _AMOUNT.sub(rf"{HIDDEN_AMOUNT}\2\3", text)
    return _AMOUNT_AFTER.sub(lambda m: f"{m[1] or m[4]}{m[2] or ''}{HIDDEN_AMOUNT}", text)


_MONEY_COLUMN = re.compile(r"fee|amount|revenue|spend|limit|price|currency", re.I)

MASKER: ContextVar[Masker | None] = ContextVar("masker", default=None)
"""How the answer to the current request is masked; null: it is sent as it is."""

MASKED_TYPES: tuple[tuple[str, Callable[[Masker, str], str]], ...] = (
    ("text/html", Masker.markup),
    ("image/svg+xml", Masker.markup),
    ("text/event-stream", Masker.plain),
    ("text/", Masker.plain),
    ("application/json", Masker.json),
    ("application/problem+json", Masker.json),
    ("application/x-ndjson", Masker.json),
    ("application/cloudevents", Masker.json),
)
"""How each media type is masked."""


def masked_row(columns: Sequence[str], row: Sequence[T]) -> Sequence[T | str]:
    """The cells of a table's row, masked in presenter mode: a row with a currency shows no number."""
    masker = MASKER.get()
    if masker is None:
        return row
    has_currency = any(isinstance(cell, str) and cell in CODES for cell in row)
    return [
        HIDDEN_AMOUNT
        if (has_currency or _MONEY_COLUMN.search(column)) and cell is not None and _is_number(cell)
        else masker.json(cell)
        if isinstance(cell, str) and cell.startswith(("[", "{"))
        else masker.address(masker.plain(cell))
        if isinstance(cell, str)
        else cell
        for column, cell in zip(columns, row, strict=False)
    ]


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float | Decimal) or (isinstance(cell, str) and cell.replace(".", "").isdecimal())


def masked_name(text: str) -> str:
    """A text that is about to be cut or drawn, without names of clients in presenter mode."""
    masker = MASKER.get()
    return text if masker is None else masker.names(text)


def masked_markup(text: str) -> str:
    """Markup that is about to become a picture or a PDF, masked in presenter mode."""
    masker = MASKER.get()
    return text if masker is None else masker.markup(text)
