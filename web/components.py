"""Typed arguments of the page components in `templates/parts.html` and `base.html`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Link:
    """A link; without `href` it is the current page."""

    label: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class NavItem:
    """A navigation entry. `key` identifies it in `here`; `shortcut` is pressed after `g`."""

    key: str
    label: str
    href: str
    shortcut: str = ""


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Navigation entries under a heading; the first group has none."""

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
            NavItem("signs", "Warning signs", "/signs", "i"),
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
        (NavItem("import", "Import", "/settings/imports"), NavItem("settings", "Settings", "/settings", "s")),
    ),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a field may take."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Picked:
    """The state of a field filled by typing names of people or clients.

    `people` are its current values; their hints distinguish namesakes. `text` is the typed text, and `stands_for` the
    text that the current value stands for: while both are equal, the value stays. `candidates` are the matches of an
    ambiguous text, which `error` explains; `addable` is a name that may be added. `find` is the search address.
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
    """A form field with its label, value and error.

    `kind` is an input type, or `textarea`, `select`, `radio`, `checkbox`, `checks` (several of `choices`), `person`,
    `people`, `client` or `clients` (filled by typing names, see `picked`). `value` is the submitted text, valid or not;
    for `checks`, `people` and `clients` it holds the chosen values separated by spaces; for `checkbox` any non-empty
    value means ticked. `options` are HTML attributes of the input (`min`, `list`, `inputmode`, …); `blank` is the label
    of the empty choice. A button sets a field with another value than its `default` to it.
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
    default: Choice | None = None

    @property
    def id(self) -> str:
        """The input's id: the name with dots and brackets replaced by dashes."""
        return "f-" + "".join(letter if letter.isalnum() else "-" for letter in self.name)

    @property
    def chosen(self) -> frozenset[str]:
        """The selected values."""
        return frozenset(self.value.split())


@dataclass(frozen=True, slots=True)
class Refusal:
    """The reason why something was not done; `errors` are form fields with messages."""

    title: str
    detail: str = ""
    errors: tuple[tuple[str, str], ...] = ()
    more: Link | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A flash message. `tone` is `good`, `plain` or `warn`; `undo` reverts the action."""

    text: str
    tone: str = "plain"
    undo: Link | None = None


@dataclass(frozen=True, slots=True)
class Empty:
    """The content of an empty page: a sentence, the main action, an equivalent `curl` command, and another way."""

    sentence: str
    action: Link | None = None
    curl: str = ""
    other: Link | None = None


@dataclass(frozen=True, slots=True)
class Stat:
    """A figure with its name, a note on its change, and a link."""

    label: str
    value: str
    note: str = ""
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A table column; `sort` is the URL that sorts by it, `sorted_by` is `ascending`, `descending` or empty.

    Text in a `short` column does not wrap.
    """

    label: str
    numeric: bool = False
    sort: str | None = None
    sorted_by: str = ""
    short: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell: text, an optional link, and an optional note below."""

    text: str
    href: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pages:
    """Pagination: the `position` in words (`51 to 100 of 500`), and links to the previous and next page."""

    position: str
    previous: str | None = None
    next: str | None = None


@dataclass(frozen=True, slots=True)
class MilestoneRow:
    """A milestone in a list; `tag` is a label at its end, `planned`: after the as-of date."""

    id: str
    kind: str
    on: date
    title: str
    precision: str = "day"
    note: str = ""
    href: str | None = None
    planned: bool = False
    tag: str = ""
