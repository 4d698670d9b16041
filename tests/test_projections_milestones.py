"""Milestones as they are told: every version of them, in effective order, in the shapes of the API."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from examples import examples
from firms import ME, Firm, MemoryLog, answering, rolls, views_of
from hypothesis import given
from hypothesis import strategies as st
from oracle import in_order

from domain.decisions import Corrected, Log, Logged, Retract, Retracted, Standing
from domain.engagement import Engagement
from domain.kinds.agreements import AlignmentHeld
from domain.kinds.engagement import AssessmentTaken, Closed, Opened
from domain.kinds.seats import HatAdded, SplitToTwoRoles, StructureChosen, TermsChanged
from domain.kinds.work import HoursReported, OutcomeMeasured
from domain.milestones import Details, Kind
from domain.seats import BOTH, Commitment, Function, Hours, Money, Provider, ReportsTo, SeatTerms, SeatWithFunctions
from projections.column_types import from_hundredths, from_json, storable_text, to_hundredths, to_json
from projections.details_json import details_to_json
from projections.engagements import engagements_of, find_engagement
from projections.log import Recorded
from projections.milestone_versions import RecordingKind
from projections.milestones import (
    MilestonePage,
    milestone_history,
    milestones_of,
    recent_milestones,
    recordings_of,
    standing_milestones,
)
from projections.profiles import names_of, profile_history
from projections.snapshot import Snapshot

firms = rolls(15, 45)
TODAY = date(2026, 11, 22)


def engagement_events(events: Sequence[Recorded]) -> dict[UUID, list[tuple[int, Engagement.Event]]]:
    by_engagement: dict[UUID, list[tuple[int, Engagement.Event]]] = {}
    for position, event in events:
        if isinstance(event, Engagement.Event):
            by_engagement.setdefault(event.originator_id, []).append((position, event))
    return by_engagement


@examples(20)
@given(firms, st.floats(0.3, 1))
def test_the_milestones_that_stand_are_told_in_effective_order(rolls: list[int], share: float) -> None:
    events = Firm().live(rolls).events
    recorded = events[: max(int(len(events) * share), 1)]
    known_at = recorded[-1].event.timestamp
    with answering(events) as snapshot:
        for engagement, own_events in engagement_events(recorded).items():
            standing = Standing()
            for _, event in own_events:
                standing = standing.after(event.changes)
            expected = in_order(list(standing.milestones.values()))

            def ask(engagement: UUID = engagement, **more: Any) -> MilestonePage:
                return milestones_of(snapshot, engagement, known_at=known_at, **more)

            items = ask().items
            assert [(m.takes_effect_on, m.id) for m in items] == [(day, m.id) for day, m in expected]
            for item, (_, milestone) in zip(items, expected, strict=True):
                assert (item.kind, item.effective_on, item.precision, item.note, item.order) == (
                    milestone.kind,
                    milestone.effective_on,
                    milestone.precision,
                    milestone.note,
                    milestone.order,
                )
                assert item.details == details_to_json(milestone.details)
            assert in_pages(ask) == list(items)
            middle = items[len(items) // 2].takes_effect_on
            assert ask(as_of=middle).items == tuple(m for m in items if m.takes_effect_on <= middle)
            assert ask(kind=Kind.PAUSED).items == tuple(m for m in items if m.kind is Kind.PAUSED)
            client = items[0].client
            of_client = standing_milestones(snapshot, client=client, known_at=known_at)
            assert [m for m in of_client if m.engagement == engagement] == list(items)
            assert [m.takes_effect_on for m in of_client] == sorted(m.takes_effect_on for m in of_client)
            row = find_engagement(snapshot, engagement, as_of=TODAY, known_at=known_at)
            assert row is not None
            assert row in engagements_of(snapshot, client, as_of=TODAY, known_at=known_at)
            timeline = standing.timeline()
            assert (row.version, row.started_on, row.closed_on) == (
                len(own_events),
                timeline.opened_on,
                timeline.closed_on,
            )
            assert (row.status, row.structure) == (timeline.status_on(TODAY), timeline.structure_on(TODAY))
            assert find_engagement(snapshot, engagement, as_of=TODAY, visible=frozenset()) is None


def in_pages(ask: Any, onwards: str = "after") -> list[Any]:
    items, place = [], None
    while True:
        page = ask(limit=3, **{onwards: place})
        items += page.items
        place = page.next
        if place is None:
            return items


@examples(20)
@given(firms, st.floats(0.3, 1))
def test_every_recording_of_a_milestone_is_told_with_who_when_and_why(rolls: list[int], share: float) -> None:
    events = Firm().live(rolls).events
    recorded = events[: max(int(len(events) * share), 1)]
    known_at = recorded[-1].event.timestamp
    expected = [recording for engagement, own_events in engagement_events(recorded).items() for recording in own_events]
    said_of: dict[tuple[UUID, UUID], list[Any]] = {}
    in_turn: list[tuple[int, UUID, UUID, int]] = []
    for position, event in sorted(expected, key=lambda own_events: own_events[0]):
        together = event.reason if isinstance(event, Engagement.MilestonesChanged) else None
        for change in event.changes:
            milestone = change.milestone if isinstance(change, Retracted) else change.milestone.id
            reason = together if isinstance(change, Logged) else change.reason
            of_it = said_of.setdefault((event.originator_id, milestone), [])
            of_it.append((len(of_it) + 1, word(change), reason, event.recorded_at, event.originator_version, position))
            in_turn.append((position, event.originator_id, milestone, len(of_it)))
    with answering(events) as snapshot:
        for engagement in engagement_events(recorded):
            histories = recordings_of(snapshot, engagement=engagement, known_at=known_at)
            assert histories.keys() == {key for key in said_of if key[0] == engagement}
            for key, history in histories.items():
                assert [
                    (v.version, v.recording_kind, v.reason, v.recorded_at, v.engagement_version, v.position)
                    for v in history.versions
                ] == said_of[key]
                assert milestone_history(snapshot, *key, known_at=known_at) == history
                assert (history.retraction is None) == (
                    history.versions[-1].recording_kind is not RecordingKind.RETRACTED
                )
                assert history.latest.recording_kind is not RecordingKind.RETRACTED
            assert milestone_history(snapshot, engagement, UUID(int=1)) is None
        recent = in_pages(lambda **more: recent_milestones(snapshot, known_at=known_at, **more), "before")
        assert [(v.position, v.engagement, v.id, v.version) for v in recent] == in_turn[::-1]
        some = frozenset(v.client for v in recent[:1])
        seen = recent_milestones(snapshot, known_at=known_at, visible=some, limit=500).items
        assert list(seen) == [v for v in recent if v.client in some]


def word(change: Logged | Corrected | Retracted) -> str:
    return type(change).__name__.lower()


TERMS = SeatTerms(ME, Commitment.FRACTIONAL, Provider.FIRM)
TERMS_SHAPE = {
    "holder": str(ME),
    "commitment": "fractional",
    "provider": "firm",
    "interim": False,
    "reports_to": None,
    "hours_per_month": None,
    "monthly_fee": None,
}


@pytest.mark.parametrize(
    ("details", "shape"),
    [
        (Opened("Letter"), {"name": "Letter", "practice_lead": None}),
        (
            SplitToTwoRoles(TERMS, TERMS),
            {"technology": TERMS_SHAPE, "ai": TERMS_SHAPE, "rationale": None, "assessment": None},
        ),
        (
            StructureChosen(
                (
                    SeatWithFunctions(
                        BOTH,
                        ME,
                        Commitment.FULL_TIME,
                        Provider.CLIENT,
                        True,
                        ReportsTo.CEO,
                        Hours(Decimal("20.00"), Decimal("12.5")),
                        Money(Decimal(8500), "USD"),
                    ),
                ),
                assessment=ME,
            ),
            {
                "seats": [
                    {
                        "functions": ["technology", "ai"],
                        "holder": str(ME),
                        "commitment": "full_time",
                        "provider": "client",
                        "interim": True,
                        "reports_to": "ceo",
                        "hours_per_month": {"technology": 20, "ai": 12.5},
                        "monthly_fee": {"amount": "8500.00", "currency": "USD"},
                    }
                ],
                "rationale": None,
                "assessment": str(ME),
            },
        ),
        (
            TermsChanged((Function.AI,), monthly_fee=None),
            {"functions": ["ai"], "monthly_fee": None},
        ),
        (
            HatAdded(Function.AI, hours_per_month=Hours(ai=Decimal(4))),
            {
                "function": "ai",
                "hours_per_month": {"ai": 4},
                "monthly_fee": None,
                "rationale": None,
                "assessment": None,
            },
        ),
        (
            HoursReported("2026-03", Function.AI, Decimal("7.25")),
            {"month": "2026-03", "function": "ai", "hours": 7.25},
        ),
        (AlignmentHeld((ME,), ("a", "b")), {"participants": [str(ME)], "topics": ["a", "b"]}),
        (
            AssessmentTaken({"headcount": {"value": 4, "source": "x"}}, ME),
            {"answers": {"headcount": {"value": 4, "source": "x"}}, "assessor": str(ME), "verdicts": None},
        ),
        (
            OutcomeMeasured("i", "m", Decimal("-1E+2"), "h"),
            {"initiative": "i", "metric": "m", "value": -100, "unit": "h", "baseline": None},
        ),
        (Closed("done"), {"outcome": "done", "reason": None}),
    ],
)
def test_details_have_the_shape_of_the_api(details: Details, shape: dict[str, Any]) -> None:
    assert details_to_json(details) == shape
    assert list(details_to_json(details)) == list(shape)
    assert from_json(to_json(shape)) == shape


@pytest.fixture(params=["sqlite", "postgres"])
def odd_texts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Snapshot, UUID, UUID]]:
    """A client and an engagement full of what databases refuse, as versions without cleaning have recorded them."""
    for name in ("domain.validation.clean", "domain.validation.clean_name", "domain.profile.clean"):
        monkeypatch.setattr(name, lambda text, **_: text)
    place: Path | str = request.getfixturevalue("data_dir" if request.param == "sqlite" else "postgres_url")
    odd = "NUL \0, half a pair \ud83d, a whole one 😀"
    firm, client, engagement = Firm(), UUID(int=1), UUID(int=2)
    profile: dict[str, object] = {"sector": odd, "funding_stage": odd}
    firm.cabinet.run(lambda unit: unit.register_client(client, odd, "odd", profile, None, recorded_by=ME))
    opening = Log(UUID(int=3), date(2026, 1, 1), Opened(odd), note=odd, links=(odd,))
    firm.cabinet.run(lambda unit: unit.open_engagement(engagement, client, opening, recorded_by=ME))
    answers: dict[str, object] = {"sector": "finance"}
    assessment = Log(UUID(int=4), date(2026, 1, 2), AssessmentTaken(answers, ME))
    closing = Log(UUID(int=5), date(2026, 1, 3), Closed(odd, odd))
    firm.cabinet.run(lambda unit: unit.change(engagement, [assessment, closing], recorded_by=ME, reason=odd))
    views = views_of(place, MemoryLog(firm.events))
    with views.reading() as snapshot:
        yield snapshot, client, engagement
    views.close()


def test_whatever_people_wrote_is_told_and_stops_nothing(odd_texts: tuple[Snapshot, UUID, UUID]) -> None:
    odd = "NUL \0, half a pair \ud83d, a whole one 😀"
    snapshot, client, engagement = odd_texts
    assert names_of(snapshot, [client], as_of=TODAY) == {client: odd}
    [span] = profile_history(snapshot, client)
    assert (span.name, span.profile.sector, span.start, span.end) == (odd, odd, None, None)
    opened, assessed, closed = milestones_of(snapshot, engagement).items
    assert (opened.details["name"], opened.note, opened.links) == (odd, odd, (odd,))
    assert assessed.details["answers"] == {"sector": "finance"}
    assert (closed.details, closed.reason) == ({"outcome": odd, "reason": odd}, odd)
    row = find_engagement(snapshot, engagement, as_of=TODAY)
    assert row is not None
    assert row.name == row.outcome == storable_text(odd)


def test_a_page_goes_on_where_its_last_milestone_was_retracted_meanwhile() -> None:
    firm, client, engagement = Firm(), UUID(int=1), UUID(int=2)
    firm.cabinet.run(lambda unit: unit.register_client(client, "Acme", None, {}, None, recorded_by=ME))
    opening = Log(UUID(int=3), date(2026, 1, 1), Opened("Letter"))
    firm.cabinet.run(lambda unit: unit.open_engagement(engagement, client, opening, recorded_by=ME))
    meetings = [Log(UUID(int=10 + n), date(2026, 1, n), AlignmentHeld((ME,))) for n in range(2, 6)]
    firm.cabinet.run(lambda unit: unit.change(engagement, meetings, recorded_by=ME))
    firm.cabinet.run(lambda unit: unit.change(engagement, [Retract(UUID(int=13), "no")], recorded_by=ME))
    events = firm.events
    with answering(events) as snapshot:
        first = milestones_of(snapshot, engagement, limit=3, known_at=events[-2].event.timestamp)
        assert [m.id.int for m in first.items] == [3, 12, 13]
        rest = milestones_of(snapshot, engagement, after=first.next)
        assert [m.id.int for m in rest.items] == [14, 15]


@given(st.decimals(0, 10**12, places=2))
def test_money_and_hours_are_kept_to_the_hundredth(amount: Decimal) -> None:
    assert from_hundredths(to_hundredths(amount)) == amount
    assert from_hundredths(to_hundredths(amount)).as_tuple().exponent == -2
    assert json.loads(to_json({"n": to_hundredths(amount)})) == {"n": int(amount.scaleb(2))}
