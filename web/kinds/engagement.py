"""Page definitions of the kinds about the engagement as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from domain.milestones import Kind
from web.charts.wording import day_words
from web.kinds.fields import FieldSection, FieldText
from web.kinds.page import Family, Group, KindPage, Naming, Text, Words, joined, person

_REASON = FieldText("reason", "Reason")


def _opened_text(details: Mapping[str, Any], naming: Naming) -> Words:
    lead = f", led by {person(details, naming, 'practice_lead')}" if details.get("practice_lead") else ""
    return Words("Engagement opened", f"{details['name']}{lead}")


def _assessment_text(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words("Assessment taken", f"by {person(details, naming, 'assessor')}, {len(details['answers'])} answers")


def _renewal_text(details: Mapping[str, Any], naming: Naming) -> Words:
    notice = details.get("notice_by")
    until = f", notice by {day_words(date.fromisoformat(notice))}" if notice else ""
    return Words("Renewal date set", f"{day_words(date.fromisoformat(details['renews_on']))}{until}")


def _reason_text(title: str) -> Text:
    return lambda details, naming: Words(title, str(details.get("reason") or ""))


def _closed_text(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words("Engagement closed", joined("; ", details.get("outcome"), details.get("reason")))


PAGES = (
    KindPage(
        Kind.OPENED,
        Family.ENGAGEMENT,
        None,
        "Work with the client begins",
        (FieldSection("", (FieldText("name", "Name of the engagement"), FieldText("practice_lead", "Practice lead"))),),
        _opened_text,
    ),
    KindPage(
        Kind.ASSESSMENT_TAKEN,
        Family.DECISION,
        None,
        "The frameworks' questions are answered",
        (FieldSection("", (FieldText("assessor", "Assessor"),)),),
        _assessment_text,
    ),
    KindPage(
        Kind.RENEWAL_SET,
        Family.ENGAGEMENT,
        Group.ENGAGEMENT,
        "When the contract renews",
        (
            FieldSection(
                "",
                (
                    FieldText("renews_on", "Renews on", hint="The first day of the next term."),
                    FieldText("notice_by", "Last day to give notice"),
                ),
            ),
        ),
        _renewal_text,
    ),
    KindPage(
        Kind.PAUSED,
        Family.ENGAGEMENT,
        Group.ENGAGEMENT,
        "Seats stay; fees and hours stop counting",
        (FieldSection("", (_REASON,)),),
        _reason_text("Engagement paused"),
    ),
    KindPage(
        Kind.RESUMED,
        Family.ENGAGEMENT,
        Group.ENGAGEMENT,
        "The engagement continues",
        (FieldSection("", (_REASON,)),),
        _reason_text("Engagement resumed"),
    ),
    KindPage(
        Kind.CLOSED,
        Family.ENGAGEMENT,
        Group.ENGAGEMENT,
        "The engagement and its seats end; the closing day no longer counts",
        (
            FieldSection(
                "",
                (FieldText("outcome", "Outcome", hint="For example, handed to a full-time pair."), _REASON),
                "The closing day itself no longer counts. If it is the last day of work, close on the day after.",
            ),
        ),
        _closed_text,
    ),
)
