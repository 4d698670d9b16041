"""What the building blocks of the pages are given: the typed side of `templates/parts.html` and `base.html`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere; without `href` they are where the reader already is."""

    label: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class NavItem:
    """A place in the navigation. `key` names it in `here`; `shortcut` is pressed after `g`."""

    key: str
    label: str
    href: str
    shortcut: str = ""


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Places under one heading; the first group has none."""

    label: str
    items: tuple[NavItem, ...]


NAVIGATION: tuple[NavGroup, ...] = (
    NavGroup(
        "",
        (
            NavItem("overview", "Overview", "/", "o"),
            NavItem("clients", "Clients", "/clients", "c"),
            NavItem("milestones", "Milestones", "/milestones", "m"),
            NavItem("people", "People", "/people", "p"),
            NavItem("assess", "Assess", "/assess", "a"),
            NavItem("frameworks", "Frameworks", "/frameworks", "f"),
        ),
    ),
    NavGroup(
        "Reports",
        (
            NavItem("reports", "All reports", "/reports"),
            NavItem("board-report", "Board report", "/board-report"),
        ),
    ),
    NavGroup(
        "",
        (NavItem("import", "Import", "/import"), NavItem("settings", "Settings", "/settings", "s")),
    ),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values that a field may take."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Picked:
    """What a field shows that takes people or clients, found by their names.

    `people` are those that are the field's value; the hint of each says what tells namesakes apart. `text` is what
    stands where names are typed, and `stands_for` the text that the field's value stands for: as long as both are the
    same, the value stays. `candidates` are the matches of a text that does not mean one of them for certain, and
    `error` says so; `addable` is a name that may be put on record. `find` is the address that finds matches.
    """

    people: tuple[Choice, ...] = ()
    text: str = ""
    stands_for: str = ""
    candidates: tuple[Choice, ...] = ()
    error: str = ""
    addable: str = ""
    find: str = ""
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A form field: what it is called, what was typed, and what is wrong with it.

    `kind` is an input's type, or `textarea`, `select`, `radio`, `checkbox`, `checks` (several of `choices`), `person`,
    `people`, `client` or `clients` (found by typing names; `picked` says what they are). `value` keeps what was typed,
    refused or not; for `checks`, `people` and `clients` it holds the chosen values separated by spaces, for `checkbox`
    anything but the empty string is ticked. `options` become attributes of the input (`min`, `list`, `inputmode`, …);
    `blank` are the words for choosing nothing.
    """

    name: str
    label: str
    value: str = ""
    kind: str = "text"
    hint: str = ""
    error: str = ""
    required: bool = False
    choices: tuple[Choice, ...] = ()
    options: Mapping[str, str] | None = None
    blank: str = ""
    picked: Picked | None = None

    @property
    def id(self) -> str:
        """The input's id; dots and brackets of the name become dashes."""
        return "f-" + "".join(letter if letter.isalnum() else "-" for letter in self.name)

    @property
    def chosen(self) -> frozenset[str]:
        """The values picked among several."""
        return frozenset(self.value.split())


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something was not done, in plain words; `errors` are fields of the form with their messages."""

    title: str
    detail: str = ""
    errors: tuple[tuple[str, str], ...] = ()
    more: Link | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A passing word to the reader. `tone` is `good`, `plain` or `warn`; `undo` takes back what was just done."""

    text: str
    tone: str = "plain"
    undo: Link | None = None


@dataclass(frozen=True, slots=True)
class Empty:
    """What an empty page teaches: a sentence, the main action, and the same as a `curl` line."""

    sentence: str
    action: Link | None = None
    curl: str = ""


@dataclass(frozen=True, slots=True)
class Stat:
    """One figure with its name, how it moved, and where it leads."""

    label: str
    value: str
    note: str = ""
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column; `sort` is the URL that orders by it, `sorted_by` is `ascending`, `descending` or empty.

    The words of a `short` one are never broken into lines.
    """

    label: str
    numeric: bool = False
    sort: str | None = None
    sorted_by: str = ""
    short: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A table's cell: text, perhaps a link, perhaps a quieter second line."""

    text: str
    href: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pages:
    """Where a long list goes on: `position` in words (`51 to 100 of 500`), and the pages before and after."""

    position: str
    previous: str | None = None
    next: str | None = None


@dataclass(frozen=True, slots=True)
class MilestoneRow:
    """A milestone in a list; `tag` is a word at its end, `planned` says that it lies after the as-of date."""

    id: str
    kind: str
    on: date
    title: str
    precision: str = "day"
    note: str = ""
    href: str | None = None
    planned: bool = False
    tag: str = ""
