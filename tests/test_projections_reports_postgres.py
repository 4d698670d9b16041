"""The reports on PostgreSQL: they answer as they do on SQLite, whose answers are compared with naive counts."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from histories import PEOPLE
from portfolios import firm_of, question_about, store_of
from test_projections_reports_paths import scope_of
from test_projections_reports_revenue import parameters_of

from projections.log import Recorded
from projections.read_model import METADATA
from projections.reports.capacity import capacity
from projections.reports.groups import Field
from projections.reports.paths import paths
from projections.reports.plan import plan
from projections.reports.revenue import revenue
from projections.reports.time_to import TimeToEvent, time_to
from projections.snapshot import Snapshot


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://", 1))
    METADATA.create_all(engine)
    yield engine
    engine.dispose()


def test_both_databases_answer_alike(postgres: sa.Engine) -> None:
    for seed in range(12):
        dice = random.Random(seed)
        events = firm_of(seed)
        number = dice.randrange(2**48)
        with store_of(events) as sqlite, store_of(events, postgres) as other:
            assert answers(sqlite, events, number) == answers(other, events, number)


def answers(snapshot: Snapshot, events: Sequence[Recorded], number: int) -> list[Any]:
    question = question_about(events, number)
    parameters, scope = parameters_of(question), scope_of(question, number)
    return [
        revenue(snapshot, parameters),
        capacity(snapshot, parameters),
        capacity(snapshot, parameters, person=PEOPLE[0]),
        paths(snapshot, scope),
        plan(snapshot, scope),
        *(time_to(snapshot, scope, event, by=by) for event in TimeToEvent for by in (None, *Field)),
    ]
