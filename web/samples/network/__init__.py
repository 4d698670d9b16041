"""A realistic network of firms of any size, equal for equal seeds, for benchmarks and large portfolios.

Histories are first simulated as templates with the domain's own commands. Every client is an instance of a template at
its own time, with its own ids and people. Nothing here reads a clock: `today` and the seed are arguments.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from heapq import heapify, heappop, heapreplace
from random import Random
from typing import Any
from uuid import UUID, uuid5

from domain.client import slug_from
from domain.seats import Provider
from web.samples.demo.firm_builder import Person
from web.samples.network.instantiate import ClientInstance, Instance, key_of
from web.samples.network.names import client_name, person_name
from web.samples.network.random_history import plot_of, prospect
from web.samples.network.template import DAY_ZERO, ROLES, instant_of

_NETWORKS = UUID("0d9a3d57-7d2e-5f5b-8f0c-3a4e7c1b9f60")
MOST_PLOTS = 160
FIRM_CLIENTS = 100
"""The number of clients per firm."""
FIRM_PEOPLE = 36
_EVENTS = (18, 46)
"""The least and the most events of a template: about thirty per client."""
_QUARTER_DAYS = 91


class Network:
    """Clients with their histories up to the day before `today`, and their people."""

    def __init__(self, clients: int, today: date, seed: int) -> None:
        """Simulate the templates; `clients` is the total number of clients."""
        self._seed = seed
        self._dice = Random(f"{seed}/plots")  # noqa: S311  (a story needs no safe dice)
        self._castings = [self._casting(number) for number in range(min(max(clients, 1), MOST_PLOTS))]
        self._clients = [self._client(number, today) for number in range(clients)]

    @property
    def events(self) -> int:
        """The total number of events."""
        return sum(self._castings[plot].plot.events for _, plot, _ in self._clients)

    def people(self) -> Iterator[Person]:
        """All people: those of the firms, and those whom clients employ."""
        firms = -(-len(self._clients) // FIRM_CLIENTS)
        for number in range(firms * FIRM_PEOPLE):
            yield Person(self._person(number), person_name(number * 7), Provider.FIRM)
        for number, (_, plot, _) in enumerate(self._clients):
            hires = self._castings[plot].plot.hires
            if hires:
                key = self._key(number)
                for place, hire in enumerate(hires):
                    yield Person(UUID(int=hire.int ^ key), person_name(number * 11 + place * 5 + 3), Provider.CLIENT)

    def all_events(self) -> Iterator[Any]:
        """All events in recording order; `timestamp` (UTC) increases."""
        waiting: list[tuple[Any, int, int, ClientInstance | None]] = []
        for number, (week, plot, seconds) in enumerate(self._clients):
            begins = instant_of(DAY_ZERO) + timedelta(weeks=week, seconds=seconds)
            waiting.append((begins + self._castings[plot].after(0), number, 0, None))
        heapify(waiting)
        while waiting:
            _, number, step, part = waiting[0]
            if part is None:
                part = self._part(number)
            casting = self._castings[self._clients[number][1]]
            yield from casting.cast(part, step)
            if step + 1 < len(casting):
                heapreplace(waiting, (part.begins + casting.after(step + 1), number, step + 1, part))
            else:
                heappop(waiting)

    def _casting(self, number: int) -> Instance:
        dice = self._dice
        if number % 30 == 29:
            return Instance(prospect(dice))
        events = round(dice.triangular(*_EVENTS))
        days = round(dice.triangular(_QUARTER_DAYS, 16 * _QUARTER_DAYS, 9 * _QUARTER_DAYS))
        return Instance(plot_of(dice, events, days, ends_open=dice.random() < 0.72))

    def _client(self, number: int, today: date) -> tuple[int, int, int]:
        """The week in which a client's history begins, the index of its template, and its offset in seconds."""
        dice = self._dice_of("time", number)
        plot = number % len(self._castings) if number < len(self._castings) else dice.randrange(len(self._castings))
        template = self._castings[plot].plot
        # ended histories may have ended long ago; ongoing ones have recent events
        since = dice.randrange(1, 30) if template.ends_open else dice.randrange(1, 8 * _QUARTER_DAYS)
        return ((today - DAY_ZERO).days - template.days - 1 - since) // 7, plot, dice.randrange(7_200)

    def _part(self, number: int) -> ClientInstance:
        week, _, seconds = self._clients[number]
        dice = self._dice_of("part", number)
        shift = timedelta(weeks=week)
        name, sector, regulated = client_name(number)
        team = dice.sample(range(FIRM_PEOPLE), ROLES)
        firm = number // FIRM_CLIENTS * FIRM_PEOPLE
        return ClientInstance(
            key=self._key(number),
            shift=shift,
            begins=instant_of(DAY_ZERO) + shift + timedelta(seconds=seconds),
            people=tuple(self._person(firm + member) for member in team),
            name=name,
            slug=slug_from(name),
            profile=_profile(dice, sector, regulated=regulated),
        )

    def _key(self, number: int) -> int:
        return key_of(self._dice_of("key", number).getrandbits(128))

    def _dice_of(self, what: str, number: int) -> Random:
        return Random(f"{self._seed}/{what}/{number}")  # noqa: S311  (a story needs no safe dice)

    @lru_cache(maxsize=100_000)  # noqa: B019  (a network lives as long as its events are read)
    def _person(self, number: int) -> UUID:
        return uuid5(_NETWORKS, f"{self._seed}/person/{number}")


def _profile(dice: Random, sector: str, *, regulated: bool) -> dict[str, Any]:
    headcount = round(dice.lognormvariate(4.2, 1.1)) + 4
    return {
        "sector": sector,
        "headcount": headcount,
        "engineers": max(round(headcount * dice.uniform(0.02, 0.45)), 1),
        "products": dice.randrange(1, 6),
        "ai_people": dice.randrange(1, 8),
        "ai_initiatives": dice.randrange(1, 6),
        "funding_stage": dice.choice(("bootstrapped", "seed", "series_a", "series_b", "series_c", "public")),
        "regulated": regulated or dice.random() < 0.1,
        "annual_revenue": {
            "amount": f"{headcount * dice.randrange(90, 260)}000.00",
            "currency": dice.choices(("USD", "EUR", "GBP"), (7, 2, 1))[0],
        },
    }
