"""A Jinja2 extension that isolates right-to-left text in every template expression."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import Environment
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup, escape

from web.bidi import has_right_to_left, isolate

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_NEVER = frozenset({"textarea", "script", "style"})
_WITHOUT_TAGS = frozenset({"title", "desc", "text", "tspan", "option"})


def isolated_element(value: object) -> object:
    """Wrap a text with right-to-left letters in a `bdi` element; other values are unchanged."""
    if type(value) is str and has_right_to_left(value):
        return Markup("<bdi>") + escape(value) + Markup("</bdi>")
    return value


def isolated_text(value: object) -> object:
    """Wrap a text with right-to-left letters in FSI and PDI, for elements without child elements."""
    return isolate(value) if type(value) is str else value


class IsolatedText(Extension):
    """Filters every expression that a template outputs as text, except within tags; Markup is unchanged."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.filters.update(isolated_element=isolated_element, isolated_text=isolated_text)

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """The tokens, with `{{ x }}` as `{{ (x)|isolated_element }}` in text."""
        place = _Place()
        filtering = ""
        for token in stream:
            if token.type == "data":
                place.read(token.value)
            if token.type == "variable_begin":
                filtering = place.filter_name
                yield token
                if filtering:
                    yield Token(token.lineno, "lparen", "(")
            elif token.type == "variable_end" and filtering:
                yield Token(token.lineno, "rparen", ")")
                yield Token(token.lineno, "pipe", "|")
                yield Token(token.lineno, "name", filtering)
                yield token
            else:
                yield token


class _Place:
    """The position in the markup of the next expression."""

    def __init__(self) -> None:
        self._in_tag = False
        self._element = ""

    def read(self, markup: str) -> None:
        """Advance past a piece of markup."""
        opened, closed = markup.rfind("<"), markup.rfind(">")
        if opened != closed:
            self._in_tag = opened > closed
        for end, name in _TAG.findall(markup):
            self._element = "" if end else name.lower()

    @property
    def filter_name(self) -> str:
        """The filter to apply here; empty within tags and where text must stay unchanged."""
        if self._in_tag or self._element in _NEVER:
            return ""
        return "isolated_text" if self._element in _WITHOUT_TAGS else "isolated_element"
