"""The frameworks as tables: their rules with source lines, their sources, and the sources' own interests."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.responses import Response

from api.http.problems import UNKNOWN_FRAMEWORK, Problem
from domain.assessment import FRAMEWORKS, QUESTIONS, Dimension, Framework
from domain.assessment.framework import METHODS
from web.components import Column, Link
from web.pages.assess.wording import DIMENSIONS, FRAMEWORK_OF, dimension_text
from web.pages.page_context import ViewerPage

router = APIRouter(prefix="/frameworks", include_in_schema=False)

QUESTION_COLUMNS = (Column("Question"), Column("Looked at by", numeric=True))
NOTE_COLUMNS = (Column("Note"), Column("What the source says"), Column("Line"))


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
def show_framework(framework: str, page: ViewerPage) -> Response:
    """One framework with all its rules."""
    definition = FRAMEWORK_OF.get(framework)
    if definition is None:
        raise Problem(UNKNOWN_FRAMEWORK)
    return page.render(
        "framework",
        definition.title,
        here="frameworks",
        crumbs=(Link("Frameworks", "/frameworks"), Link(definition.title)),
        framework=definition,
        method=METHODS[definition.method],
        rules=[(rule, _speaks_for(rule.vote.speaks_for)) for rule in definition.rules],
        questions=_question_rows(definition),
        question_columns=QUESTION_COLUMNS,
        notes=[(note.id, note.sentence, note.source) for note in definition.notes],
        note_columns=NOTE_COLUMNS,
    )


_LABELS = tuple((Dimension(name), label) for name, label in DIMENSIONS.items())


def _decides(framework: Framework, dimension: Dimension) -> int:
    """The number of rules that vote on each dimension."""
    return len(framework.votes[dimension])


def _speaks_for(vote: Mapping[str, str]) -> list[str]:
    return [f"{DIMENSIONS[dimension]}: {_low(dimension_text(dimension, value))}" for dimension, value in vote.items()]


def _low(text: str) -> str:
    return text if text.startswith("AI") else text.lower()


def _question_rows(framework: Framework) -> list[tuple[str, str]]:
    return [
        (QUESTIONS[name].text, _rules(sum(name in rule.needs for rule in framework.rules)))
        for name in framework.questions
    ]


def _rules(count: int) -> str:
    return f"{count} rule" if count == 1 else f"{count} rules"
