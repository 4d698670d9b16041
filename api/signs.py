"""Routes for the named warning signs: what they are, and how they are detected."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.http.openapi import refuses
from api.http.paging import Page, link_next, paged
from api.http.path_parameters import SignInPath
from api.http.problems import UNKNOWN_SIGN, Problem
from api.queries import QueryContext, ViewerQuery
from api.schemas.scalars import Answer
from api.schemas.signs import RemedyAnswer, SignAnswer, SignThresholdAnswer
from domain.signs.catalog import NAMED_SIGNS
from domain.signs.detector import Detector, SignDefinition, Threshold

router = APIRouter(prefix="/signs", tags=["signs"])


class SignsAnswer(Answer):
    """A page of signs."""

    items: list[SignAnswer]
    next: str | None


@router.get("", operation_id="list_signs", summary="List the warning signs")
def show_signs(
    request: Request, response: Response, query: ViewerQuery, page: Annotated[Page, Depends(paged(str))]
) -> SignsAnswer:
    """List the named warning signs with their sources, symptoms and rules, and the thresholds in force today."""
    shown, cursor = page.slice(list(NAMED_SIGNS.values()), lambda sign: (sign.id,))
    link_next(request, response, cursor)
    return SignsAnswer(items=[_answer(query, sign) for sign in shown], next=cursor)


@router.get("/{sign_id}", summary="Show a warning sign", responses=refuses(404))
def show_sign(sign_id: SignInPath, query: ViewerQuery) -> SignAnswer:
    """Return one named warning sign."""
    if sign_id not in NAMED_SIGNS:
        raise Problem(UNKNOWN_SIGN)
    return _answer(query, NAMED_SIGNS[sign_id])


def _answer(query: QueryContext, sign: SignDefinition) -> SignAnswer:
    rule = sign if isinstance(sign, Detector) else None
    return SignAnswer.of(
        sign,
        source=", ".join(sign.sources),
        symptoms=list(sign.symptoms),
        rule=rule and rule.rule,
        severity=rule and rule.severity,
        thresholds=[_threshold(query, sign.id, threshold) for threshold in (rule.thresholds if rule else ())],
        clears=[RemedyAnswer.of(remedy) for remedy in (rule.remedies if rule else ())],
        detectable=rule is not None,
        observable=True,
    )


def _threshold(query: QueryContext, sign: str, threshold: Threshold) -> SignThresholdAnswer:
    setting = query.context.thresholds.in_force(sign, threshold.name, query.context.today())
    return SignThresholdAnswer.of(
        threshold,
        value=setting.value if setting else threshold.default,
        counts_from=setting.counts_from if setting else None,
    )
