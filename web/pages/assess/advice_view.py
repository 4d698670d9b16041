"""The advice of an assessment as people read it, made from the JSON in events and API responses.

Assessments recorded under version 1 of the frameworks lack some fields of version 2: their headline is made from the
advice, all their warnings are about the advice, and none of their contradictions is marked as decisive.
"""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.assessment import headline
from domain.assessment.following import outcome_in
from domain.seats import Function, Structure
from web.citations import citation
from web.forms import words_of
from web.pages.assess.wording import (
    DIMENSIONS,
    FRAMEWORK_OF,
    HOW,
    MODALITIES,
    capital,
    dimension_text,
    framework_title,
    grounds,
    question_label,
    structure_of_text,
    value_phrase,
    vote_text,
)

Plain = Mapping[str, Any]
Holders = Mapping[Function, str]
"""The names of those who hold a seat, by function."""

FIRST_CHANGES = 5
"""How many changes that would alter the advice are shown at once."""


@dataclass(frozen=True, slots=True)
class Sourced:
    """A sentence with its citation. `lead` comes first, in bold; `aside` comes after, in grey."""

    sentence: str
    cite: str
    lead: str = ""
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Stance:
    """What a framework says about the advice: its value for some dimensions, how strongly, and why."""

    framework: str
    title: str
    says: str
    interest: str
    because: tuple[str, ...] = ()
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One dimension of the advice: its label, its value, and a sentence on how it was decided."""

    label: str
    value: str
    how: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule that matches or almost matches: what it comes down to, and what opens: the sentence and its article."""

    key: str
    summary: str
    sentence: str
    cite: str
    strength: str = ""
    aside: str = ""


@dataclass(frozen=True, slots=True)
class FrameworkCard:
    """The verdict of one framework. `missing` are questions (name and label) that could still change it."""

    id: str
    title: str
    version: int
    structure: Structure | None
    says: str
    strength: str
    article: str
    interest: str
    reading: tuple[str, ...]
    matching: tuple[RuleView, ...]
    almost: tuple[RuleView, ...]
    conflicts: tuple[str, ...]
    missing: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AdviceView:
    """The whole advice. `day_one` are the items to agree on by heading, `changes` what would alter the advice."""

    headline: str
    structure: Structure | None
    remarks: tuple[str, ...]
    agree: tuple[Stance, ...]
    dissent: tuple[Stance, ...]
    silent: tuple[str, ...]
    parts: tuple[Part, ...]
    day_one: tuple[tuple[str, tuple[Sourced, ...]], ...]
    advice_warnings: tuple[Sourced, ...]
    held_warnings: tuple[Sourced, ...]
    deciding: tuple[Sourced, ...]
    contradictions: tuple[Sourced, ...]
    changes: tuple[str, ...]
    depth: tuple[Sourced, ...]
    missing: tuple[tuple[str, str, str], ...]
    cards: tuple[FrameworkCard, ...]

    @property
    def is_empty(self) -> bool:
        """Whether no framework says anything."""
        return not self.agree and not self.dissent and all(part.is_open for part in self.parts)


_SILENT: Mapping[str | None, str] = {
    "seat_held": "does not count: that seat is held already",
    "package_lost": "does not count: its advice on the number of leaders did not prevail",
    "consider_only": "does not count: the article only mentions it",
    "not_filled": "does not count: that seat is not to be filled",
    "no_order": "does not count: there is no order to decide",
}
_MATTERS: Mapping[str, str] = {
    "decision_right": "Who decides what",
    "seam_area": "What both share",
    "cadence": "When to meet and review",
    "deliverable": "What to have in the first quarter",
    "trigger": "What will bring the next change",
}
_SUBJECTS: Mapping[str, str] = {
    "which_hat_is_on": "Which role decides",
    "technology_read": "Technology review",
    "ai_build_or_buy": "AI: build or buy",
    "split": "When to split the seat",
    "review": "Review of the structure",
}
_OWNERS: Mapping[str, str] = {"technology": "Technology", "ai": "AI", "joint": "both"}


def advice_view(evaluation: Plain, holders: Holders | None = None) -> AdviceView:
    """The advice in `verdicts_mapping`, as stored or computed now. `holders` are named where the advice moves them."""
    advised: Plain = evaluation["recommendation"]
    warnings = advised["warnings"]
    contradictions = advised["contradictions"]
    deciding = [one for one in contradictions if one.get("decides", False)]
    agree, dissent = _stances(advised)
    spoken = {stance.framework for stance in (*agree, *dissent)}
    return AdviceView(
        headline=advised.get("headline") or headline(outcome_in(advised)),
        structure=structure_of_text(advised["structure"]),
        remarks=tuple(_remark(one, holders or {}) for one in advised.get("remarks", ())),
        agree=agree,
        dissent=dissent,
        silent=tuple(
            framework_title(verdict["framework"])
            for verdict in evaluation["verdicts"]
            if verdict["framework"] not in spoken
        ),
        parts=tuple(_part(dimension, label, advised) for dimension, label in DIMENSIONS.items()),
        day_one=_day_one(advised["day_one"]),
        advice_warnings=tuple(_warning(one) for one in warnings if one.get("applies_to", "advice") == "advice"),
        held_warnings=tuple(_warning(one) for one in warnings if one.get("applies_to", "advice") != "advice"),
        deciding=tuple(_contradiction(one) for one in deciding),
        contradictions=tuple(_contradiction(one) for one in contradictions if one not in deciding),
        changes=tuple(_change(one) for one in advised["triggers"]),
        depth=tuple(_depth(one) for one in advised["depth"]),
        missing=tuple(
            (one["answer"], question_label(one["answer"]), one.get("reason") or "") for one in advised["missing"]
        ),
        cards=tuple(_card(verdict) for verdict in evaluation["verdicts"]),
    )


def _lower(text: str) -> str:
    """A sentence that continues after a colon: its first letter small, unless the word is an abbreviation."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _remark(remark: Plain, holders: Holders) -> str:
    name = holders.get(Function(remark["function"]))
    if not name:
        return str(remark["sentence"])
    what = "technology" if remark["function"] == "technology" else "AI"
    if remark["effect"] == "splits":
        what = "technology and AI"
    since = f" since {_month_of(remark['since'])}" if remark["since"] else ""
    return f"{name} holds {what} {_level(remark['commitment'])}{since}; {remark['consequence']}"


def _month_of(day: str) -> str:
    """`March 2025`."""
    on = date.fromisoformat(day)
    return f"{month_name[on.month]} {on.year}"


def _level(commitment: str) -> str:
    return "full-time" if commitment == "full_time" else commitment


def _stances(advised: Plain) -> tuple[tuple[Stance, ...], tuple[Stance, ...]]:
    """Who agrees and who dissents, each framework once in either, in the order of the frameworks."""
    agreeing: dict[str, list[tuple[str, Plain]]] = {}
    dissenting: dict[str, list[tuple[str, Plain]]] = {}
    for dimension, tally in advised["agreement"].items():
        for vote in tally["votes"] if tally["how"] != "not_asked" else ():
            side = agreeing if tally["value"] is not None and vote["value"] == tally["value"] else dissenting
            if side is dissenting or vote["counts"]:
                side.setdefault(vote["framework"], []).append((dimension, vote))
    reasons = {(one["framework"], one["dimension"]): tuple(one["because"]) for one in advised["dissent"]}
    return (
        tuple(_stance(framework, agreeing[framework], {}) for framework in FRAMEWORK_OF if framework in agreeing),
        tuple(
            _stance(framework, dissenting[framework], reasons) for framework in FRAMEWORK_OF if framework in dissenting
        ),
    )


def _stance(
    framework: str, votes: Sequence[tuple[str, Plain]], reasons: Mapping[tuple[str, str], tuple[str, ...]]
) -> Stance:
    by_strength: dict[str, list[str]] = {}
    for dimension, vote in votes:
        by_strength.setdefault(vote["modality"], []).append(value_phrase(dimension, vote["value"]))
    because = dict.fromkeys(text for dimension, _ in votes for text in reasons.get((framework, dimension), ()))
    double = any(vote["counts"] > 1 for _, vote in votes)
    idle = dict.fromkeys(_SILENT.get(vote.get("silent"), "does not count") for _, vote in votes if not vote["counts"])
    partly = "partly " if idle and len(idle) < len(votes) and any(vote["counts"] for _, vote in votes) else ""
    aside = "; ".join((*(["counts double"] if double else []), *(partly + text for text in idle)))
    says = "; ".join(f"{_VERBS.get(strength, strength)} {_joined(values)}" for strength, values in by_strength.items())
    source = FRAMEWORK_OF[framework].source
    return Stance(framework, framework_title(framework), says, source.interest, tuple(because), aside)


_VERBS: Mapping[str, str] = {
    "must": "insists on",
    "usually": "advises",
    "probably": "leans to",
    "can": "allows",
    "consider": "mentions",
}


def _joined(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _part(dimension: str, label: str, advised: Plain) -> Part:
    tally, value = advised["agreement"][dimension], advised[dimension]
    how = tally.get("sentence") or _sentence(capital(HOW[tally["how"]]))
    return Part(label, dimension_text(dimension, value), how, value in (None, "undecided"))


def _day_one(items: Iterable[Plain]) -> tuple[tuple[str, tuple[Sourced, ...]], ...]:
    by_matter: dict[str, list[Sourced]] = {}
    for item in items:
        by_matter.setdefault(item["matter"], []).append(_agreement(item))
    return tuple((_MATTERS.get(matter, words_of(matter)), tuple(agreed)) for matter, agreed in by_matter.items())


def _agreement(item: Plain) -> Sourced:
    subject = _SUBJECTS.get(item["subject"], words_of(item["subject"]))
    owner = _OWNERS.get(item["owner"] or "", "")
    return Sourced(
        _lower(item["sentence"]), citation(item["source"]), f"{subject}:", f"Owner: {owner}." if owner else ""
    )


def _warning(warning: Plain) -> Sourced:
    aside = "" if warning["certain"] else "Not certain: it depends on a question that is not answered yet."
    return Sourced(warning["sentence"], citation(warning["source"]), "", aside)


def _contradiction(one: Plain) -> Sourced:
    return Sourced(one["reading"], citation(*one["sources"]), _sentence(one["conflict"]))


def _depth(one: Plain) -> Sourced:
    state = "met" if one["met"] else "still to be shown" if one["met"] is None else "not met"
    return Sourced(one["sentence"], citation(one["source"]), "", f"{one['who']}: {state}")


def _change(trigger: Plain) -> str:
    moves = ", ".join(
        f"{_moved(dimension, move['to'])} instead of {_moved(dimension, move['from'])}"
        for dimension, move in trigger["moves"].items()
    )
    return f"{capital(trigger['when'])}: {moves}."


def _moved(dimension: str, value: str | None) -> str:
    return value_phrase(dimension, value) if value else "nobody in particular first"


def _card(verdict: Plain) -> FrameworkCard:
    framework = FRAMEWORK_OF.get(verdict["framework"])
    source = framework.source if framework else None
    values = [
        value_phrase(dimension, verdict[dimension])
        for dimension in DIMENSIONS
        if verdict[dimension] not in (None, "undecided")
    ]
    strength = verdict["strength"]
    return FrameworkCard(
        verdict["framework"],
        framework_title(verdict["framework"]),
        verdict["version"],
        structure_of_text(verdict["structure"]),
        capital(_joined(values)) + "." if values else "No verdict yet.",
        MODALITIES.get(strength, "") if strength else "",
        source.title if source else "",
        source.interest if source else "",
        tuple(verdict.get("reading", ())),
        tuple(_matching(one) for one in verdict["fired"]),
        tuple(_almost(one) for one in verdict["nearly"]),
        tuple(_conflict(one, verdict["fired"]) for one in verdict["conflicts"]),
        tuple((one["answer"], question_label(one["answer"])) for one in verdict["missing"] if one["could_change"]),
    )


def _key(rule: Plain) -> str:
    return f"{rule['rule']}.{rule['clause']}" if rule["clause"] else str(rule["rule"])


def _matching(rule: Plain) -> RuleView:
    votes = vote_text(rule["vote"]) or "a signal that decides nothing"
    because = grounds(rule["answers"])
    summary = capital(f"{votes}, because {because}" if because else votes)
    return RuleView(
        _key(rule), summary, rule["sentence"], citation(rule["source"]), MODALITIES.get(rule["modality"], "")
    )


def _almost(rule: Plain) -> RuleView:
    lacks = ", or ".join(rule["lacks"]).replace(" OR ", " or ").replace(" AND ", " and ")
    return RuleView(
        _key(rule), capital(lacks), rule["sentence"], citation(rule["source"]), "", grounds(rule["answers"])
    )


def _conflict(one: Plain, fired: Iterable[Plain]) -> str:
    sentences = {rule["rule"]: rule["sentence"] for rule in fired} | {_key(rule): rule["sentence"] for rule in fired}
    label = DIMENSIONS[one["dimension"]]
    voices = "; ".join(_voice(one["dimension"], voice, sentences) for voice in one["voices"])
    outcome = _in_words(one["outcome"], sentences)
    return f"Its rules conflict on {label if label == 'AI' else label.lower()}: {voices}. {outcome}"


_PREVAILS = re.compile(r"(?P<rules>.+) outweighs the rest \((?P<strength>.+)\)\.")


def _in_words(outcome: str, sentences: Mapping[str, str]) -> str:
    """The outcome of a conflict. Assessments recorded earlier name the rules by their ids instead of by sentences."""
    match = _PREVAILS.fullmatch(outcome)
    if match is None:
        return outcome
    winners = [sentences[rule] for rule in match["rules"].split(", ") if rule in sentences]
    return f"The stronger rule prevails: {' '.join(winners)}" if winners else "The stronger rule prevails."


def _voice(dimension: str, voice: Plain, sentences: Mapping[str, str]) -> str:
    """A rule in a conflict: its sentence and its value, or the condition that it misses."""
    if voice["rule"] not in sentences:
        return str(voice["says"])
    return f"{value_phrase(dimension, voice['says'])} ({_lower(sentences[voice['rule']]).rstrip('.')})"
