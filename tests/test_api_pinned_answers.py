"""What was known at an instant of the past is answered with the same bytes now and for ever, on both databases."""

from __future__ import annotations

import random
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import cast

import pytest
from api_client import Caller, served
from firms import Firm, seeded_rolls

from domain.engagement import Engagement
from projections.log import Event, Recorded, migrate

AT_FIRST, AFTER_THAT = 300, 1_000
AT_MOST_AT_ONCE = 40
INSTANTS = 20
HERE = "as_of=2026-11-22"


DRILL = pytest.mark.slow(reason="asks again for everything known at twenty instants")


@pytest.fixture(params=[pytest.param("sqlite", marks=DRILL), "postgres"])
def store(request: pytest.FixtureRequest) -> Path | str:
    """Where a firm may be kept."""
    if request.param == "sqlite":
        return cast("Path", request.getfixturevalue("data_dir"))
    url = cast("str", request.getfixturevalue("postgres_url"))
    migrate(url)
    return url


@pytest.fixture(scope="module")
def events() -> list[Event]:
    """What is recorded of some firm; late, corrected, retracted, and several things at once too."""
    told = [recorded.event for recorded in Firm().live(seeded_rolls(29, 3_000)).events]
    assert len(told) >= AT_FIRST + AFTER_THAT
    return told[: AT_FIRST + AFTER_THAT]


def together(events: Sequence[Event], dice: random.Random) -> list[Sequence[Event]]:
    """Cut into pieces, each of which is recorded in one transaction."""
    pieces = []
    while events:
        size = dice.randrange(1, AT_MOST_AT_ONCE)
        pieces.append(events[:size])
        events = events[size:]
    return pieces


def digest(admin: Caller, known_at: str, client: str, engagement: str) -> str:
    """One number for what is answered as it was known then."""
    answers = sha256()
    for path in (
        f"/clients?{HERE}&limit=200",
        f"/clients/{client}/timeline?{HERE}",
        f"/engagements/{engagement}/milestones?limit=200",
        f"/reports/structure-mix?{HERE}",
        f"/reports/revenue?{HERE}",
    ):
        joined = f"{path}{'&' if '?' in path else '?'}known_at={known_at}"
        answer = admin.client.get(f"/api/v1{joined}", headers={"Authorization": f"Bearer {admin.key}"})
        # what was not known yet is not found, and stays so
        assert answer.status_code in (200, 404), answer.text
        answers.update(answer.content)
    return answers.hexdigest()


def written(recorded: Recorded) -> str:
    return recorded.event.timestamp.isoformat(timespec="microseconds").replace("+00:00", "Z")


def test_what_was_known_at_an_instant_is_the_same_bytes_for_ever(store: Path | str, events: list[Event]) -> None:
    dice = random.Random(3)
    with served(store) as firm:
        log = firm.context.log
        for piece in together(events[:AT_FIRST], dice):
            log.engagements.events.put(piece)
        known = log.read(0, AT_FIRST)
        instants = [written(recorded) for recorded in dice.sample(known, INSTANTS)]
        engagement = next(recorded.event for recorded in known if isinstance(recorded.event, Engagement.Created))
        asked = str(engagement.client), str(engagement.originator_id)
        then = {at: digest(firm.admin, at, *asked) for at in instants}
        assert len(set(then.values())) == INSTANTS
        for piece in together(events[AT_FIRST:], dice):
            log.engagements.events.put(piece)
        assert {at: digest(firm.admin, at, *asked) for at in instants} == then
        assert firm.context.views.rebuild() == log.head() == len(events)
        assert {at: digest(firm.admin, at, *asked) for at in instants[:5]}.items() <= then.items()
