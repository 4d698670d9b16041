"""Each sentence of a board report's summary says what a naive count of a random firm's clients, signs and work says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.outcomes import Stage
from domain.quarters import Quarter
from domain.seats import Function, Structure, StructureGroup
from projections.reports.governance import GovernanceTotals
from projections.reports.outcomes import OutcomeTotals
from web.board.figures import QuarterFigures
from web.board.layout import PACK
from web.board.summary import Ahead, portfolio_summary

NOW, BEFORE = Quarter(date(2026, 7, 1)), Quarter(date(2026, 4, 1))
SOME = st.integers(0, 4)
CURRENCIES = st.sampled_from(("EUR", "JPY"))
AMOUNTS = st.integers(0, 3000).map(Decimal)

FIELDS = ("structures", "moves", "signs", "drifting", "packs", "initiatives", "agreed", "reported", "fees")

Firm = Mapping[str, Any]
"""What is on record of a quarter, one by one: its clients, moves, signs, initiatives, hours and fees."""

firms: st.SearchStrategy[Firm] = st.fixed_dictionaries(
    {
        "structures": st.lists(st.sampled_from(Structure), max_size=6),
        "moves": st.lists(st.sampled_from(("began", "ended", "changed")), max_size=5),
        "signs": st.lists(st.sampled_from(("high", "low")), max_size=5),
        "drifting": SOME,
        "packs": st.lists(st.tuples(st.integers(PACK - 1, PACK), st.booleans(), *([st.booleans()] * 2)), max_size=5),
        "initiatives": st.lists(st.sampled_from(Stage), max_size=5),
        "agreed": st.lists(AMOUNTS, max_size=3),
        "reported": st.lists(AMOUNTS, max_size=3),
        "fees": st.lists(st.tuples(CURRENCIES, AMOUNTS), max_size=3),
    }
)


def figures(quarter: Quarter, firm: Firm) -> QuarterFigures:
    """The figures of a firm, as the reports count them."""
    fees: dict[str, Decimal] = {}
    for currency, amount in firm["fees"]:
        fees[currency] = fees.get(currency, Decimal()) + amount
    moves: Counter[str] = Counter(firm["moves"])
    packs = firm["packs"]
    overdue = {f: sum(late[place] for late in (p[2:] for p in packs)) for place, f in enumerate(Function)}
    return QuarterFigures(
        quarter,
        quarter.end,
        Counter(firm["structures"]),
        moves["began"],
        moves["ended"],
        moves["changed"],
        len(firm["signs"]),
        firm["signs"].count("high"),
        firm["drifting"],
        GovernanceTotals(len(packs), Counter(pack for pack, *_ in packs), overdue, {}, sum(p[1] for p in packs)),
        OutcomeTotals(len(firm["initiatives"]), Counter(firm["initiatives"]), None),
        sum(firm["agreed"], Decimal()),
        sum(firm["reported"], Decimal()),
        fees,
    )


def summary(now: Firm, before: Firm) -> dict[str, str]:
    """The sentences of the summary by subject."""
    ahead = Ahead(0, None, 0, None, 0)
    lines = portfolio_summary(figures(NOW, now), figures(BEFORE, before), (), ahead)
    return {line.subject: line.text for line in lines}


def numbers(pattern: str, text: str) -> list[int]:
    """The counts that a sentence has in the places of `#`; “no” and “none” are 0. The rest of it has to be so."""
    match = re.search(pattern.replace("#", r"([\d,]+|[Nn]one|[Nn]o)"), text)
    assert match, (pattern, text)
    return [0 if word.lower() in ("no", "none") else int(word.replace(",", "")) for word in match.groups()]


def compared(now: int, before: int) -> str:
    """How a count goes on from that of the quarter before."""
    if now == before:
        return "as many as at the end of 2026-Q2"
    return f"{abs(now - before)} {'more' if now > before else 'fewer'} than at the end of 2026-Q2"


def with_group(firm: Firm, group: StructureGroup) -> int:
    """The clients of a firm whose structure is of a group."""
    return sum(structure in group.structures for structure in firm["structures"])


@given(firms, firms)
def test_the_sentence_about_clients_counts_the_engaged_and_their_seats(now: Firm, before: Firm) -> None:
    text, engaged = summary(now, before)["Clients"], len(now["structures"])
    assert numbers("^# clients? w(?:as|ere) engaged on 30 Sep 2026", text) == [engaged]
    if engaged or before["structures"]:
        assert f"engaged on 30 Sep 2026, {compared(engaged, len(before['structures']))}." in text
    if engaged:
        groups = [with_group(now, one) for one in (StructureGroup.ONE_SEAT, StructureGroup.TWO_SEATS)]
        assert numbers("# ha(?:s|ve) a unified seat, # two seats;", text) == groups
        unowned = with_group(now, StructureGroup.FUNCTION_UNOWNED)
        assert text.endswith(f"at {unowned} a function has no owner." if unowned else "every function has an owner.")


@given(firms, firms)
def test_the_sentences_about_changes_count_both_quarters(now: Firm, before: Firm) -> None:
    text = summary(now, before)["Changes"]
    for quarter, firm in (("2026-Q3", now), ("2026-Q2", before)):
        moves = firm["moves"]
        assert numbers(f"In {quarter}, [^.]*and there w(?:as|ere) # changes? of structure", text) == [
            moves.count("changed")
        ]
        if set(moves) & {"began", "ended"}:
            counts = [moves.count("began"), moves.count("ended")]
            assert numbers(f"In {quarter}, # engagements? began and # ended", text) == counts
        else:
            assert f"In {quarter}, no engagement began or ended" in text


@given(firms, firms)
def test_the_sentence_about_warning_signs_counts_them_and_the_severe(now: Firm, before: Firm) -> None:
    text, signs, earlier = summary(now, before)["Warning signs"], now["signs"], len(before["signs"])
    assert numbers("^# warning signs? holds?", text) == [len(signs)]
    if signs:
        assert numbers("; # (?:is|are) of high severity", text) == [sum(sign == "high" for sign in signs)]
    assert (compared(len(signs), earlier) in text) == bool(signs or earlier)


@given(firms, firms)
def test_the_sentence_about_advice_counts_the_clients_in_drift(now: Firm, before: Firm) -> None:
    text = summary(now, before)["Advice"]
    if now["drifting"]:
        assert numbers("^# clients? ha(?:s|ve) a structure that differs from the advice", text) == [now["drifting"]]
    else:
        assert text.startswith("No client's structure differs from the advice")
    assert (compared(now["drifting"], before["drifting"]) in text) == bool(now["drifting"] or before["drifting"])


@given(firms, firms)
def test_the_sentences_about_governance_count_packs_conflicts_and_what_is_late(now: Firm, before: Firm) -> None:
    lines, packs, earlier = summary(now, before), now["packs"], before["packs"]
    assert ("Governance" in lines) == bool(packs)
    if packs:
        whole, was_whole = (sum(pack[0] == PACK for pack in each) for each in (packs, earlier))
        open_now, open_before = (sum(pack[1] for pack in each) for each in (packs, earlier))
        text = lines["Governance"]
        pattern = "^Of # clients?, # ha(?:s|ve) the whole governance pack, [^;]*; # ha(?:s|ve) an open conflict, "
        assert numbers(pattern, text) == [len(packs), whole, open_now]
        assert f"pack, {compared(whole, was_whole)};" in text
        assert f"open conflict, {compared(open_now, open_before)}." in text
        late = [sum(pack[2 + list(Function).index(f)] for pack in packs) for f in (Function.TECHNOLOGY, Function.AI)]
        assert numbers("overdue from the CTO at # clients? and from the CAIO at # clients?", text) == late


@given(firms, firms)
def test_the_sentence_about_initiatives_counts_how_far_they_have_come(now: Firm, before: Firm) -> None:
    lines, stages, earlier = summary(now, before), now["initiatives"], before["initiatives"]
    assert ("AI initiatives" in lines) == bool(stages)
    if stages:
        text = lines["AI initiatives"]
        assert numbers("^Of # initiatives?, # (?:is|are) measured", text) == [
            len(stages),
            stages.count(Stage.MEASURED),
        ]
        for stage, words in ((Stage.LIVE, "in production and not measured"), (Stage.STARTED, "not yet in production")):
            assert (f"{stages.count(stage)} {'is' if stages.count(stage) == 1 else 'are'} {words}" in text) == (
                stage in stages
            )
        if earlier:
            counts = [earlier.count(Stage.MEASURED), len(earlier)]
            assert numbers("at the end of 2026-Q2, # of # w(?:as|ere) measured", text) == counts
        else:
            assert text.endswith("at the end of 2026-Q2, no initiative had been started.")


def totals(each: Sequence[Decimal]) -> str:
    """A sum as sentences write it."""
    return f"{sum(each):,}"


@given(firms, firms)
def test_the_sentence_about_hours_adds_them_up(now: Firm, before: Firm) -> None:
    lines = summary(now, before)
    assert ("Hours" in lines) == bool(sum(now["agreed"]) or sum(now["reported"]))
    if "Hours" in lines:
        assert lines["Hours"] == (
            f"{totals(now['agreed'])} hours are agreed for 2026-Q3 and {totals(now['reported'])} were reported, after "
            f"{totals(before['agreed'])} and {totals(before['reported'])} in 2026-Q2."
        )


@given(firms, firms)
def test_the_sentences_about_fees_add_up_each_currency(now: Firm, before: Firm) -> None:
    lines = summary(now, before)
    currencies = sorted({currency for currency, _ in (*now["fees"], *before["fees"])})
    assert ("Fees" in lines) == bool(currencies)
    for currency in currencies:
        amount, earlier = (sum(a for c, a in firm["fees"] if c == currency) for firm in (now, before))
        difference = f"{abs(amount - earlier):,} {'more' if amount > earlier else 'less'} than"
        words = "as much as" if amount == earlier else difference
        assert f"Fees of {amount:,} {currency} fall in 2026-Q3, {words} in 2026-Q2." in lines["Fees"]


@given(st.lists(st.dates(NOW.end, date(2028, 1, 1)), max_size=3), st.lists(st.dates(NOW.end, date(2028, 1, 1))), SOME)
def test_the_sentences_about_what_lies_ahead_count_it_and_name_the_first_day(
    moves: list[date], due: list[date], overdue: int
) -> None:
    empty = figures(NOW, {name: 0 if name == "drifting" else [] for name in FIELDS})
    first = [min(days, default=None) for days in (moves, due)]
    next_move, next_due = ((day, "Halcyon") if day else None for day in first)
    ahead = Ahead(len(moves), next_move, len(due), next_due, overdue)
    *_, line = portfolio_summary(empty, empty, (), ahead)
    planned, falling_due = line.text.split(". ")
    assert numbers("^# changes? (?:is|are) planned", planned) == [len(moves)]
    assert numbers("^# due dates? lies? ahead.*; # (?:is|are) overdue", falling_due) == [len(due), overdue]
    for day, text in zip(first, (planned, falling_due), strict=True):
        assert ("the next on" in text) == (day is not None)
        if day:
            assert f", the next on {day.day} {day:%b} {day.year} at " in text
