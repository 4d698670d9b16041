"""Every rule of the five articles' catalogue stands in a framework, and no framework has one of its own making."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest

from domain.assessment import FRAMEWORKS, QUESTIONS, Framework, framework_mapping
from domain.assessment.advice_warnings import WARNING_RULES
from domain.assessment.contradictions import CONTRADICTIONS
from domain.assessment.day_one import AGREEMENTS
from domain.assessment.depth import DEPTH_TESTS

RULE, NOTE = "rule", "note"

CATALOGUE = {
    # structure rules with thresholds
    "N01": ("five_questions", RULE),
    "N02": ("five_questions", RULE),
    "N03": ("five_questions", RULE),
    "N04": ("five_questions", NOTE),  # an example of N03
    "N05": ("five_questions", RULE),
    "N06": ("seam", RULE),
    "N07": ("seam", RULE),
    "N08": ("mandates", RULE),
    "N09": ("mandates", RULE),
    "N10": ("mandates", RULE),
    "N11": ("mandates", RULE),
    "N12": ("hire_first", RULE),
    "N13": ("hire_first", RULE),
    "N14": ("hire_first", RULE),
    "N15": ("hire_first", RULE),
    "N16": ("hire_first", NOTE),  # a base rate, of CTOs at large and not of this client
    "N17": ("two_hats", RULE),
    "N18": ("two_hats", RULE),
    "N19": ("two_hats", RULE),
    "N20": ("seam", NOTE),  # when to assess, not what to advise
    "N21": ("five_questions", NOTE),  # a figure of speech
    # structure rules without numbers
    "Q01": ("five_questions", RULE),
    "Q02": ("five_questions", RULE),
    "Q03": ("five_questions", RULE),
    "Q04": ("five_questions", RULE),
    "Q05": ("mandates", RULE),
    "Q06": ("mandates", RULE),
    "Q07": ("mandates", RULE),
    "Q08": ("mandates", RULE),
    "Q09": ("hire_first", RULE),
    "Q10": ("hire_first", RULE),
    "Q11": ("hire_first", RULE),
    "Q12": ("hire_first", RULE),
    "Q13": ("hire_first", RULE),
    "Q14": ("hire_first", RULE),
    "Q15": ("two_hats", RULE),
    "Q16": ("two_hats", RULE),
    "Q17": ("two_hats", RULE),
    "Q18": ("two_hats", RULE),
    "Q19": ("two_hats", NOTE),  # what it is worth when done well
    "Q20": ("two_hats", RULE),
    "Q21": ("seam", RULE),
    "Q22": ("seam", RULE),
    "Q23": ("seam", RULE),
    "Q24": ("five_questions", NOTE),  # what its rules go by
    "Q25": ("five_questions", NOTE),  # who can be found
    "Q26": ("seam", NOTE),  # who can be found
    # question sets that the rules above are not the whole of
    "F-S0": ("seam", RULE),
    "F-S4a": ("two_hats", RULE),
    "F-S4b": ("two_hats", RULE),
    "F-S4c": ("two_hats", RULE),
    "F-S4d": ("two_hats", NOTE),  # what makes the engagement hold; depth D04 and day one ask for it
}
QUESTION_SETS = {
    "F-S1": {"five_questions": {"N01", "N02", "N03", "N05", "Q01", "Q02", "Q03", "Q04"}},
    "F-S2": {"mandates": {"N08", "N09", "N10", "N11", "Q05", "Q06", "Q07", "Q08"}},
    "F-S3a": {"hire_first": {"Q09", "Q10", "Q11"}},
    "F-S3b": {"hire_first": {"Q13"}},
    "F-S4a": {"two_hats": {"N17", "F-S4a"}},
}
"""Sets that are nothing but rules with ids of their own."""

BY_ID = {framework.id: framework for framework in FRAMEWORKS}


def ids(framework: Framework, kind: str) -> set[str]:
    return {rule.id for rule in framework.rules} if kind == RULE else {note.id for note in framework.notes}


@pytest.mark.parametrize(("entry", "place"), CATALOGUE.items())
def test_every_rule_of_the_catalogue_stands_in_its_framework(entry: str, place: tuple[str, str]) -> None:
    framework, kind = place
    assert entry in ids(BY_ID[framework], kind)


@pytest.mark.parametrize("name", QUESTION_SETS)
def test_every_question_set_is_asked_whole(name: str) -> None:
    for framework, rules in QUESTION_SETS[name].items():
        assert rules <= ids(BY_ID[framework], RULE)


def test_every_number_of_the_catalogue_is_listed_here() -> None:
    numbered = [entry for entry in CATALOGUE if re.fullmatch(r"[NQ]\d\d", entry)]
    assert numbered == [f"N{n:02}" for n in range(1, 22)] + [f"Q{n:02}" for n in range(1, 27)]


def test_no_framework_has_a_rule_the_catalogue_lacks() -> None:
    for framework in FRAMEWORKS:
        for kind in (RULE, NOTE):
            for entry in ids(framework, kind):
                assert CATALOGUE[entry] == (framework.id, kind)


def test_the_two_sharper_questions_and_the_four_are_asked_one_by_one() -> None:
    seam = {rule.clause for rule in BY_ID["seam"].rules if rule.id == "F-S0"}
    four = {rule.clause.split(".")[0] for rule in BY_ID["two_hats"].rules if rule.id == "F-S4c"}
    three = {rule.clause for rule in BY_ID["two_hats"].rules if rule.id == "F-S4b"}
    assert (seam, four, three) == ({"1", "2"}, {"1", "2", "3", "4"}, {"1", "2", "3"})


def test_every_contradiction_and_every_test_of_depth_is_there() -> None:
    assert [one.id for one in CONTRADICTIONS] == [f"C{n}" for n in range(1, 24)]
    assert [one.id for one in DEPTH_TESTS] == [f"D{n:02}" for n in range(1, 8)]


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda framework: framework.id)
def test_a_framework_names_the_line_of_its_own_source_for_all_it_says(framework: Framework) -> None:
    lines = [rule.source for rule in framework.rules] + [note.source for note in framework.notes]
    lines += [settlement.source for settlement in framework.settlements]
    assert all(re.fullmatch(rf"{framework.source.key}:L[1-9]\d*", line) for line in lines)
    assert framework.source.interest
    assert framework.version >= 1


def test_every_remark_names_a_line_of_a_source() -> None:
    lines = [caution.source for caution in WARNING_RULES] + [test.source for test in DEPTH_TESTS]
    lines += [agreement.source for agreement in AGREEMENTS]
    lines += [source for one in CONTRADICTIONS for source in one.sources]
    assert all(re.fullmatch(r"S[0-4]:L[1-9]\d*", line) for line in lines)


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda framework: framework.id)
def test_a_rule_is_told_from_every_other_by_id_and_clause(framework: Framework) -> None:
    assert max(Counter(rule.key for rule in framework.rules).values()) == 1


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda framework: framework.id)
def test_a_framework_can_be_read_as_a_table(framework: Framework) -> None:
    table = framework_mapping(framework)
    assert json.loads(json.dumps(table)) == table
    rules = table["rules"]
    assert isinstance(rules, list)
    assert len(rules) == len(framework.rules)
    assert all(rule["condition"] and rule["sentence"] and rule["answers"] for rule in rules)


def test_every_question_is_asked_by_a_framework_or_a_warning() -> None:
    """No rule needs the dates of the seats and the AI leader's depth: warnings and depth conditions look at them."""
    questions_used = {name for framework in FRAMEWORKS for name in framework.questions}
    assert QUESTIONS.keys() - questions_used == {"technology_seat_since", "ai_seat_since", "caio_ai_depth"}


SECTION_13 = {
    "employees": "headcount",
    "engineers": "engineers",
    "products": "products",
    "revenue": "annual_revenue",
    "funding stage": "funding_stage",
    "AI spend/yr": "ai_spend",
    "people on AI": "ai_people",
    "AI initiatives": "ai_initiatives",
    "AI use cases": "ai_use_cases",
    "AI in product?": "ai_in_product",
    "AI centrality": "ai_centrality",
    "functions with AI work": "ai_functions",
    "industry": "sector",
    "AI-law exposure": "ai_law_exposure",
    "stakes": "stakes",
    "stack complexity": "stack_complexity",
    "platform state": "platform_state",
    "basic infrastructure present": "basic_infrastructure",
    "builds software product": "builds_software_product",
    "dev team to manage": "has_dev_team",
    "custom technology": "needs_custom_technology",
    "generic AI tools without strategy": "generic_ai_tools_without_strategy",
    "competitors gaining": "competitors_gaining_ai",
    "AI build-vs-buy pending": "ai_build_or_buy_pending",
    "CTO seat": "technology_seat",
    "CTO seat's start": "technology_seat_since",
    "CAIO seat": "ai_seat",
    "CAIO seat's start": "ai_seat_since",
    "CTO AI depth": "cto_ai_depth",
    "CTO bandwidth": "cto_bandwidth",
    "CTO measured on AI outcomes?": "cto_measured_on_ai_outcomes",
    "AI-outcome owner": "ai_outcome_owner",
    "conflict resolver": "conflict_resolver",
    "budget": "senior_leader_budget",
    "same person must decide AI risk and platform?": "same_person_decides",
    "unanswered questions AI-shaped?": "unanswered_questions_ai_shaped",
}


def test_every_field_of_the_catalogue_is_a_question_and_every_other_question_says_why() -> None:
    fields = set(SECTION_13.values())
    assert fields <= QUESTIONS.keys()
    others = {name: q for name, q in QUESTIONS.items() if name not in fields and name != "regulated"}
    assert all(question.because for question in others.values())
    assert QUESTIONS["regulated"].in_profile
