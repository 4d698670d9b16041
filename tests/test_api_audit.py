"""The audit: who did what and from where, in one order, and nobody takes it back."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from api_client import Caller, Served, served
from browsing import Visitor
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

import api.activity_feed
from api.auth import access
from api.auth.access import THE_OWNER
from api.state.audit import Act, AuditRecord, audit, list_acts
from api.state.tables import sessions

SOMEBODY = UUID("0d3b2c4e-8a51-4f0e-9c07-2f6a1b7e4d10")


@pytest.fixture(params=["sqlite", "postgres"])
def firm(request: pytest.FixtureRequest, data_dir: Path) -> Iterator[Served]:
    """A firm in each of the databases."""
    store = data_dir if request.param == "sqlite" else str(request.getfixturevalue("postgres_store"))
    with served(store) as running:
        yield running


def kept(firm: Served, **parameters: object) -> list[AuditRecord]:
    with firm.context.log.engine.connect() as connection:
        return list(list_acts(connection, limit=100, **parameters))  # type: ignore[arg-type]


def keep(firm: Served, caller: access.Caller | None, act: Act, at: datetime) -> None:
    firm.context.log.write(lambda connection: audit(connection, caller, act, SOMEBODY, at=at))


def test_an_act_is_kept_with_who_did_it_and_from_where(firm: Served) -> None:
    now = firm.context.now()
    firm.context.log.write(
        lambda c: audit(c, THE_OWNER, Act.KEY_MADE, SOMEBODY, at=now, detail={"role": "viewer", "clients": None})
    )
    firm.context.log.write(lambda c: audit(c, None, Act.SIGN_IN_FAILED, at=now + timedelta(microseconds=1)))
    failed, made = kept(firm)[:2]
    assert (failed.act, failed.caller, failed.door, failed.subject) == (Act.SIGN_IN_FAILED, None, None, None)
    assert (made.at, made.caller, made.door) == (now, THE_OWNER.id, "command line")
    assert (made.subject, dict(made.detail)) == (SOMEBODY, {"role": "viewer", "clients": None})
    assert made.number < failed.number


def test_acts_are_found_by_caller_kind_and_time_and_go_on_where_a_page_ended(firm: Served) -> None:
    now = firm.context.now()
    for number in range(6):
        act = Act.KEY_MADE if number % 2 else Act.KEY_REVOKED
        caller = THE_OWNER if number < 4 else None
        at = now + timedelta(seconds=number // 2)
        keep(firm, caller, act, at)
    everything = [done for done in kept(firm) if done.subject == SOMEBODY]
    assert [done.at for done in everything] == sorted((done.at for done in everything), reverse=True)
    first = everything[:3]
    assert kept(firm, before=(first[-1].at, first[-1].number))[:3] == everything[3:]
    assert kept(firm, caller=THE_OWNER.id, among=[Act.KEY_MADE])[:2] == [everything[2], everything[4]]
    assert kept(firm, since=now + timedelta(seconds=1), until=now + timedelta(seconds=2)) == everything[2:4]


@pytest.mark.parametrize("change", ["UPDATE acts SET act = 'x'", "DELETE FROM acts"])
def test_nobody_changes_or_deletes_an_act(firm: Served, change: str) -> None:
    firm.context.log.write(lambda c: audit(c, THE_OWNER, Act.PERSON_ERASED, SOMEBODY, at=firm.context.now()))
    before = kept(firm)
    with pytest.raises(DBAPIError, match="never changed or deleted"):
        firm.context.log.write(lambda c: c.execute(text(change)))
    assert kept(firm) == before


def everything(caller: Caller, query: str = "", limit: int = 500) -> list[dict[str, Any]]:
    """The whole audit, page after page."""
    entries: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = caller.get(f"/audit?limit={limit}{query}{cursor}")
        entries += page["items"]
        if page["next"] is None:
            return entries
        cursor = f"&cursor={page['next']}"


def tell(firm: Served) -> str:
    """Acts and events in turn; the id of a person who is in both."""
    admin = firm.admin
    person: str = admin.post("/people", {"name": "Zephyrine", "employer": "firm"})["id"]
    admin.post("/clients", {"name": "Acme"})
    opening = {"name": "x", "started_on": "2024-01-01", "practice_lead": person}
    engagement = admin.post("/clients/acme/engagements", opening)["id"]
    admin.ask("PATCH", f"/people/{person}", {"name": "Zephyrine Q."})
    for number in range(6):
        kind = "resumed" if number % 2 else "paused"
        admin.post(f"/engagements/{engagement}/milestones", {"kind": kind, "effective_on": f"2024-02-0{number + 1}"})
    admin.ask("DELETE", f"/people/{person}", status=204)
    return person


def test_the_audit_tells_acts_and_events_in_one_order_whatever_the_page(firm: Served) -> None:
    person = tell(firm)
    whole = everything(firm.admin)
    assert [entry["at"] for entry in whole] == sorted((entry["at"] for entry in whole), reverse=True)
    kinds = [entry["kind"] for entry in whole][::-1]
    assert kinds[0] == "person.kept"
    assert kinds[-1] == "person.erased"
    assert kinds.index("seatline.engagement.opened") < kinds.index("person.changed")
    assert kinds.count("seatline.engagement.milestone_logged") == 6
    assert len([entry for entry in whole if entry["position"] is not None]) == firm.context.log.head()
    for limit in (1, 3, 7):
        assert everything(firm.admin, limit=limit) == whole
    assert {entry["door"] for entry in whole} == {"key"}
    assert len({entry["by"] for entry in whole}) == 1
    assert {entry["name"] for entry in whole} == {"a admin"}
    erased = next(entry for entry in whole if entry["kind"] == "person.erased")
    assert erased["subject"] == person
    assert "Zephyrine" not in str(whole)


def test_the_audit_is_asked_by_kind_caller_and_time(firm: Served) -> None:
    tell(firm)
    whole = everything(firm.admin)
    assert [e["kind"] for e in everything(firm.admin, "&kind=person")] == [
        "person.erased",
        "person.changed",
        "person.kept",
    ]
    assert everything(firm.admin, "&kind=recorded") == [e for e in whole if e["position"] is not None]
    logged = "seatline.engagement.milestone_logged"
    assert everything(firm.admin, f"&kind={logged}") == [e for e in whole if e["kind"] == logged]
    assert everything(firm.admin, f"&by={whole[0]['by']}", limit=2) == whole
    assert everything(firm.admin, f"&by={SOMEBODY}") == []
    for since, until in ((3, 9), (0, 5), (6, len(whole) - 1)):
        asked = f"&since={whole[until]['at']}&until={whole[since]['at']}"
        between = [e for e in whole if whole[until]["at"] <= e["at"] < whole[since]["at"]]
        assert everything(firm.admin, asked, limit=2) == between
    firm.admin.ask("GET", "/audit?kind=nonsense", status=422)
    firm.admin.ask("GET", "/audit?cursor=x", status=422)


def test_a_look_that_ends_early_goes_on_where_it_ended(firm: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(firm)
    whole = everything(firm.admin)
    monkeypatch.setattr(api.activity_feed, "BATCH_SIZE", 2)
    monkeypatch.setattr(api.activity_feed, "MAX_SCANNED", 3)
    assert everything(firm.admin) == whole
    opened = everything(firm.admin, "&kind=seatline.engagement.opened", limit=5)
    assert [e["kind"] for e in opened] == ["seatline.engagement.opened"]


def test_the_audit_is_a_table_too(firm: Served) -> None:
    tell(firm)
    answer = firm.admin.ask("GET", "/audit?kind=person&format=csv")
    rows = list(csv.DictReader(answer.text.splitlines()))
    assert [row["kind"] for row in rows] == ["person.erased", "person.changed", "person.kept"]


def test_the_audit_is_for_admins_of_the_whole_firm(firm: Served) -> None:
    firm.admin.post("/clients", {"name": "Acme"})
    made = firm.admin.post("/keys", {"name": "limited", "role": "admin", "clients": ["acme"]})
    Caller(firm.client, made["key"]).ask("GET", "/audit", status=403)


def test_an_event_recorded_in_a_browser_names_its_session(firm: Served) -> None:
    visitor = Visitor(firm)
    visitor.fill("/clients/new", {"name": "Acme"})
    firm.admin.post("/clients", {"name": "Other"})
    with firm.context.log.engine.connect() as connection:
        (session,) = connection.execute(select(sessions.c.id, sessions.c.user_id)).all()
    registered = everything(firm.admin, "&kind=seatline.client.registered")
    assert [(e["door"], e["by"] == str(session.user_id)) for e in registered] == [("key", False), ("session", True)]
    assert registered[1]["door_id"] == str(session.id)
