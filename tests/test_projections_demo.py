"""The demonstration firm as it is judged on its day: its signs, its drift, and what became of the advice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from stores import DEMONSTRATION_DAY

from domain.areas import GOVERNANCE_PACK
from domain.assessment.answers import weighable
from domain.assessment.combination import FRAMEWORKS, tally
from domain.assessment.drift import Direction, drift
from domain.assessment.following import AdviceStatus
from domain.assessment.framework import Dimension
from domain.assessment.voting import decide, states_of
from domain.kinds.agreements import SpendingLimitSet
from domain.kinds.engagement import RenewalSet
from domain.kinds.work import DeliverableIssued, OutcomeMeasured
from domain.seats import Structure
from domain.signs.catalog import DETECTORS
from domain.signs.observed import observed_runs
from domain.signs.runs import runs_of
from projections.advice_facts import AdviceFacts, advice_facts
from projections.client_facts import ClientFacts, client_facts
from projections.clients import names_of
from web.settings import Settings
from web.stores import open_context

TODAY = DEMONSTRATION_DAY.toordinal()

SEATS, TECHNOLOGY, AI = Dimension.SEATS, Dimension.TECHNOLOGY, Dimension.AI
LESS, MORE = Direction.OUTGROWN, Direction.AHEAD_OF_ITSELF

DRIFT_AND_ITS_RULES: Mapping[str, tuple[Direction, Dimension, set[str]]] = {
    # 214 people, a complex stack, AI at the core
    "Anvil Payments": (LESS, AI, {"N03"}),
    # AI at a scale that demands full-time oversight
    "Bellwether Legal": (LESS, AI, {"N15.ai"}),
    # 83 people and AI is important
    "Cadence Learning": (LESS, TECHNOLOGY, {"N02"}),
    # one product, four engineers, AI a feature, and one person must decide both
    "Casa Azulejo": (MORE, SEATS, {"N06", "N05.small", "F-S4c.4.yes"}),
    # the stakes, and a CTO who is stretched and not fluent in AI
    "Clearwell Water": (LESS, SEATS, {"Q03", "Q21", "Q06", "Q13.fails", "F-S4c.4.no", "Q18"}),
    # nobody is seated yet: one product and budget for one leader
    "Helix & Hare": (LESS, SEATS, {"Q04", "N05.small", "F-S4c.4.yes", "N18"}),
    # 127 people, a complex stack, AI at the core
    "Morrow Diagnostics": (LESS, TECHNOLOGY, {"N03"}),
    # the holder of both roles has only used AI tools
    "Open Table Trust": (LESS, SEATS, {"Q21", "Q13.fails", "Q14", "Q18"}),
    # AI is the differentiator, and the leader is stretched
    "Quillstream": (LESS, SEATS, {"N02", "Q01", "Q06", "Q07", "Q13.fails", "F-S4c.4.no"}),
    # one product and four engineers
    "Rosewater Cosmetics": (MORE, SEATS, {"N05.small"}),
    # AI work in five functions at once, several products and 28 engineers
    "Skylark Travel": (
        LESS,
        SEATS,
        {"N07", "N05", "Q02", "Q06", "Q10.beside", "Q11", "Q11.fractional_cto", "Q11.fractional_caio", "Q13.fails"}
        | {"F-S4c.4.no"},
    ),
    # several products, 29 engineers, AI at the core of the product
    "Solstice Solar": (LESS, SEATS, {"N05", "Q06", "Q07", "Q13.fails", "F-S4c.4.no"}),
}
"""Every client that drifts: which way, what differs, and all rules on which the advice of it rests."""


@dataclass(frozen=True)
class Judged:
    """The facts of every client by its name."""

    clients: Mapping[str, ClientFacts]
    advice: Mapping[str, AdviceFacts]

    @property
    def engaged(self) -> set[str]:
        return {name for name, facts in self.advice.items() if facts.structure_on(DEMONSTRATION_DAY) is not None}


@pytest.fixture(scope="module")
def firm(demonstration: Path) -> Iterator[Judged]:
    with open_context(Settings(data=demonstration)) as context, context.views.reading() as snapshot:
        clients = list(client_facts(snapshot))
        names = names_of(snapshot, [one.client for one in clients], as_of=DEMONSTRATION_DAY)
        yield Judged(
            {names[one.client]: one for one in clients},
            {names[one.client]: one for one in advice_facts(snapshot)},
        )


def detected(firm: Judged, sign: str, *, today: bool) -> list[str]:
    """The clients where a rule detects a sign today, or where it did and the sign is gone."""
    return [
        name
        for name, facts in firm.clients.items()
        for engagement in facts.engagements
        for run in runs_of(DETECTORS[sign], engagement)
        if run.start <= TODAY and (run.end > TODAY) is today
    ]


@pytest.mark.parametrize("sign", DETECTORS)
def test_every_sign_is_detected_today_and_was_cleared_elsewhere_or_before(firm: Judged, sign: str) -> None:
    assert detected(firm, sign, today=True)
    assert detected(firm, sign, today=False)


def test_signs_are_observed_by_people_too_with_and_without_a_rule_that_detects_them(firm: Judged) -> None:
    runs = [run for facts in firm.clients.values() for one in facts.engagements for run in observed_runs(one)]
    today = {run.sign for run in runs if run.start <= TODAY < run.end}
    cleared = {run.sign for run in runs if run.end <= TODAY}
    assert today & DETECTORS.keys()
    assert today - DETECTORS.keys()
    assert len(cleared) >= 3


def test_most_signs_are_found_at_a_few_clients_and_many_clients_have_none(firm: Judged) -> None:
    found = Counter(name for sign in DETECTORS for name in set(detected(firm, sign, today=True)))
    observed = {
        name
        for name, facts in firm.clients.items()
        for engagement in facts.engagements
        for run in observed_runs(engagement)
        if run.start <= TODAY < run.end
    }
    assert len(firm.engaged - found.keys() - observed) >= 12
    assert sum(count >= 3 for count in found.values()) <= len(firm.engaged) // 6


def test_every_drift_rests_on_its_rules(firm: Judged) -> None:
    assert {name: _drift(facts) for name, facts in firm.advice.items() if _drift(facts)} == DRIFT_AND_ITS_RULES


def _drift(facts: AdviceFacts) -> tuple[Direction, Dimension, set[str]] | None:
    """Which way a client drifts, what differs, and the rules of the votes that prevailed on it."""
    values = weighable(facts.answers_on(DEMONSTRATION_DAY))
    tallies, advised = tally([decide(one, states_of(one, values), values) for one in FRAMEWORKS], values)
    structure = facts.structure_on(DEMONSTRATION_DAY)
    differs = drift(advised, structure)
    if differs.direction is Direction.NONE:
        return None
    reason = differs.reasons[0]
    dimension = SEATS if "seat" in reason else TECHNOLOGY if reason.startswith("technology") else AI
    won = tallies[dimension]
    rules = {rule for one in won.ballots if one.counts and one.value is won.value for rule in one.rules}
    return differs.direction, dimension, rules


def test_advice_is_followed_in_whole_and_in_part_declined_and_open(firm: Judged) -> None:
    became = Counter(one.status for facts in firm.advice.values() for one in facts.follow_ups_on(DEMONSTRATION_DAY))
    assert became.keys() == set(AdviceStatus)
    assert became[AdviceStatus.FOLLOWED] > became.total() / 2
    assert all(count >= 2 for count in became.values())


def test_where_advice_is_followed_at_once_it_agrees_with_what_is_held(firm: Judged) -> None:
    agreeing = [
        (facts.structure_on(assessment.advice.on), assessment.advice.outcome.structure)
        for facts in firm.advice.values()
        for assessment, became in zip(facts.assessments, facts.follow_ups_on(DEMONSTRATION_DAY), strict=True)
        if became.status is AdviceStatus.FOLLOWED and became.days == 0
    ]
    assert len(agreeing) >= 5
    assert all(advised in (None, held) and held is not Structure.NONE for held, advised in agreeing)


def test_the_governance_pack_is_complete_at_some_clients_and_has_gaps_at_others(firm: Judged) -> None:
    issued = {
        name: {
            entry.details.deliverable
            for engagement in facts.engagements
            for entry in engagement.entries(DeliverableIssued)
            if entry.day <= TODAY
        }
        for name, facts in firm.clients.items()
    }
    complete = {name for name, deliverables in issued.items() if deliverables.issuperset(GOVERNANCE_PACK)}
    assert complete
    assert len(complete) < len(firm.engaged) / 2
    assert "Bright Harbor Credit Union" in complete


def test_a_renewal_is_due_soon_with_notice_and_limits_and_outcomes_of_many_units_are_on_record(firm: Judged) -> None:
    engagements = [engagement for facts in firm.clients.values() for engagement in facts.engagements]
    renewals = [
        engagement.entries(RenewalSet)[-1].details for engagement in engagements if engagement.entries(RenewalSet)
    ]
    due = [one for one in renewals if 0 <= (one.renews_on - DEMONSTRATION_DAY).days <= 90]
    assert any(one.notice_by is not None and one.notice_by >= DEMONSTRATION_DAY for one in due)
    assert len(renewals) > len(due)
    assert sum(bool(engagement.entries(SpendingLimitSet)) for engagement in engagements) >= 4
    units = {entry.details.unit for engagement in engagements for entry in engagement.entries(OutcomeMeasured)}
    assert len(units) >= 8
