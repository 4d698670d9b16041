"""What a firm might run instead, as servers to be measured beside ours.

Both take the same POST of a milestone and answer 201 with it: a plain application of FastAPI and SQLAlchemy that keeps
a row for each milestone and a row of its audit trail, and the event library behind HTTP as it comes.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import IntegrityError
from fastapi import FastAPI
from pydantic import BaseModel

ME = UUID(int=7)


class Meeting(BaseModel):
    """The milestone that is posted."""

    kind: str
    effective_on: date
    participants: list[UUID]
    topics: list[str]


def place() -> Path | str:
    """Where the application that is being made keeps things."""
    environment = os.environ["BENCH_PLACE"]
    return environment if "://" in environment else Path(environment)


def plain() -> FastAPI:
    """Rows that are written, with a trail of who wrote what."""
    store = place()
    if isinstance(store, str):
        engine = sa.create_engine(store.replace("postgresql://", "postgresql+psycopg://"), pool_size=16)
    else:
        engine = sa.create_engine(f"sqlite:///{store / 'plain.db'}", pool_size=16)
        sa.event.listen(engine, "connect", safely)
    tables = sa.MetaData()
    milestones = sa.Table(
        "milestones",
        tables,
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("engagement", sa.Uuid, index=True),
        sa.Column("kind", sa.Text),
        sa.Column("effective_on", sa.Date),
        sa.Column("details", sa.JSON),
        sa.Column("recorded_at", sa.DateTime(timezone=True)),
        sa.Column("recorded_by", sa.Uuid),
    )
    trail = sa.Table(
        "trail",
        tables,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("milestone", sa.Uuid, index=True),
        sa.Column("what", sa.Text),
        sa.Column("after", sa.JSON),
        sa.Column("at", sa.DateTime(timezone=True)),
        sa.Column("by", sa.Uuid),
    )
    tables.create_all(engine)
    app = FastAPI()

    @app.post("/engagements/{engagement}/milestones", status_code=201)
    def log_milestone(engagement: UUID, meeting: Meeting) -> dict[str, Any]:
        details = meeting.model_dump(mode="json", include={"participants", "topics"})
        row = {
            "id": uuid4(),
            "engagement": engagement,
            "kind": meeting.kind,
            "effective_on": meeting.effective_on,
            "details": details,
            "recorded_at": datetime.now(UTC),
            "recorded_by": ME,
        }
        with engine.begin() as connection:
            connection.execute(sa.insert(milestones), row)
            entry = {"milestone": row["id"], "what": "logged", "after": details, "at": row["recorded_at"], "by": ME}
            connection.execute(sa.insert(trail), entry)
        return row

    return app


def safely(connection: Any, _: object) -> None:
    """As safe as ours: a commit is on the disk; writers wait for each other."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA busy_timeout = 30000")


class Diary(Aggregate):
    """The milestones of an engagement, as the library would have them."""

    class Logged(Aggregate.Event):
        """One more."""

        milestone: UUID
        details: str
        by: UUID

    def __init__(self) -> None:
        self.milestones: list[UUID] = []

    @event(Logged)
    def log(self, milestone: UUID, details: str, by: UUID) -> None:
        """Log a milestone."""
        self.milestones.append(milestone)

    @staticmethod
    def create_id(engagement: UUID) -> UUID:
        """The id of an engagement's stream."""
        return engagement


class Diaries(Application[UUID]):
    """All of them."""

    name = "diaries"


def library() -> FastAPI:
    """The library behind HTTP."""
    store = place()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with Diaries(library_environment(store)) as diaries:
            app.state.diaries = diaries
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/engagements/{engagement}/milestones", status_code=201)
    def log_milestone(engagement: UUID, meeting: Meeting) -> dict[str, Any]:
        diaries: Diaries = app.state.diaries
        milestone = uuid4()
        while True:
            try:
                diary: Diary = diaries.repository.get(engagement)
            except AggregateNotFoundError:
                diary = Diary._create(Diary.Created, id=engagement)
            diary.log(milestone, json.dumps(meeting.model_dump(mode="json")), ME)
            try:
                diaries.save(diary)
            except IntegrityError:
                continue
            return {"id": milestone, "version": diary.version, "engagement": engagement, **meeting.model_dump()}

    return app


def library_environment(store: Path | str) -> dict[str, str]:
    """What the library wants to know about where things are kept."""
    if isinstance(store, Path):
        return {
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": str(store / "library.db"),
            "SQLITE_LOCK_TIMEOUT": "30",
        }
    address = sa.make_url(store)
    host = address.host or str(address.query.get("host", ""))
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": address.database or "",
        "POSTGRES_HOST": host,
        "POSTGRES_PORT": str(address.port or 5432),
        "POSTGRES_USER": address.username or "",
        "POSTGRES_PASSWORD": str(address.password or "none"),
        "POSTGRES_POOL_SIZE": "16",
    }


def ours() -> FastAPI:
    """The whole product."""
    from web.app import create_app
    from web.settings import Settings

    store = place()
    # as usual, only that nobody is turned away
    rates = {"rate_limit_per_key": "100000000/minute", "rate_limit_per_address": "100000000/minute"}
    where = {"data": store} if isinstance(store, Path) else {"database_url": store}
    return create_app(Settings(**where, **rates))  # type: ignore[arg-type]
