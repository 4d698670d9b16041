"""The frameworks as tables: their rules with source lines, their sources, and the sources' own interests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.http.problems import UNKNOWN_FRAMEWORK, Problem
from domain.assessment import FRAMEWORKS, Dimension, Framework, edition_of
from domain.assessment.framework import METHODS
from domain.assessment.serialization import Plain
from web.citations import citation
from web.components import Column, Link
from web.pages.assess.wording import DIMENSIONS, FRAMEWORK_OF, MODALITIES, capital, vote_text
from web.pages.page_context import ViewerPage

router = APIRouter(prefix="/frameworks", include_in_schema=False)

QUESTION_COLUMNS = (Column("Question"), Column("Looked at by", numeric=True))
NOTE_COLUMNS = (Column("What the article says"), Column("Where"))


@router.get("")
def show_frameworks(page: ViewerPage) -> Response:
    """The list of frameworks with the number of rules on each dimension."""
    return page.render(
        "frameworks",
        "Frameworks",
        here="frameworks",
        frameworks=FRAMEWORKS,
        methods=METHODS,
        dimensions=[(label, [_decides(one, dimension) for one in FRAMEWORKS]) for dimension, label in _LABELS],
    )


@router.get("/{framework}")
def show_framework(
    framework: str, page: ViewerPage, version: Annotated[int | None, Query(ge=1, le=999)] = None
) -> Response:
    """One framework with all its rules, in its current or an earlier version."""
    definition, edition = FRAMEWORK_OF.get(framework), edition_of(framework, version)
    if definition is None or edition is None:
        raise Problem(UNKNOWN_FRAMEWORK)
    return page.render(
        "framework",
        definition.title,
        here="frameworks",
        crumbs=(Link("Frameworks", "/frameworks"), Link(definition.title)),
        framework=edition,
        others=[number for number in range(1, definition.version + 1) if number != edition["version"]],
        rules=[(_rule_key(rule), rule, capital(vote_text(rule["vote"]))) for rule in _rows(edition, "rules")],
        questions=_question_rows(edition),
        question_columns=QUESTION_COLUMNS,
        notes=[(note["sentence"], citation(note["source"])) for note in _rows(edition, "notes")],
        note_columns=NOTE_COLUMNS,
        settlements=_rows(edition, "settlements"),
        strength=MODALITIES,
        citation=citation,
    )


def _rows(edition: Plain, name: str) -> list[dict[str, Any]]:
    return list(cast("list[dict[str, Any]]", edition[name]))


def _rule_key(rule: Mapping[str, Any]) -> str:
    return f"{rule['rule']}.{rule['clause']}" if rule["clause"] else str(rule["rule"])


_LABELS = tuple((Dimension(name), label) for name, label in DIMENSIONS.items())


def _decides(framework: Framework, dimension: Dimension) -> int:
    """The number of rules that vote on each dimension."""
    return len(framework.votes[dimension])


def _question_rows(edition: Plain) -> list[tuple[str, str]]:
    rules = _rows(edition, "rules")
    return [
        (question["question"], _rules(sum(question["name"] in rule["answers"] for rule in rules)))
        for question in _rows(edition, "questions")
    ]


def _rules(count: int) -> str:
    return f"{count} rule" if count == 1 else f"{count} rules"
