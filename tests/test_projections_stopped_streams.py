"""A stream with an event that cannot be read or projected stands still alone, and goes on as soon as it can."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import pytest
from api_client import Served
from examples import whole_firms
from firms import MemoryLog, views_of
from hypothesis import given
from hypothesis import strategies as st
from logs import written_over
from patience import wait_until
from test_projections_views import from_nothing, recorded_of, rows_in

from api.auth.access import COOKIE
from api.state.roles import Role
from domain.client import Client
from domain.engagement import Engagement
from projections.log import Recorded


def readable(events: Sequence[Recorded], bad: Collection[int]) -> list[Recorded]:
    """What the rows are made of, found without the program: the events before the first bad one of their stream.

    An engagement of a client without a first event is left out.
    """
    stopped, chosen = set[UUID](), list[Recorded]()
    nameless = {r.event.originator_id for r in events if r.position in bad and isinstance(r.event, Client.Created)}
    for recorded in events:
        stream = recorded.event.originator_id
        if recorded.position in bad:
            stopped.add(stream)
        if isinstance(recorded.event, Engagement.Created) and recorded.event.client in nameless:
            stopped.add(stream)
        if stream not in stopped:
            chosen.append(recorded)
    return chosen


def causes(events: Sequence[Recorded], bad: Collection[int]) -> list[int]:
    """The first bad event of each stream, but for engagements that stand still already with their client."""
    first_bad = {r.event.originator_id: r.position for r in reversed(events) if r.position in bad}
    nameless = {r.event.originator_id for r in events if r.position in bad and isinstance(r.event, Client.Created)}
    created = [r for r in events if isinstance(r.event, Engagement.Created) and r.position not in bad]
    stopped = {r.event.originator_id for r in created if r.event.client in nameless}  # type: ignore[union-attr]
    return sorted(position for stream, position in first_bad.items() if stream not in stopped)


@whole_firms(5)
@given(st.integers(0, 2**16), st.lists(st.integers(1, 10_000), min_size=1, max_size=4), st.data())
def test_all_other_streams_have_the_rows_of_a_firm_without_what_cannot_be_read(
    seed: int, places: list[int], data: st.DataObject
) -> None:
    events = recorded_of(seed, 60)
    bad = {1 + place % len(events) for place in places}
    memory = MemoryLog(events, shown=0)
    memory.unreadable = set(bad)
    with TemporaryDirectory(prefix="seatline-") as folder:
        views = views_of(Path(folder), memory)
        try:
            while memory.shown < len(events):
                memory.shown = min(memory.shown + data.draw(st.integers(1, len(events))), len(events))
                shown = events[: memory.shown]
                assert rows_in(views) == from_nothing(readable(shown, bad))
                assert [stopped.position for stopped in views.stopped.causes] == causes(shown, bad)
            if data.draw(st.booleans()):
                views.rebuild()
                assert rows_in(views) == from_nothing(readable(events, bad))
            fixed = data.draw(st.sampled_from(sorted(bad)))
            memory.unreadable.remove(fixed)
            views.heal()
            assert rows_in(views) == from_nothing(readable(events, bad - {fixed}))
            memory.unreadable.clear()
            views.heal()
            assert rows_in(views) == from_nothing(events)
            assert views.stopped.by_stream == {}
        finally:
            views.close()


DAMAGE = b'{"note": "between ourselves", "class_version": 99}'


def client_with_engagement(firm: Served, name: str) -> tuple[str, str]:
    client = firm.admin.post("/clients", {"name": name})["id"]
    engagement = firm.admin.post(f"/clients/{client}/engagements", {"name": "x", "started_on": "2024-01-01"})["id"]
    return client, engagement


def issued(firm: Served, engagement: str, **options: Any) -> Any:
    milestone = {
        "kind": "deliverable_issued",
        "effective_on": "2024-03-01",
        "deliverable": "roadmap",
        "function": "ai",
    }
    return firm.admin.ask("POST", f"/engagements/{engagement}/milestones", milestone, **options)


def timeline(firm: Served, client: str) -> Any:
    return {name: value for name, value in firm.admin.get(f"/clients/{client}/timeline").items() if name != "known_at"}


def stopped(firm: Served) -> Any:
    answer = firm.readiness()
    assert answer.status_code == 200
    return answer.json()["stopped_streams"]


def test_a_client_with_an_event_that_cannot_be_read_stands_still_and_all_others_go_on(
    either: Served, request: pytest.FixtureRequest
) -> None:
    firm, log = either, either.context.log
    place: Path | str = (
        request.getfixturevalue("data_dir")
        if log.engine.dialect.name == "sqlite"
        else request.getfixturevalue("postgres_store")
    )
    cookie = {"Cookie": f"{COOKIE}={firm.session(Role.ADMIN)}", "Accept": "text/html"}
    client, engagement = client_with_engagement(firm, "Acme")
    assert issued(firm, engagement).json()
    other, others = client_with_engagement(firm, "Halcyon")
    before = timeline(firm, client)
    events = {r.position: r.event for r in log.read() if str(r.event.originator_id) in (client, engagement)}
    slug = min(events) - 1
    for position in (slug, *events):
        was = written_over(place, position, DAMAGE)
        firm.context.views.rebuild()
        (mark,) = stopped(firm)
        assert (mark["position"], mark["client"]) == (position, client)
        assert firm.client.get("/readyz").json()["stopped_streams"] == 1
        assert (
            "seatline_stopped_streams 1.0"
            in firm.admin.client.get("/metrics", headers={"Authorization": f"Bearer {firm.admin.key}"}).text
        )
        for path in (
            f"/clients/{client}",
            f"/clients/{client}/timeline",
            f"/engagements/{engagement}",
            f"/engagements/{engagement}/milestones",
        ):
            problem = firm.admin.ask("GET", path, status=503)
            assert problem.json()["type"] == "/problems/event-unreadable"
            assert problem.json()["event"]["position"] == position
            assert int(problem.headers["Retry-After"]) > 0
            assert "ourselves" not in problem.text
        assert issued(firm, engagement, status=503).json()["event"]["position"] == position
        page = firm.client.get(f"/clients/{client}", headers=cookie)
        assert page.status_code == 503
        assert f"position {position}" in page.text
        assert 'href="/clients"' in page.text
        assert firm.client.get("/clients", headers=cookie).status_code == 200
        version = issued(firm, others).json()["position"]
        newest = firm.admin.get(f"/engagements/{others}/milestones?limit=500&after_position={version}")
        assert len(newest["items"]) >= 2
        assert other in {row["id"] for row in firm.admin.get("/clients")["items"]}
        for path in ("/reports/structure-mix", "/audit", "/reports/revenue", "/exports/history"):
            firm.admin.ask("GET", path)
        assert firm.admin.get("/events?limit=500")["items"][-1]["position"] == log.head()
        written_over(place, position, was)
        wait_until(lambda: not stopped(firm))
        assert timeline(firm, client) == before
