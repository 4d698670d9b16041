"""What an assessment costs, and which structures are advised to 4,000 random clients."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from statistics import median
from time import process_time
from typing import Any

from test_domain_assessment_laws import DOLLARS, NUMBERS, consistent

from domain.assessment import (
    QUESTIONS,
    AnswerKind,
    Answers,
    Question,
    Recommendation,
    Seats,
    advice,
    answers_mapping,
    assessment_mapping,
    evaluate,
    parse_answers,
    short_set,
)

CLIENTS = 4000
SECTORS = ("fintech", "digital health", "legal services", "retail", "software")
DATES = ("2026-01-05", "2026-03-30", "2026-04-01")


def bench_assessing_four_thousand_random_clients() -> None:
    dice = random.Random(11)
    clients = [random_client(dice) for _ in range(CLIENTS)]
    shares = Counter(structure_of_advice(evaluate(client).recommendation) for client in clients)
    print(f"\nStructures advised to {CLIENTS} random clients")
    for structure, count in shares.most_common():
        print(f"  {structure:40} {count:5} {count / CLIENTS:6.1%}")
    some = clients[:400]
    floor = cost(lambda client: parse_answers(answers_mapping(client)), some)
    print(f"  {'floor':40} {floor:.3f} ms, to write the same answers and read them")
    for name, work in {
        "evaluate": evaluate,
        "evaluate, with all that is explained": lambda client: assessment_mapping(evaluate(client)),
        "... and with what would change it": lambda client: evaluate(client).recommendation.triggers,
        "short_set": short_set,
        "advice, of clients not seen before": advice,
        "advice, again": advice,
    }.items():
        spent = cost(work, some)
        print(f"  {name:40} {spent:.3f} ms ({spent / floor:.1f} times the floor)")


def cost(work: Callable[[Answers], object], clients: list[Answers]) -> float:
    """The median processor time of one call, in milliseconds."""
    spent = []
    for client in clients:
        begun = process_time()
        work(client)
        spent.append((process_time() - begun) * 1000)
    return median(spent)


def random_client(dice: random.Random) -> Answers:
    """Answers to a fifth, half or nine tenths of the questions."""
    answered = dice.choice((0.2, 0.5, 0.9))
    answers = {name: random_value(dice, question) for name, question in QUESTIONS.items()}
    chosen = {name: value for name, value in answers.items() if name == "headcount" or dice.random() < answered}
    return parse_answers(consistent(chosen))


def random_value(dice: random.Random, question: Question) -> Any:
    """A value on either side of every threshold."""
    match question.kind:
        case AnswerKind.WHOLE_NUMBER:
            return dice.choice(NUMBERS[question.name])
        case AnswerKind.MONEY:
            return {"amount": dice.choice(DOLLARS[question.name]), "currency": "USD"}
        case AnswerKind.YES_NO:
            return dice.random() < 0.5
        case AnswerKind.CHOICE:
            return dice.choice(list(question.choices))
        case AnswerKind.CHOICES:
            return dice.sample(list(question.choices), dice.randint(0, 6))
        case AnswerKind.TEXT:
            return dice.choice(SECTORS)
        case AnswerKind.DATE:
            return dice.choice(DATES)


def structure_of_advice(recommendation: Recommendation) -> str:
    """The structure advised, or in words how far the advice goes."""
    if recommendation.structure is not None:
        return recommendation.structure.value
    undecided = (recommendation.technology.value, recommendation.ai.value) == ("undecided", "undecided")
    if recommendation.seats is Seats.TWO and undecided:
        return "two leaders, how much is not said"
    return f"{recommendation.seats.value}, in part undecided"
