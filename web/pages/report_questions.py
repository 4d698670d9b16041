"""What a report's page is asked, from its URL: quarters, filters, the two times, and what only that report takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from api.filters import quarter_named
from api.problems import invalid
from domain.client import is_uuid
from domain.quarters import Quarter, quarters_between
from projections.reports.parameters import ReportParameters, last_quarters
from web.charts.wording import day_words
from web.pages.addresses import address
from web.pages.filters import Filters
from web.pages.moments import Times
from web.pages.paging import place_in
from web.pages.reports.report import Asked, Own, Report
from web.pages.visit import Visit
from web.parts import Link

A_PAGE = 50
MOST_QUARTERS = 80
_LONGEST = 12


@dataclass(frozen=True, slots=True)
class Question:
    """One page's question. `bounds` are the quarters as the URL has them, `quarters` those that are looked at."""

    report: Report
    at: Times
    filters: Filters
    bounds: tuple[Quarter | None, Quarter | None]
    quarters: tuple[Quarter, Quarter]
    own: Mapping[str, str]
    cursor: str

    @property
    def path(self) -> str:
        """The page's address, without what it is asked."""
        return f"/reports/{self.report.key}"

    @property
    def preset(self) -> dict[str, str]:
        """What the report is asked when the URL says nothing, where it cannot be asked without."""
        return {own.name: own.preset for own in self.report.own if own.preset and own.is_asked}

    @property
    def query(self) -> dict[str, str]:
        """Everything that the URL says, the page of rows left out."""
        return {**self.filters.query, **self._bounds, **self._chosen, **self.at.query}

    @property
    def api_query(self) -> dict[str, str]:
        """The same question as the API takes it: instants in full, presets said."""
        asked = {own.name for own in self.report.own if own.is_asked}
        own = {name: text for name, text in self.own.items() if name in asked}
        return {**self.query, **dict.fromkeys(self._chosen, ""), **own, **self.at.api_query}

    @property
    def is_narrowed(self) -> bool:
        """Whether the URL picks clients or quarters."""
        return self.filters.is_set or bool(self._bounds)

    @property
    def people(self) -> tuple[UUID, ...]:
        """The people that the question names."""
        return (*self.filters.people, *(UUID(text) for text in self.own.values() if is_uuid(text)))

    @property
    def heading(self) -> str:
        """The quarters in words; nothing where none matters."""
        if self.report.is_of_a_day:
            return f"On {day_words(self.at.as_of)}"
        first, last = self.bounds if self.report.is_open else self.quarters
        if first and last:
            return f"{first} to {last}"
        if first:
            return f"From {first} on"
        return f"Until {last}" if last else "All quarters"

    @property
    def ways_set(self) -> dict[str, str]:
        """The ways to look that were picked, which a form has to carry along."""
        ways = {own.name for own in self.report.own if own.is_way}
        return {name: text for name, text in self._chosen.items() if name in ways}

    def bound(self, name: str) -> str:
        """A quarter as the URL has it: `from` or `to`."""
        return self._bounds.get(name, "")

    def asked(self, visit: Visit) -> Asked:
        """What the report's own function is asked."""
        first, last = self.quarters
        parameters = ReportParameters(first, last, self.at.as_of, self.at.known_at, self.filters.chosen, visit.visible)
        limit = A_PAGE if self.report.place else None
        after = place_in(self.cursor, self.report.place, self.path, self.query)
        return Asked(parameters, self.at.query, after, limit, self.bounds, self.own, visit.naming)

    def removable(
        self, naming: Callable[[UUID], str], path: str = "", more: Mapping[str, str] | None = None
    ) -> list[Link]:
        """Everything that was asked for beyond the usual, in words, each with the address of the page without it.

        `path` is that page's where it is not the report's own, `more` what its addresses keep.
        """
        path, kept = path or self.path, more or {}
        rest = {**self._bounds, **self._chosen, **self.at.query, **kept}
        told = self.filters.removable(path, rest, naming)
        for names, words in self._beyond(naming):
            told.append(Link(words, address(path, self.query, kept, dict.fromkeys(names))))
        return told

    def _beyond(self, naming: Callable[[UUID], str]) -> list[tuple[tuple[str, ...], str]]:
        told: list[tuple[tuple[str, ...], str]] = []
        told += [((name,), f"{'From' if name == 'from' else 'To'} {label}") for name, label in self._bounds.items()]
        for own in self.report.own:
            if own.name in self._chosen and not own.is_way:
                value = self._chosen[own.name]
                words = next((choice.label for choice in own.choices if choice.value == value), "")
                told.append(((own.name,), f"{own.label}: {words or naming(UUID(value))}"))
        if self.at.as_of_text:
            told.append((("as_of",), f"On {day_words(self.at.as_of)}"))
        if self.at.known_at_text:
            told.append((("known_at",), f"As known {self.at.known_words}"))
        return told

    @property
    def _bounds(self) -> dict[str, str]:
        return {name: q.label for name, q in zip(("from", "to"), self.bounds, strict=True) if q is not None}

    @property
    def _chosen(self) -> dict[str, str]:
        """The report's own parameters, where they are not as they are anyway."""
        presets = {own.name: own.preset for own in self.report.own}
        return {name: text for name, text in self.own.items() if text != presets[name]}


def question_of(report: Report, given: Mapping[str, str], visit: Visit, at: Times, filters: Filters) -> Question:
    """What a URL asks of a report; the last eight quarters unless they are named. Raises `Problem` 422."""
    month = visit.house.fiscal_year_start_month
    first, last = (_quarter(name, given, month) for name in ("from", "to"))
    return Question(
        report,
        at,
        filters,
        (first, last),
        _looked_at(first, last, last_quarters(at.as_of, month)),
        {own.name: text for own in report.own if (text := _own(own, given))},
        given.get("cursor", ""),
    )


def _looked_at(first: Quarter | None, last: Quarter | None, usual: tuple[Quarter, Quarter]) -> tuple[Quarter, Quarter]:
    until = last or usual[1]
    since = first or (usual[0] if usual[0] <= until else until)
    if until < since and last is None:
        until = since
    if until < since:
        raise invalid(("to", f"must not come before {since}"))
    if len(quarters_between(since, until)) > MOST_QUARTERS:
        raise invalid(("from", f"at most {MOST_QUARTERS} quarters are shown at once"))
    return since, until


def _quarter(name: str, given: Mapping[str, str], month: int) -> Quarter | None:
    text = given.get(name, "").strip()
    if len(text) > _LONGEST:
        raise invalid((name, "must be a quarter"))
    return quarter_named(name, text or None, month)


def _own(own: Own, given: Mapping[str, str]) -> str:
    text = given.get(own.name, "").strip() or own.preset
    if not text:
        return ""
    if own.choices and text not in {choice.value for choice in own.choices}:
        raise invalid((own.name, "must be one of " + ", ".join(choice.value for choice in own.choices)))
    if not own.choices and not is_uuid(text):
        raise invalid((own.name, "must be the id of a person"))
    return text
