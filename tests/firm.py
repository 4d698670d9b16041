"""A firm for tests: the application with everything in memory, and short ways to tell it things."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any
from uuid import UUID

from eventsourcing.persistence import Transcoder
from story import DANA, named, on

from domain.application import CommandResult, Engagements
from domain.client import Client
from domain.decisions import Log, Request
from domain.engagement import Engagement
from domain.kinds.engagement import Opened
from domain.unit_of_work import UnitOfWork

HALCYON, FIRST, SECOND = named("Halcyon Health"), named("the first engagement"), named("the second engagement")


class Pickles(Transcoder):
    """Keeps events as Python does: how they are stored is another room's concern."""

    def encode(self, obj: Any) -> bytes:
        return pickle.dumps(obj)

    def decode(self, data: bytes) -> Any:
        return pickle.loads(data)  # noqa: S301  (our own, from memory)


class Firm(Engagements):
    """The application with everything in memory, and short ways to tell it things."""

    def construct_transcoder(self) -> Transcoder:
        return Pickles()

    def register(self, name: str = "Halcyon Health", slug: str | None = None, **profile: object) -> Client:
        use_case: Callable[[UnitOfWork], Client] = lambda unit: unit.register_client(  # noqa: E731
            named(name), name, slug, profile, None, recorded_by=DANA
        )
        return self.run(use_case).value

    def opens(self, engagement: UUID, text: str) -> CommandResult[Engagement]:
        return self.run(
            lambda unit: unit.open_engagement(engagement, HALCYON, opening(engagement, text), recorded_by=DANA)
        )

    def changes(self, engagement: UUID, *requests: Request, reason: str | None = None) -> CommandResult[Engagement]:
        return self.run(lambda unit: unit.change(engagement, requests, reason=reason, recorded_by=DANA))

    def recorded(self) -> list[str]:
        notifications = self.recorder.select_notifications(None, 10_000)
        return [type(self.mapper.to_domain_event(n)).__qualname__ for n in notifications]

    def client(self) -> Client:
        return self.query(lambda unit: unit.client(HALCYON))

    def engagement(self, engagement: UUID = FIRST) -> Engagement:
        return self.query(lambda unit: unit.engagement(engagement))


def opening(engagement: UUID, text: str) -> Log:
    return on(text, Opened("CTO+CAIO"), f"the opening of {engagement}")
