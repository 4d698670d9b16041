"""Submitting forms: each runs the command of the API, once however often the button is pressed."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from api.auth.access import credential_of
from api.commands import CommandContext
from api.http.etags import Expected, etag_of
from api.http.problems import Problem, invalid
from api.schemas.messages import PATTERNS, message_of
from api.schemas.scalars import NEGATIVE_AMOUNT, NOT_AN_AMOUNT, SLUG
from web.charts.wording import day_words
from web.components import Link, Refusal
from web.form_fields import NOT_STORABLE, UNSTORABLE, FormField, Typed
from web.forms import words_of
from web.pages.page_context import PageContext

Shape = TypeVar("Shape", bound=BaseModel)

FORM_ID = "form_id"
VERSION = "version"
_FORM_ID = re.compile(r"[0-9a-f-]{36}", re.ASCII)
_VERSION = re.compile(r"[0-9]{1,15}", re.ASCII)


def writer_of(page: PageContext, form: Typed) -> CommandContext:
    """The command context of a form: the caller, the expected version and an idempotency key.

    A form sent again with the same content (a button pressed twice, a page reloaded) repeats the same command; with
    other content it is a new command. Raises `Problem` 422 naming the fields with characters that cannot be stored.
    """
    if unstorable := form.unstorable():
        raise invalid(*unstorable)
    content = hashlib.sha256(json.dumps([page.request.url.path, form.pairs()]).encode()).hexdigest()
    form_id = form.text(FORM_ID)
    key = f"form-{form_id}-{content[:32]}" if _FORM_ID.fullmatch(form_id) else None
    return CommandContext(page.context, page.caller, key, content, expected_by(form), credential_of(page.request))


def expected_by(form: Typed) -> Expected:
    """The `If-Match` condition of a form: the version it was rendered with; no condition without one."""
    version = form.text(VERSION)
    return Expected(frozenset({etag_of(int(version))})) if _VERSION.fullmatch(version) else Expected()


def response_body(response: Response) -> Mapping[str, Any]:
    """The JSON body of a command's response."""
    body: Mapping[str, Any] = json.loads(bytes(response.body))
    return body


def validated(shape: type[Shape], content: Mapping[str, Any], faults: Sequence[tuple[str, str]] = ()) -> Shape:
    """The request body of the API from a form's fields. Raises `Problem` 422 naming each invalid field.

    `faults` are fields that could not be read, with the reasons: they are named as well.
    """
    unread = {name[:end] for name, _ in faults for end in (*_dots(name), len(name))}
    try:
        body = shape.model_validate(content)
    except ValidationError as fault:
        wrong = [
            (_path_of(e["loc"]), "required" if e["type"] == "missing" else message_of(e["msg"]))
            for e in fault.errors(include_input=False)
        ]
        raise invalid(*faults, *(one for one in wrong if one[0] not in unread)) from None
    if faults:
        raise invalid(*faults)
    return body


def _dots(name: str) -> Iterator[int]:
    return (place for place, letter in enumerate(name) if letter == ".")


def _path_of(place: Sequence[int | str]) -> str:
    """The dotted field of an error; an entry of a list is named after its list."""
    return ".".join(str(part) for part in itertools.takewhile(lambda part: isinstance(part, str), place))


def renamed(problem: Problem, names: Mapping[str, str]) -> Problem:
    """The problem with the fields of the API under the names that they have in the form."""
    problem.errors = tuple((names.get(field, field), message) for field, message in problem.errors)
    return problem


def unfilled(form_fields: Iterable[FormField], typed: Typed) -> list[tuple[str, str]]:
    """The required fields of a form that are empty, as faults."""
    return [(one.name, "required") for one in form_fields if one.required and not typed.of(one).strip()]


def errors_of(problem: Problem, under: str = "") -> dict[str, str]:
    """A problem's first message on each form field; the prefix `under` is removed from the names of the fields."""
    errors: dict[str, str] = {}
    for field, message in problem.errors or _ABOUT_A_FIELD.get(problem.kind.slug, ()):
        errors.setdefault(field.removeprefix(under), sentence(message))
    return errors


_ABOUT_A_FIELD: Mapping[str, Sequence[tuple[str, str]]] = {
    "slug-taken": (("slug", "Another client has this short name. Enter another one"),),
    "email-taken": (("email", "Another user has this email address. Enter another one"),),
}
"""Problems that are about one field of a form without naming it, by the last part of their type."""


_ON_PAGES = {
    NOT_AN_AMOUNT: "Enter an amount, for example 8,500",
    f"must not hold a code point that is not a character (U+{ord(UNSTORABLE):04X})": NOT_STORABLE[:1].upper()
    + NOT_STORABLE[1:],
    NEGATIVE_AMOUNT: "Amounts are not negative. Enter an amount, for example 8,500",
    PATTERNS[SLUG]: "Use letters from a to z, digits and spaces, and start with a letter",
    "must be the id of a sign, like A07, or a slug of small letters and digits": (
        "Choose a sign from the guide, or type a name of your own that starts with a letter from a to z"
    ),
    "enter at least one of hours_per_month, monthly_fee and reports_to": (
        "Enter new hours, a new fee or a new reporting line"
    ),
    "must be a UUID": "Choose one",
    "must be an http or https URL": "Enter web addresses that start with https:// or http://, one per line",
    "must be a person's id": "Choose a person",
    "must be false for a link with a password": "A link with a password can't be embedded",
    "must not be in the past, unless `allow_past` is given": (
        "This day is in the past. Choose today or a later day, or confirm below that the past date is intended"
    ),
    "must not come before `from`": "Choose a quarter that is not before “From”",
    "must not come after `known_at`": "Choose a day that is not after “As known on”",
    "requires `quarter`, and the other way round": "Choose a quarter and a structure together",
    "is required with `from_structure` and `to_structure`": "Choose the quarter as well",
    "must be a cursor returned by this list": "The list has changed; begin with its first page",
}
"""Messages of the API that forms word differently, because they accept other spellings and show names."""
_NO_CHOICE = re.compile(r"must be '.*'|must be one of .*")
"""The message for a value that is none of an enumeration's: a form shows the names of these."""
_REWORDED: Sequence[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = (
    (re.compile(r"must be a quarter written like (.*)"), lambda match: f"Enter a quarter, for example {match[1]}"),
    (re.compile(r"must be at most (\d+) quarters after `from`"), lambda match: f"Choose at most {match[1]} quarters"),
    (
        re.compile(r"must (?:lie|be) between (\d{4}-\d\d-\d\d) and (\d{4}-\d\d-\d\d)"),
        lambda match: "Enter a date between {} and {}".format(*map(_day, match.groups())),
    ),
)
"""Messages with figures that forms word differently."""


def _day(text: str) -> str:
    return day_words(date.fromisoformat(text))


def sentence(message: str) -> str:
    """A message as a sentence by itself: `must be a date` is `Must be a date.`"""
    message = "Choose one" if _NO_CHOICE.fullmatch(message) else _ON_PAGES.get(message, message)
    for pattern, words in _REWORDED:
        if match := pattern.fullmatch(message):
            message = words(match)
    text = message[:1].upper() + message[1:]
    return text if text.endswith((".", "!", "?")) else text + "."


def refusal_of(
    problem: Problem,
    labels: Mapping[str, tuple[str, str]],
    under: str = "",
    more: Link | None = None,
    opened_on: date | None = None,
) -> Refusal:
    """The error summary of a form; `labels` maps a field's name to its element id and label, in the form's order.

    `opened_on` is the day on which the form's engagement opened.
    """
    errors = []
    places = {field: place for place, field in enumerate(labels)}

    def place_of(error: tuple[str, str]) -> int:
        return places.get(error[0], places.get(error[0].partition(".")[0], len(places)))

    for field, message in sorted(errors_of(problem, under).items(), key=place_of):
        unlabelled = ("", words_of(field.replace(".", " ")))
        anchor, label = labels.get(field) or labels.get(field.partition(".")[0], unlabelled)
        errors.append((anchor, f"{label}: {message}"))
    if errors:
        return Refusal("Please fix the highlighted fields", errors=tuple(errors), more=more)
    if opened_on is not None and problem.kind.slug == "before-opening":
        return Refusal(f"The engagement opened on {day_words(opened_on)}; choose a later date", more=more)
    if problem.kind.slug == "nothing-to-change":
        return Refusal("Nothing has changed", "Change a value, then save.", more=more)
    title = problem.kind.title
    detail = problem.detail if problem.detail != title else ""
    return Refusal(title.rstrip("."), detail, more=more)
