"""Answers: read from JSON, from a profile and from one another, with unknown as a value of its own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from domain.assessment import (
    QUESTIONS,
    UNKNOWN,
    Answer,
    Answers,
    AnswersRefused,
    answers_from_profile,
    answers_mapping,
    evaluate,
    merge_answers,
    parse_answers,
)
from domain.assessment.answers import check_amounts, weighable, why_unweighable
from domain.profile import PROFILE_FIELDS, check_profile
from domain.seats import Money


def refusals(answers: dict[str, object]) -> dict[str, str]:
    with pytest.raises(AnswersRefused) as refused:
        parse_answers(answers)
    return dict(refused.value.errors)


def test_a_bare_value_and_one_with_date_and_source_are_both_answers() -> None:
    read = parse_answers(
        {"headcount": 24, "engineers": {"value": 6, "as_of": "2026-03-01", "source": "the CEO"}, "products": "unknown"}
    )
    assert read["headcount"] == Answer(24)
    assert read["engineers"] == Answer(6, date(2026, 3, 1), "the CEO")
    assert read["products"].value is UNKNOWN
    assert not read["products"].is_known


def test_what_nobody_answered_is_unknown() -> None:
    assert parse_answers({}).of("headcount") == Answer(UNKNOWN)
    assert parse_answers({"headcount": None}).of("headcount") == Answer(UNKNOWN)


def test_answers_without_a_date_speak_of_the_day_of_the_assessment() -> None:
    read = parse_answers(
        {"headcount": 24, "engineers": {"value": 6, "as_of": "2026-03-01"}, "products": {"value": "unknown"}},
        as_of=date(2026, 11, 22),
    )
    assert {name: answer.as_of for name, answer in read.items()} == {
        "headcount": date(2026, 11, 22),
        "engineers": date(2026, 3, 1),
        "products": date(2026, 11, 22),
    }
    assert parse_answers({"headcount": 24}).dated(date(2026, 11, 22)) == parse_answers(
        {"headcount": 24}, as_of=date(2026, 11, 22)
    )


def test_answers_come_in_the_order_of_the_questions() -> None:
    read = parse_answers({"cto_bandwidth": "spare", "headcount": 3})
    assert list(read) == ["headcount", "cto_bandwidth"]


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("annual_revenue", {"amount": "4000000.00", "currency": "USD"}, Money(Decimal("4000000.00"), "USD")),
        ("annual_revenue", {"value": {"amount": 4000000, "currency": "EUR"}}, Money(Decimal(4000000), "EUR")),
        ("annual_revenue", {"value": "unknown"}, UNKNOWN),
        ("regulated", False, False),
        ("funding_stage", "Series A", "series_a"),
        ("funding_stage", "series-d", "series_c_or_later"),
        ("ai_centrality", "core", "core"),
        ("ai_functions", ["product", "ops", "sales", "sales"], ("sales", "operations", "product")),
        ("ai_functions", [], ()),
        ("sector", " Health tech ", "Health tech"),
        ("technology_seat_since", "2024-02-29", date(2024, 2, 29)),
        ("technology_seat", "none", "none"),
    ],
)
def test_a_value_is_read_as_its_question_wants_it(name: str, value: object, read: object) -> None:
    assert parse_answers({name: value})[name].value == read


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("shoe_size", 43, "shoe_size"),
        ("headcount", -1, "headcount"),
        ("headcount", True, "headcount"),
        ("headcount", 24.5, "headcount"),
        ("headcount", "24", "headcount"),
        ("headcount", 10**30, "headcount"),
        ("headcount", [], "headcount"),
        ("regulated", "yes", "regulated"),
        ("regulated", 1, "regulated"),
        ("ai_centrality", "huge", "ai_centrality"),
        ("ai_functions", "sales", "ai_functions"),
        ("ai_functions", ["sales", "astrology"], "ai_functions"),
        ("ai_functions", [["sales"]], "ai_functions"),
        ("sector", "", "sector"),
        ("sector", "x" * 201, "sector"),
        ("annual_revenue", 4_000_000, "annual_revenue"),
        ("annual_revenue", {"amount": "4e6", "currency": "USD"}, "annual_revenue.amount"),
        ("annual_revenue", {"amount": "-4", "currency": "USD"}, "annual_revenue.amount"),
        ("annual_revenue", {"amount": "NaN", "currency": "USD"}, "annual_revenue.amount"),
        ("annual_revenue", {"amount": True, "currency": "USD"}, "annual_revenue.amount"),
        ("annual_revenue", {"amount": "4", "currency": "dollars"}, "annual_revenue.currency"),
        ("annual_revenue", {"amount": "4"}, "annual_revenue"),
        ("technology_seat_since", "2026-02-30", "technology_seat_since"),
        ("technology_seat_since", "yesterday", "technology_seat_since"),
        ("headcount", {"value": 24, "as_of": "soon"}, "headcount.as_of"),
        ("headcount", {"value": 24, "source": ""}, "headcount.source"),
        ("headcount", {"value": 24, "sauce": "brown"}, "headcount.sauce"),
        ("headcount", {"as_of": "2026-01-01"}, "headcount.value"),
    ],
)
def test_a_refusal_names_the_field(name: str, value: object, field: str) -> None:
    errors = refusals({name: value})
    assert list(errors) == [field]
    assert errors[field]


STAGES = "bootstrapped, pre_seed, seed, series_a, series_b, series_c_or_later, public"
FUNCTIONS = (
    "sales, marketing, customer_success, support, operations, finance, product, human_resources, legal, engineering"
)


@pytest.mark.parametrize(
    ("name", "value", "field", "message"),
    [
        ("headcount", -1, "headcount", "must be a whole number of people from 0 to 1,000,000,000"),
        ("regulated", "yes", "regulated", 'must be true, false or "unknown"'),
        ("sector", "", "sector", "must be a text of 1 to 200 characters"),
        ("funding_stage", "rich", "funding_stage", f"must be one of {STAGES} or unknown"),
        ("ai_functions", "sales", "ai_functions", f'must be a list of {FUNCTIONS}; or "unknown"'),
        (
            "annual_revenue",
            4,
            "annual_revenue",
            'must be an amount such as {"amount": "4000000.00", "currency": "USD"}',
        ),
        (
            "annual_revenue",
            {"amount": "-4", "currency": "USD"},
            "annual_revenue.amount",
            'must be an amount as text, such as "4000000.00", that is not negative',
        ),
        (
            "annual_revenue",
            {"amount": "4", "currency": "usd"},
            "annual_revenue.currency",
            "must be a currency code such as USD",
        ),
        ("technology_seat_since", "2026-02-30", "technology_seat_since", "there is no such day"),
        ("technology_seat_since", "soon", "technology_seat_since", "must be a date such as 2026-03-01"),
        ("headcount", {"value": 1, "as_of": "2026-02-30"}, "headcount.as_of", "there is no such day"),
        ("headcount", {"value": 1, "source": " "}, "headcount.source", "must be a text of 1 to 500 characters"),
        (
            "headcount",
            {"value": 1, "sauce": "brown"},
            "headcount.sauce",
            "an answer has `value`, `as_of`, `source` and `reason`, nothing else",
        ),
        (
            "headcount",
            {"amount": 1},
            "headcount.amount",
            "an answer has `value`, `as_of`, `source` and `reason`, nothing else",
        ),
        ("headcount", {"source": "the CEO"}, "headcount.value", "an answer needs a `value`"),
    ],
)
def test_a_refusal_says_what_to_write_instead(name: str, value: object, field: str, message: str) -> None:
    assert refusals({name: value}) == {field: message}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("headcount", 0),
        ("headcount", 1_000_000_000),
        ("sector", "x" * 200),
        ("ai_functions", ["sales"] * 100),
        ("annual_revenue", {"amount": "0", "currency": "USD"}),
        ("annual_revenue", Money(Decimal(0), "USD")),
        ("annual_revenue", Money(Decimal("0.5"), "USD")),
    ],
)
def test_the_first_and_the_last_value_allowed_are_answers(name: str, value: object) -> None:
    assert parse_answers({name: value})[name].is_known


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("headcount", 1_000_000_001),
        ("ai_functions", ["sales"] * 101),
        ("annual_revenue", Money(Decimal(-1), "USD")),
        ("annual_revenue", Money(Decimal("NaN"), "USD")),
        ("annual_revenue", Money(Decimal("Infinity"), "USD")),
    ],
)
def test_what_lies_beyond_is_refused(name: str, value: object) -> None:
    assert list(refusals({name: value})) == [name]


def test_a_source_and_a_reason_have_up_to_500_characters() -> None:
    read = parse_answers({"headcount": {"value": "unknown", "source": "s" * 500, "reason": "r" * 500}})["headcount"]
    assert (read.source, read.reason) == ("s" * 500, "r" * 500)
    assert list(refusals({"headcount": {"value": 1, "source": "s" * 501}})) == ["headcount.source"]


def test_all_refusals_are_one_message() -> None:
    with pytest.raises(AnswersRefused, match=r"^regulated: must be true, .*; mood: "):
        parse_answers({"regulated": "no", "mood": "good"})


def test_everything_wrong_is_told_at_once() -> None:
    assert set(refusals({"headcount": -1, "regulated": "no", "products": 1, "mood": "good"})) == {
        "headcount",
        "regulated",
        "mood",
    }


def test_money_in_another_currency_is_kept_and_counts_as_unknown() -> None:
    read = parse_answers({"annual_revenue": {"amount": "4000000", "currency": "EUR"}})
    assert read["annual_revenue"].is_known
    assert weighable(read) == {}
    missing = next(one for one in evaluate(read).recommendation.missing if one.answer == "annual_revenue")
    assert "never converted" in (missing.reason or "")


@pytest.mark.parametrize(
    ("sector", "kind"),
    [
        ("Healthcare", "health"),
        ("public health", "health"),
        ("FinTech", "finance"),
        ("retail banking", "finance"),
        ("legal services", "legal"),
        ("federal government", "other"),
        ("widgets", None),
    ],
)
def test_a_sector_in_any_words_is_one_of_the_kinds_the_rules_know_or_unknown(sector: str, kind: str | None) -> None:
    assert weighable(parse_answers({"sector": sector})).get("sector") == kind


def test_an_answer_that_no_rule_can_weigh_says_why() -> None:
    given = {"annual_revenue": {"amount": "4", "currency": "EUR"}, "sector": "widgets", "headcount": 4}
    read = parse_answers({**given, "products": {"value": "unknown", "reason": "being counted"}})
    assert {name: why_unweighable(name, answer) for name, answer in read.items()} == {
        "headcount": None,
        "products": "being counted",
        "annual_revenue": "given in EUR; the sources' thresholds are in USD and amounts are never converted",
        "sector": ("no rule can tell what kind of sector this is; the question about stakes can be answered instead"),
    }
    assert weighable(read) == {"headcount": 4}
    assert why_unweighable("annual_revenue", Answer(Money(Decimal(4), "USD"))) is None
    assert why_unweighable("sector", Answer("fintech")) is None
    assert weighable({"products": Answer(UNKNOWN), "headcount": Answer(4)}) == {"headcount": 4}


def test_answers_to_questions_that_nobody_asks_are_no_answers() -> None:
    with pytest.raises(ValueError, match="shoe_size"):
        Answers({"shoe_size": Answer(43)})


def test_every_question_may_be_answered_at_once_and_answers_come_in_their_order() -> None:
    every = Answers(dict.fromkeys(reversed(list(QUESTIONS)), Answer(UNKNOWN)))
    assert list(every) == list(QUESTIONS)


def test_an_answer_is_stored_with_all_that_it_has() -> None:
    given = {
        "headcount": {"value": "unknown", "as_of": "2026-03-01", "source": "the CEO", "reason": "being counted"},
        "annual_revenue": {"value": {"amount": "4.50", "currency": "USD"}},
        "ai_functions": {"value": ["sales", "legal"]},
        "technology_seat_since": {"value": "2024-02-29"},
    }
    assert answers_mapping(parse_answers(given)) == given


def test_only_an_unknown_answer_has_a_reason() -> None:
    assert parse_answers({"headcount": {"value": 4, "reason": "counted"}})["headcount"].reason is None
    assert list(refusals({"headcount": {"value": "unknown", "reason": " "}})) == ["headcount.reason"]


def test_a_word_of_a_profile_that_no_question_offers_is_unknown_with_its_day_and_reason() -> None:
    read = answers_from_profile({"funding_stage": "rich"}, as_of=date(2026, 3, 1))["funding_stage"]
    assert (read.value, read.as_of, read.source) == (UNKNOWN, date(2026, 3, 1), "profile")
    assert read.reason is not None
    assert read.reason.startswith("must be one of bootstrapped")


def test_an_amount_has_a_currency_that_exists() -> None:
    with pytest.raises(AnswersRefused) as refused:
        check_amounts(parse_answers({"annual_revenue": {"amount": "4", "currency": "XQX"}}))
    assert [field for field, _ in refused.value.errors] == ["annual_revenue.currency"]
    fitting = parse_answers({"annual_revenue": {"amount": "4", "currency": "USD"}})
    assert check_amounts(fitting) is fitting


def test_equal_answers_are_one_key() -> None:
    one, other = parse_answers({"headcount": 4}), parse_answers({"headcount": 4})
    assert len({one, other}) == 1
    assert hash(one) != hash(parse_answers({"headcount": 5}))


def test_answers_keep_the_dates_that_they_have() -> None:
    dated = Answers({"headcount": Answer(4, date(2026, 1, 5)), "products": Answer(1)}).dated(date(2026, 3, 1))
    assert [answer.as_of for answer in dated.values()] == [date(2026, 1, 5), date(2026, 3, 1)]


def test_a_profile_answers_what_it_holds() -> None:
    profile = check_profile(
        {
            "sector": "health",
            "headcount": 24,
            "engineers": None,
            "annual_revenue": {"amount": "4000000", "currency": "USD"},
            "funding_stage": "Seed",
            "regulated": True,
        }
    )
    read = answers_from_profile(profile, as_of=date(2026, 1, 1))
    assert {name: answer.value for name, answer in read.items()} == {
        "headcount": 24,
        "annual_revenue": Money(Decimal("4000000.00"), "USD"),
        "funding_stage": "seed",
        "sector": "health",
        "regulated": True,
    }
    assert {answer.source for answer in read.values()} == {"profile"}
    assert {answer.as_of for answer in read.values()} == {date(2026, 1, 1)}


def test_every_question_that_a_profile_answers_is_a_field_of_it() -> None:
    assert {name for name, question in QUESTIONS.items() if question.in_profile} <= set(PROFILE_FIELDS)


def test_a_profile_may_date_each_field_by_itself() -> None:
    days = {"headcount": date(2026, 1, 1)}
    read = answers_from_profile({"headcount": 24, "products": 1}, as_of=days)
    assert (read["headcount"].as_of, read["products"].as_of) == (date(2026, 1, 1), None)


def test_a_profile_in_words_no_rule_knows_is_unknown_with_the_reason() -> None:
    read = answers_from_profile({"funding_stage": "friends and family", "headcount": 24})
    assert read["headcount"].is_known
    assert not read["funding_stage"].is_known
    assert "must be one of" in (read["funding_stage"].reason or "")
    missing = next(one for one in evaluate(read).recommendation.missing if one.answer == "funding_stage")
    assert "must be one of" in (missing.reason or "")
    assert parse_answers(answers_mapping(read)) == read


JANUARY, JUNE = date(2026, 1, 1), date(2026, 6, 1)


@pytest.mark.parametrize(
    ("earlier_layer", "later_layer", "held"),
    [
        (Answer(24), Answer(30), 30),
        (Answer(24), Answer(UNKNOWN), 24),
        (Answer(UNKNOWN), Answer(30), 30),
        (Answer(24, JUNE), Answer(30, JANUARY), 24),
        (Answer(24, JANUARY), Answer(30, JUNE), 30),
        (Answer(24, JUNE), Answer(30, JUNE), 30),
        (Answer(24, JUNE), Answer(30), 30),
        (Answer(24, JANUARY), Answer(UNKNOWN, JUNE), 24),
    ],
)
def test_the_newest_known_answer_holds(earlier_layer: Answer, later_layer: Answer, held: int) -> None:
    profile = Answers({"headcount": earlier_layer, "products": Answer(1)})
    assessed = Answers({"headcount": later_layer})
    merged = merge_answers(profile, assessed)
    assert merged["headcount"].value == held
    assert merged["products"].value == 1
