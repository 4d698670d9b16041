"""Fills an empty store with a sample network of any size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any

from api.context import AppContext
from api.state.people import OWNER, Employer, Person, add_people
from web.samples.demo.firm_builder import Person as Named
from web.samples.network import Network
from web.settings import Settings
from web.stores import open_context

_PEOPLE_AT_ONCE = 5_000


class NotEmpty(Exception):  # noqa: N818  (a condition of the store, not an error in the program)
    """The store has events already."""


def generate(settings: Settings, clients: int, seed: int, today: date, on_progress: Callable[[int, int], None]) -> int:
    """Record the histories of this many clients up to the day before `today`; returns the number of events.

    `on_progress` is called with the number of events done and in total. Raises `NotEmpty` and `LogFault`.
    """
    with open_context(settings) as context:
        if context.log.head():
            raise NotEmpty
        on_progress(0, clients * 30)
        network = Network(clients, today, seed)
        for some in _parts(network.people()):
            _keep(context, some)
        return context.log.load(network.all_events(), lambda done: on_progress(done, network.events))


def _keep(context: AppContext, some: Iterable[Named]) -> None:
    people = [Person(one.id, one.name, None, Employer(one.employer.value)) for one in some]
    at: datetime = context.now()
    context.log.write(lambda connection: add_people(connection, people, made_by=OWNER, made_at=at))


def _parts(everybody: Iterator[Any]) -> Iterator[list[Any]]:
    while some := list(islice(everybody, _PEOPLE_AT_ONCE)):
        yield some
