"""How many milestones a second a server takes over HTTP: ours as a whole, and what a firm might run instead.

Sixteen clients with one connection each; every commit is on the disk before it is answered.
"""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median

import pytest
from api_client import Caller, served
from load import Pace, pace_of, post, serving

CLIENTS = 16
POSTS = 60
"""By each client in a round."""

ENGAGEMENTS = 8
"""Of each client: its posts go round."""

ROUNDS = 3


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def bench_posting_a_milestone(request: pytest.FixtureRequest, store: str) -> None:
    place: Path | str = request.getfixturevalue("data_dir" if store == "sqlite" else "postgres_url")
    key, engagements, body = firm(place)
    paces: dict[str, list[Pace]] = {"plain": [], "library": [], "ours": []}
    with (
        serving("peers:plain", place) as plain,
        serving("peers:library", place) as library,
        serving("peers:ours", place) as ours,
    ):
        ports = {"plain": (plain, ""), "library": (library, ""), "ours": (ours, "/api/v1")}
        for _ in range(ROUNDS):
            for name, (port, prefix) in ports.items():
                paces[name].append(pace_of(port, posts(prefix, engagements, body, key)))
    medians = {name: Pace(*map(median, zip(*map(numbers, found), strict=True))) for name, found in paces.items()}
    print(f"\n{store}: POST of a milestone, {CLIENTS} clients")
    for name, pace in medians.items():
        print(f"  {name:8} {pace}")
    ours_is = medians["ours"]
    for name in ("plain", "library"):
        other = medians[name]
        print(f"  ours is {ours_is.rate / other.rate:.2f} x {name}, its p99 {ours_is.p99 / other.p99:.2f} x")


def numbers(pace: Pace) -> tuple[float, float, float]:
    return pace.rate, pace.p50, pace.p99


def firm(place: Path | str) -> tuple[str, list[list[str]], bytes]:
    """A firm with engagements for every client of ours: a key, the engagements by client, and what is posted."""
    with served(place) as running:
        admin = running.admin
        people = [admin.post("/people", {"name": name, "employer": "firm"})["id"] for name in ("Maya", "Ivo")]
        engagements = [[opened(admin, f"{n}-{m}") for m in range(ENGAGEMENTS)] for n in range(CLIENTS)]
    meeting = {
        "kind": "alignment_held",
        "effective_on": "2026-02-03",
        "participants": people,
        "topics": ["The roadmap", "Who hires"],
    }
    return admin.key, engagements, json.dumps(meeting).encode()


def opened(admin: Caller, name: str) -> str:
    client = admin.post("/clients", {"name": name, "slug": f"c-{name}"})["id"]
    opening = {"name": "Two hats", "started_on": "2026-01-01"}
    engagement_id: str = admin.post(f"/clients/{client}/engagements", opening)["id"]
    return engagement_id


def posts(prefix: str, engagements: list[list[str]], body: bytes, key: str) -> list[list[bytes]]:
    return [
        [post(f"{prefix}/engagements/{own[n % len(own)]}/milestones", body, key) for n in range(POSTS)]
        for own in engagements
    ]
