"""Loads the demonstration firm into an empty store, with each command at its recording instant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Connection

from api.state.people import Employer, Person, add_person
from api.state.saved_views import SavedView, store_view
from domain.quarters import quarter_of
from projections.log import open_log
from web.samples.demo import demonstration
from web.settings import Settings
from web.stores import migrate_state, open_context


class StoryClock:
    """A clock that the loader sets to the instant of each command."""

    def __init__(self, start: datetime) -> None:
        """`start` is in UTC."""
        self.at = start

    def __call__(self) -> datetime:
        """The recording instant (UTC) of the next command."""
        return self.at


def views_of(today: date) -> tuple[tuple[str, str], ...]:
    """The firm's saved views: names and addresses."""
    quarter = quarter_of(today).previous
    query = f"to={quarter}&as_of={quarter.end}&then={quarter.end}"
    return (
        ("Unified, fractional", "/clients?structure=unified_fractional&status=active"),
        ("Fees by function", "/reports/revenue?parts=function"),
        (f"{quarter}, then and now", f"/reports/structure-mix/then-and-now?{query}"),
    )


def load(settings: Settings, today: date, on_progress: Callable[[int, int], None]) -> bool:
    """Load the demonstration firm; returns false, without changes, if the store is not empty.

    `on_progress` is called with the number of commands done and in total. Raises `LogFault`.
    """
    with open_context(settings) as context:
        if context.log.head():
            return False
    story = demonstration(today)
    clock = StoryClock(story.steps[0].recorded_at)
    with open_log(settings.store, clock=clock) as log:
        migrate_state(log)
        teller = story.people[0].id

        def keep_people(connection: Connection) -> None:
            for person in story.people:
                stored = Person(person.id, person.name, None, Employer(person.employer.value))
                add_person(connection, stored, made_by=teller, made_at=clock.at)

        def save_views(connection: Connection) -> None:
            for name, url in views_of(today):
                view = SavedView(uuid5(NAMESPACE_URL, url), name, url, True, teller, clock.at)
                store_view(connection, view)

        log.write(keep_people)
        log.write(save_views)
        for number, step in enumerate(story.steps, start=1):
            clock.at = step.recorded_at
            log.engagements.run(step.tell)
            on_progress(number, len(story.steps))
    return True
