"""Page definitions of the kinds about work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.areas import DELIVERABLES
from domain.milestones import Kind
from web.charts.wording import month_words
from web.formatting import FUNCTION_WORDS, number_text
from web.forms import words_of
from web.kinds.fields import FieldSection, FieldText
from web.kinds.page import Family, Group, KindPage, Naming, Words

_DELIVERABLE = FieldText(
    "deliverable",
    "Deliverable",
    hint="Choose a usual one or enter your own.",
    proposals=tuple(words_of(slug) for slug in DELIVERABLES),
)
_INITIATIVE = FieldText(
    "initiative",
    "Which initiative",
    proposals=lambda context: context.initiatives,
    without="No initiative has started yet.",
)


def _deliverable_text(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words(f"{words_of(details['deliverable'])} issued", f"by the {FUNCTION_WORDS[details['function']]} role")


def _hours_text(details: Mapping[str, Any], naming: Naming) -> Words:
    month = month_words(details["month"])
    note = f"{number_text(details['hours'])} h {FUNCTION_WORDS[details['function']]} in {month}"
    return Words("Hours reported", note)


def _started_text(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words("Initiative started", details["initiative"])


def _live_text(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words("Initiative live", details["initiative"])


def _outcome_text(details: Mapping[str, Any], naming: Naming) -> Words:
    subject = f"{details['initiative']}: {details['metric']}"
    if "value" not in details:
        return Words("Outcome measured", subject)
    before = f"{number_text(details['baseline'])} to " if details.get("baseline") is not None else ""
    return Words("Outcome measured", f"{subject} {before}{number_text(details['value'])} {details['unit']}")


PAGES = (
    KindPage(
        Kind.DELIVERABLE_ISSUED,
        Family.WORK,
        Group.WORK,
        "The client received a document or artifact",
        (FieldSection("", (_DELIVERABLE, FieldText("function", "Role"))),),
        _deliverable_text,
    ),
    KindPage(
        Kind.HOURS_REPORTED,
        Family.WORK,
        Group.WORK,
        "Hours worked in one role in a month",
        (
            FieldSection(
                "",
                (
                    FieldText("month", "Month", hint="For example 2026-03 or Mar 2026."),
                    FieldText("function", "Role"),
                    FieldText("hours", "Hours"),
                ),
            ),
        ),
        _hours_text,
    ),
    KindPage(
        Kind.INITIATIVE_STARTED,
        Family.WORK,
        Group.WORK,
        "AI work begins",
        (FieldSection("", (FieldText("initiative", "Short name", hint="Unique within the engagement."),)),),
        _started_text,
    ),
    KindPage(
        Kind.INITIATIVE_LIVE,
        Family.WORK,
        Group.WORK,
        "An initiative is in production",
        (FieldSection("", (_INITIATIVE,)),),
        _live_text,
    ),
    KindPage(
        Kind.OUTCOME_MEASURED,
        Family.WORK,
        Group.WORK,
        "What an initiative was worth",
        (
            FieldSection(
                "",
                (
                    _INITIATIVE,
                    FieldText("metric", "Metric", hint="For example, median handling time."),
                    FieldText("baseline", "Before"),
                    FieldText("value", "Now"),
                    FieldText("unit", "Unit", hint="For example minutes, percent or USD."),
                ),
            ),
        ),
        _outcome_text,
    ),
)
