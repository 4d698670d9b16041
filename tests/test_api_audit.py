"""The audit: what was done beside recording stays, whoever would change it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from api_client import Served, served
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.access import THE_OWNER, Caller
from api.kept.audit import Act, Done, audit, list_acts

SOMEBODY = UUID("0d3b2c4e-8a51-4f0e-9c07-2f6a1b7e4d10")


@pytest.fixture(params=["sqlite", "postgres"])
def firm(request: pytest.FixtureRequest, data_dir: Path) -> Iterator[Served]:
    """A firm in each of the databases."""
    store = data_dir if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))
    with served(store) as running:
        yield running


def kept(firm: Served, **asked: object) -> list[Done]:
    with firm.house.log.engine.connect() as connection:
        return list(list_acts(connection, limit=100, **asked))  # type: ignore[arg-type]


def keep(firm: Served, caller: Caller | None, act: Act, at: datetime) -> None:
    firm.house.log.write(lambda connection: audit(connection, caller, act, SOMEBODY, at=at))


def test_an_act_is_kept_with_who_did_it_and_from_where(firm: Served) -> None:
    now = firm.house.now()
    firm.house.log.write(
        lambda c: audit(c, THE_OWNER, Act.KEY_MADE, SOMEBODY, at=now, detail={"role": "viewer", "clients": None})
    )
    firm.house.log.write(lambda c: audit(c, None, Act.SIGN_IN_FAILED, at=now + timedelta(microseconds=1)))
    failed, made = kept(firm)[:2]
    assert (failed.act, failed.caller, failed.door, failed.subject) == (Act.SIGN_IN_FAILED, None, None, None)
    assert (made.at, made.caller, made.door) == (now, THE_OWNER.id, "command line")
    assert (made.subject, dict(made.detail)) == (SOMEBODY, {"role": "viewer", "clients": None})
    assert made.number < failed.number


def test_acts_are_found_by_caller_kind_and_time_and_go_on_where_a_page_ended(firm: Served) -> None:
    now = firm.house.now()
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
    firm.house.log.write(lambda c: audit(c, THE_OWNER, Act.PERSON_ERASED, SOMEBODY, at=firm.house.now()))
    before = kept(firm)
    with pytest.raises(DBAPIError, match="never changed or deleted"):
        firm.house.log.write(lambda c: c.execute(text(change)))
    assert kept(firm) == before
