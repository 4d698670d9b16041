"""The page about events says what the code says: every event, every field, every kind and every detail."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from datetime import date
from pathlib import Path
from typing import Any

from eventsourcing.domain import Aggregate, DomainEvent
from story import DANA, Cabinet, named

from domain.client import Client, Slug
from domain.decisions import Corrected, Log, Logged, Retracted
from domain.engagement import Engagement
from domain.kinds.engagement import Closed, Opened
from domain.milestones import DETAILS, Milestone
from projections.log import Recorded
from projections.log.payloads import PAYLOADS, Payload

PAGE = (Path(__file__).parent.parent / "docs" / "events.md").read_text(encoding="utf-8")
EVENTS = (
    *(Client.Created, Client.ProfileChanged, Client.EngagementBounded),
    *(Client.EngagementRetracted, Client.ClientRetracted),
    *(Slug.Created,),
    *(Engagement.Created, Engagement.OpenedWithMilestones),
    *(Engagement.MilestoneLogged, Engagement.MilestoneCorrected),
    *(Engagement.MilestoneRetracted, Engagement.MilestonesChanged, Engagement.EngagementRetracted),
)
OF_EVERY_EVENT = ("originator_id", "originator_version", "timestamp", "recorded_by")
HIDDEN = {"originator_topic"}  # how the library finds the class of a stream
CHANGES: dict[str, type] = {"logged": Logged, "corrected": Corrected, "retracted": Retracted}


def section(heading: str) -> str:
    """The text under a heading, as far as the next one."""
    match = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert match, f"docs/events.md has no section {heading!r}"
    return match.group(1)


def rows(text: str) -> list[list[str]]:
    """The cells of a table's rows, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def words(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def names_below(kind: type[Any]) -> set[str]:
    """The classes of the domain below one, by name (dataclasses leave a double of themselves behind)."""
    below: set[str] = set()
    for child in kind.__subclasses__():
        below |= names_below(child) | ({child.__qualname__} if child.__module__.startswith("domain.") else set())
    return below


def own_fields(event: type[Any]) -> set[str]:
    """What an event says besides what all of them say; a change as the fields that it has itself."""
    names: set[str] = set()
    for name in {f.name for f in fields(event)} - set(OF_EVERY_EVENT) - HIDDEN:
        change = CHANGES.get(name)
        names |= {f.name for f in fields(change)} if change else {name}
    return names


def tell_a_mistake(cabinet: Cabinet) -> None:
    """A client registered by mistake with an engagement that was told at once: both retracted."""
    client, letter = named("registered twice"), named("a letter of it")
    lead = Log(named("its opening"), date(2020, 1, 1), Opened("Letter", None))
    close = Log(named("its close"), date(2020, 12, 31), Closed("completed", None))
    cabinet.run(lambda unit: unit.register_client(client, "Twice", None, {}, None, recorded_by=DANA))
    cabinet.run(lambda unit: unit.open_engagement(letter, client, lead, (close,), recorded_by=DANA))
    cabinet.run(lambda unit: unit.retract_engagement(letter, "a mistake", recorded_by=DANA))
    cabinet.run(lambda unit: unit.retract_client(client, "a mistake", recorded_by=DANA))


def test_the_page_lists_every_event_by_its_topic_and_no_other() -> None:
    headings = re.findall(r"^### `([a-z_.]+)`$", PAGE, re.MULTILINE)
    assert headings == [event.TOPIC for event in EVENTS]


def test_no_event_class_of_the_domain_is_left_out() -> None:
    grounds = {"Client.Event", "Engagement.Event", "Slug.Event"}
    assert names_below(DomainEvent) - grounds == {event.__qualname__ for event in EVENTS}
    assert names_below(Aggregate) == {"Client", "Slug", "Engagement"}


def test_every_event_is_described_with_its_own_fields_and_when_it_is_recorded() -> None:
    for event in EVENTS:
        text = section(f"`{event.TOPIC}`")
        assert {words(row[0])[0] for row in rows(text)} == own_fields(event), event.TOPIC
        assert text.strip().startswith("Recorded when ")


def test_the_log_keeps_the_fields_that_are_described(demonstration_events: list[Recorded]) -> None:
    cabinet = Cabinet()
    tell_a_mistake(cabinet)
    payload_of: dict[type[Any], Payload] = {payload.event: payload for payload in PAYLOADS}
    recorded = [event for _, event in (*demonstration_events, *cabinet.recorded_at)]
    seen: dict[type[Any], Any] = {type(event): event for event in recorded}
    assert set(seen) == set(EVENTS) == set(payload_of)
    for kind, event in seen.items():
        assert set(payload_of[kind].write(event)) == own_fields(kind)


def test_what_every_event_has_is_described() -> None:
    assert [words(row[0])[0] for row in rows(section("What every event has"))] == list(OF_EVERY_EVENT)
    assert all(set(OF_EVERY_EVENT) <= {f.name for f in fields(event)} for event in EVENTS)


def test_a_milestones_fields_are_described() -> None:
    assert [words(row[0])[0] for row in rows(section("A milestone"))] == [
        *(f.name for f in fields(Milestone) if f.name in ("id", "order", "effective_on")),
        "precision",
        "details",
        *("note", "links", "reported_on"),
    ]
    assert {f.name for f in fields(Milestone)} == {words(row[0])[0] for row in rows(section("A milestone"))}


def test_every_kind_is_described_with_its_details() -> None:
    described = {words(kind)[0]: details for kind, _, details in rows(section("The kinds and their details"))}
    assert list(described) == [kind.value for kind in DETAILS]
    for kind, details in DETAILS.items():
        needed = {f.name for f in fields(details) if f.default is MISSING and f.default_factory is MISSING}  # type: ignore[arg-type]
        may_be_left_out = {f.name for f in fields(details)} - needed  # type: ignore[arg-type]
        required, _, optional = described[kind.value].partition("[")
        assert (set(words(required)), set(words(optional))) == (needed, may_be_left_out), kind
