"""Loading the demonstration firm: its story told into an empty store, each command at the instant it was given."""

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
    """The time in the story, moved on by whoever tells it."""

    def __init__(self, start: datetime) -> None:
        """`start` is in UTC."""
        self.at = start

    def __call__(self) -> datetime:
        """The instant (UTC) at which the next command is recorded."""
        return self.at


def views_of(today: date) -> tuple[tuple[str, str], ...]:
    """What the firm has saved: names and addresses."""
    quarter = quarter_of(today).previous
    asked = f"to={quarter}&as_of={quarter.end}&then={quarter.end}"
    return (
        ("One seat, both hats", "/clients?structure=unified_fractional&status=active"),
        ("Fees by function", "/reports/revenue?parts=function"),
        (f"{quarter}, then and now", f"/reports/structure-mix/then-and-now?{asked}"),
    )


def load(settings: Settings, today: date, said: Callable[[int, int], None]) -> bool:
    """Tell the demonstration firm's story into the store; false, and nothing done, when it holds anything already.

    `said` is told how many commands of how many are done. Raises `LogFault`.
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
                known = Person(person.id, person.name, None, Employer(person.employer.value))
                add_person(connection, known, made_by=teller, made_at=clock.at)

        def save_views(connection: Connection) -> None:
            for name, url in views_of(today):
                view = SavedView(uuid5(NAMESPACE_URL, url), name, url, True, teller, clock.at)
                store_view(connection, view)

        log.write(keep_people)
        log.write(save_views)
        for number, step in enumerate(story.steps, start=1):
            clock.at = step.recorded_at
            log.engagements.run(step.tell)
            said(number, len(story.steps))
    return True
