"""Page definitions of the kinds about how the two functions work together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from domain.areas import AI_AREAS, DECISION_AREAS, SEAM_AREAS, SIGNS, TECHNOLOGY_AREAS
from domain.milestones import Kind
from web.components import Choice
from web.formatting import money_text, sign_title
from web.forms import words_of
from web.kinds.fields import FieldSection, FieldText
from web.kinds.page import Family, Group, KindPage, Naming, Words, joined

_OWNERS = {"technology": "technology", "ai": "AI", "joint": "both together", "ceo": "the CEO"}
_SPENDERS = (Choice("technology", "CTO"), Choice("ai", "CAIO"))


def _joined(slugs: tuple[str, ...]) -> str:
    return ", ".join(words_of(slug).lower().replace("ai ", "AI ").replace("mlops", "MLOps") for slug in slugs)


_AREA = FieldText(
    "area",
    "Area",
    hint=f"Usually decided by technology: {_joined(TECHNOLOGY_AREAS)}. Usually decided by AI: {_joined(AI_AREAS)}. "
    f"Shared: {_joined(SEAM_AREAS[:4])} and more. You can also enter any other area.",
    proposals=tuple(words_of(slug) for slug in DECISION_AREAS),
)
_OPEN_CONFLICT = FieldText(
    "conflict",
    "Which conflict",
    proposals=lambda context: context.conflicts,
    without="No conflict is open.",
)
_NEW_SIGN = FieldText(
    "sign",
    "Warning sign",
    hint="Type the name of a sign, choose one from the guide, or enter a name of your own.",
    proposals=tuple(SIGNS.values()),
)
_STANDING_SIGN = FieldText(
    "sign",
    "Which sign",
    without="No observed sign is open. Detected signs clear themselves.",
)


def _decision_text(details: Mapping[str, Any], naming: Naming) -> Words:
    limit = money_text(details.get("spending_limit"))
    note = f"decided by {_OWNERS[details['owner']]}{f', alone up to {limit}' if limit else ''}"
    return Words(words_of(details["area"]), note)


def _limit_text(details: Mapping[str, Any], naming: Naming) -> Words:
    title = {"technology": "CTO spending limit set", "ai": "CAIO spending limit set"}[details["function"]]
    limit = money_text(details.get("limit"))
    return Words(title, f"{limit} a month" if limit else "")


def _alignment_text(details: Mapping[str, Any], naming: Naming) -> Words:
    names = " and ".join(naming(UUID(person)) for person in details["participants"])
    return Words("Alignment held", joined(": ", names, ", ".join(details.get("topics") or ())))


def _raised_text(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words("Conflict raised", joined(": ", details.get("conflict"), details.get("topic")))


def _resolved_text(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words("Conflict resolved", joined(", ", details.get("conflict"), f"by {_OWNERS[details['resolved_by']]}"))


def _observed_text(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words("Warning sign observed", joined(": ", sign_title(details["sign"]), details.get("evidence")))


def _cleared_text(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words("Warning sign cleared", sign_title(details["sign"]))


def _declined_text(details: Mapping[str, Any], naming: Naming) -> Words:
    return Words("Advice declined", str(details.get("reason") or ""))


PAGES = (
    KindPage(
        Kind.DECISION_RIGHT_ASSIGNED,
        Family.DECISION,
        Group.WORKING_TOGETHER,
        "Who decides in an area",
        (
            FieldSection(
                "",
                (_AREA, FieldText("owner", "Who decides"), FieldText("spending_limit", "Decides alone up to")),
            ),
        ),
        _decision_text,
    ),
    KindPage(
        Kind.SPENDING_LIMIT_SET,
        Family.DECISION,
        Group.WORKING_TOGETHER,
        "Monthly amount the CTO or CAIO may spend without approval",
        (
            FieldSection(
                "",
                (FieldText("function", "Role", choices=_SPENDERS), FieldText("limit", "Limit a month")),
            ),
        ),
        _limit_text,
    ),
    KindPage(
        Kind.ALIGNMENT_HELD,
        Family.DECISION,
        Group.WORKING_TOGETHER,
        "The two leaders met",
        (
            FieldSection(
                "",
                (FieldText("participants", "Participants"), FieldText("topics", "Topics", hint="One per line.")),
            ),
        ),
        _alignment_text,
    ),
    KindPage(
        Kind.CONFLICT_RAISED,
        Family.DECISION,
        Group.WORKING_TOGETHER,
        "The two leaders disagree",
        (
            FieldSection(
                "",
                (
                    FieldText("conflict", "Short name", hint="Unique within the engagement, for example gpu-budget."),
                    FieldText("topic", "Topic"),
                ),
            ),
        ),
        _raised_text,
    ),
    KindPage(
        Kind.CONFLICT_RESOLVED,
        Family.DECISION,
        Group.WORKING_TOGETHER,
        "A disagreement was settled",
        (FieldSection("", (_OPEN_CONFLICT, FieldText("resolved_by", "Resolved by"))),),
        _resolved_text,
    ),
    KindPage(
        Kind.SIGN_OBSERVED,
        Family.DECISION,
        Group.SIGNS_AND_ADVICE,
        "An anti-pattern was observed",
        (FieldSection("", (_NEW_SIGN, FieldText("evidence", "Evidence"))),),
        _observed_text,
    ),
    KindPage(
        Kind.SIGN_CLEARED,
        Family.DECISION,
        Group.SIGNS_AND_ADVICE,
        "An anti-pattern no longer applies",
        (FieldSection("", (_STANDING_SIGN, FieldText("evidence", "Evidence"))),),
        _cleared_text,
    ),
    KindPage(
        Kind.ADVICE_DECLINED,
        Family.DECISION,
        Group.SIGNS_AND_ADVICE,
        "Why an assessment's advice is not followed",
        (
            FieldSection(
                "",
                (FieldText("assessment", "Assessment of"), FieldText("reason", "Reason", long=True)),
            ),
        ),
        _declined_text,
    ),
)
