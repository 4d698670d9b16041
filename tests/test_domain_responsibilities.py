"""The responsibilities of both roles: every named area has its split, and every statement a line of an article."""

from __future__ import annotations

import re
from itertools import chain

from domain.areas import DECISION_AREAS
from domain.assessment import FRAMEWORKS
from domain.responsibilities import AREA_SPLITS, CONTRASTS, DUTIES, NOT_OWNED_BY_AI, AreaSplit, Contrast, Duty
from domain.seats import BOTH


def test_every_named_decision_area_has_its_split_in_the_same_order() -> None:
    assert list(AREA_SPLITS) == list(DECISION_AREAS)


def test_every_statement_names_lines_of_the_articles() -> None:
    articles = {framework.source.key for framework in FRAMEWORKS}
    statements: list[Duty | Contrast | AreaSplit] = [
        *chain.from_iterable(DUTIES.values()),
        NOT_OWNED_BY_AI,
        *CONTRASTS,
        *AREA_SPLITS.values(),
    ]
    for statement in statements:
        assert statement.sources, statement
        for source in statement.sources:
            assert re.fullmatch(r"S[0-4]:L[1-9]\d?", source), source
            assert source.split(":")[0] in articles


def test_both_roles_have_duties_and_no_duty_stands_twice() -> None:
    assert set(DUTIES) == set(BOTH)
    texts = [duty.text for duty in chain.from_iterable(DUTIES.values())]
    assert len(set(texts)) == len(texts)
