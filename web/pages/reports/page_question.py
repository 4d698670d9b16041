"""A report page's question, read from its URL: quarters, filters, the two times and the report's options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from api.http.problems import invalid
from api.reports.query import bounded, parse_question
from domain.client import is_uuid
from domain.quarters import Quarter
from projections.reports.question import ReportQuestion
from web.bidi import isolate
from web.charts.wording import day_words
from web.components import Link
from web.forms import words_of
from web.pages.filters import Filters
from web.pages.page_context import PageContext
from web.pages.paging import place_in
from web.pages.reports.page import ReportContext, ReportOption, ReportPage
from web.pages.time_params import Times
from web.pages.urls import address

A_PAGE = 50
_LONGEST = 12
_LONGEST_OTHER = 80


@dataclass(frozen=True, slots=True)
class PageQuestion:
    """One page's question: `named` has the quarters that the URL names, `report_question` those that it covers."""

    report: ReportPage
    at: Times
    filters: Filters
    named: ReportQuestion
    report_question: ReportQuestion
    own: Mapping[str, str]
    cursor: str

    @property
    def bounds(self) -> tuple[Quarter | None, Quarter | None]:
        """The quarters as the URL has them."""
        return self.named.first, self.named.last

    @property
    def quarters(self) -> tuple[Quarter, Quarter]:
        """The quarters shown in the form and in links."""
        return self.report_question.bounded().bounds

    @property
    def path(self) -> str:
        """The page's path, without the query string."""
        return f"/reports/{self.report.key}"

    @property
    def preset(self) -> dict[str, str]:
        """The default values of the options that the API requires."""
        return {option.name: option.preset for option in self.report.options if option.preset and option.in_api}

    @property
    def query(self) -> dict[str, str]:
        """All query parameters of the page except the cursor."""
        return {**self.filters.query, **self._bounds, **self._chosen, **self.at.query}

    @property
    def api_query(self) -> dict[str, str]:
        """The query parameters of the API for the same question: full instants, defaults included."""
        api_options = {option.name for option in self.report.options if option.in_api}
        own = {name: text for name, text in self.own.items() if name in api_options}
        return {**self.query, **dict.fromkeys(self._chosen, ""), **own, **self.at.api_query}

    @property
    def is_narrowed(self) -> bool:
        """Whether the URL filters clients or quarters."""
        return self.filters.is_set or bool(self._bounds)

    @property
    def people(self) -> tuple[UUID, ...]:
        """The people named in filters and options."""
        return (*self.filters.people, *(UUID(text) for text in self.own.values() if is_uuid(text)))

    @property
    def heading(self) -> str:
        """The quarters in words; empty if the report has none."""
        if self.report.is_of_a_day or (self.report.holds_on_day and self.bounds == (None, None)):
            return f"On {day_words(self.at.as_of)}"
        first, last = self.bounds if self.report.is_open else self.quarters
        if first and last:
            return f"{first} to {last}"
        if first:
            return f"From {first} on"
        return f"Until {last}" if last else "All quarters"

    @property
    def segment_query(self) -> dict[str, str]:
        """The values of the segmented options, carried by the form as hidden fields."""
        segmented = {option.name for option in self.report.options if option.is_segmented}
        return {name: text for name, text in self._chosen.items() if name in segmented}

    def bound(self, name: str) -> str:
        """The text of a quarter in the URL: `from` or `to`."""
        return self._bounds.get(name, "")

    def context(self, page: PageContext) -> ReportContext:
        """The input of the function that draws the report."""
        limit = A_PAGE if self.report.place else None
        after = place_in(self.cursor, self.report.place, self.path, self.query)
        return ReportContext(
            self.report_question, self.at.query, after, limit, self.own, page.naming, may_record=page.may_record
        )

    def removable(
        self, naming: Callable[[UUID], str], path: str = "", more: Mapping[str, str] | None = None
    ) -> list[Link]:
        """All non-default parameters in words, each with the URL of the page without it.

        `path` is that page's where it is not the report's own, `more` what its addresses keep.
        """
        path, extra = path or self.path, more or {}
        rest = {**self._bounds, **self._chosen, **self.at.query, **extra}
        links = self.filters.removable(path, rest, naming)
        for names, words in self._parameter_words(naming):
            links.append(Link(words, address(path, self.query, extra, dict.fromkeys(names))))
        return links

    def _parameter_words(self, naming: Callable[[UUID], str]) -> list[tuple[tuple[str, ...], str]]:
        parts: list[tuple[tuple[str, ...], str]] = []
        parts += [((name,), f"{'From' if name == 'from' else 'To'} {label}") for name, label in self._bounds.items()]
        for option in self.report.options:
            if option.name in self._chosen and not option.is_segmented:
                value = self._chosen[option.name]
                words = next((choice.label for choice in option.choices if choice.value == value), "")
                words = words or (words_of(value) if option.takes_others else naming(UUID(value)))
                parts.append(((option.name,), f"{option.label}: {isolate(words)}"))
        if self.at.as_of_text:
            parts.append((("as_of",), f"On {day_words(self.at.as_of)}"))
        if self.at.known_at_text:
            parts.append((("known_at",), f"As known {self.at.known_words}"))
        return parts

    @property
    def _bounds(self) -> dict[str, str]:
        return {name: q.label for name, q in zip(("from", "to"), self.bounds, strict=True) if q is not None}

    @property
    def _chosen(self) -> dict[str, str]:
        """The report's options that differ from their defaults."""
        presets = {option.name: option.preset for option in self.report.options}
        return {name: text for name, text in self.own.items() if text != presets[name]}


def question_of(
    report: ReportPage, query: Mapping[str, str], page: PageContext, at: Times, filters: Filters
) -> PageQuestion:
    """The question in a report page's URL. Raises `Problem` 422."""
    named = parse_question(page.queries, at.moment, filters.chosen, _label("from", query), _label("to", query))
    return PageQuestion(
        report,
        at,
        filters,
        named,
        bounded(named) if report.report.is_bounded else named,
        {option.name: text for option in report.options if (text := _option(option, query))},
        query.get("cursor", ""),
    )


def _label(name: str, query: Mapping[str, str]) -> str | None:
    text = query.get(name, "").strip()
    if len(text) > _LONGEST:
        raise invalid((name, "must be a quarter"))
    return text or None


def _option(option: ReportOption, parameters: Mapping[str, str]) -> str:
    text = parameters.get(option.name, "").strip() or option.preset
    if not text:
        return ""
    if option.takes_others and len(text) <= _LONGEST_OTHER:
        return text
    if option.choices and text not in {choice.value for choice in option.choices}:
        raise invalid((option.name, "must be one of " + ", ".join(choice.value for choice in option.choices)))
    if not option.choices and not is_uuid(text):
        raise invalid((option.name, "must be the id of a person"))
    return text
