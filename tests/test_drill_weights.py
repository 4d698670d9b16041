"""A page of a firm of 2,000 clients is not much heavier than the same page of the demonstration: every page is asked.

Bytes are those of the body as the server sends it, compressed with gzip.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine
from api_client import Caller, Served, served
from browsing import Visitor
from route_matrix import ENDLESS, filled, routes
from stores import DEMONSTRATION_DAY

from projections.milestone_versions import MILESTONES
from web.pages.reports import REPORTS
from web.samples.generate import generate
from web.settings import Settings
from web.stores import open_context

CLIENTS = 2_000
MOST_TIMES = 1.5
MOST_BYTES = 60_000
NOON = f"{DEMONSTRATION_DAY}T12:00:00Z"
NO_PAGES = {
    *ENDLESS,
    *(
        "/sign-in",
        "/sign-in/{token}",
        "/single-sign-on",
        "/single-sign-on/callback",
    ),  # for visitors who are not signed in
    "/logo/{name}",
}
REPORT, CARD = "/reports/{key}", "/reports/{key}/card"
FILES = (".{suffix}", ".pdf", ".csv")


def made_network(folder: Path) -> Path:
    """A firm of `CLIENTS` generated clients, with its read models."""
    settings = Settings(data=folder)
    generate(settings, CLIENTS, 1, DEMONSTRATION_DAY, lambda *_: None)
    with open_context(settings) as context:
        context.views.catch_up()
    return folder


@contextmanager
def visited(folder: Path) -> Iterator[tuple[Served, Visitor]]:
    with time_machine.travel(NOON, tick=True), served(folder, webhooks_allow_private=True) as firm:
        yield firm, Visitor(firm)


def weights_of(folder: Path) -> Mapping[str, int]:
    """The bytes of every page of a firm, by its pattern and what was chosen on it."""
    with visited(folder) as (firm, visitor):
        names = names_of(firm, visitor)
        weights: dict[str, int] = defaultdict(int)
        refused = []
        for pattern in sorted(path for method, path in routes(firm, pages=True) if method == "GET"):
            if pattern in NO_PAGES or pattern.endswith(FILES):
                continue
            for page, address in addresses(pattern, names):
                answer = visitor.client.get(address, headers={"Accept-Encoding": "gzip"})
                if answer.status_code == 200:
                    weights[page] += int(answer.headers["content-length"])
                else:
                    refused.append(f"{answer.status_code} {address}")
        assert not refused, refused
        return weights


def addresses(pattern: str, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each page of a pattern with an address: one for each report, and for each choice of a report's options.

    The cards are parts of the page of all reports.
    """
    if not pattern.startswith(REPORT):
        yield pattern, filled(pattern, names)
        return
    for key, report in REPORTS.items():
        path = pattern.replace("{key}", key)
        if pattern == CARD:
            yield "/reports", path
            continue
        options = report.options if pattern == REPORT else ()
        choices = [(option.name, choice.value) for option in options for choice in option.choices if choice.value]
        for query in ("", *(f"?{name}={value}" for name, value in choices)):
            yield path + query, path + query


def names_of(firm: Served, visitor: Visitor) -> dict[str, str]:
    """What the parameters of addresses mean here: the engaged client with the longest record and the busiest person."""
    admin = firm.admin
    with firm.context.views.reading() as snapshot:
        row = MILESTONES.c
        of_client = sa.select(row.client_id).group_by(row.client_id)
        longest = snapshot.connection.execute(of_client.order_by(sa.func.count().desc(), row.client_id)).scalars()
        client = next(one for one in longest if engagement_of(admin, one))
    person = admin.get("/reports/capacity?limit=1")["rows"][0]["person"]
    taken = {
        "kind": "assessment_taken",
        "effective_on": str(DEMONSTRATION_DAY),
        "assessor": person,
        "answers": {"headcount": 24},
    }
    engagement = engagement_of(admin, client)
    expires = {"expires_at": "2199-01-01T00:00:00Z"}
    share = admin.post("/share-links", {"client": str(client), **expires})
    row_of_file = b'{"type": "person", "ref": "p", "name": "Dana", "employer": "firm"}\n'
    made = admin.ask("POST", "/imports", content=row_of_file, headers={"Content-Type": "application/x-ndjson"}).json()
    webhook = admin.post("/webhooks", {"url": "http://127.0.0.1:9/"})
    upload = visitor.client.post("/settings/imports", files={"file": ("people.jsonl", row_of_file)})
    return {
        "webhook": webhook["id"],
        "file": str(upload.url).rpartition("/")[2],
        "client": str(client),
        "engagement": engagement,
        "milestone": admin.post(f"/engagements/{engagement}/milestones", taken)["id"],
        "person": person,
        "token": share["url"].rpartition("/")[2],
        "share_link": share["id"],
        "import": made["id"],
        "user": admin.post("/users", {"name": "Noor", "email": "noor@example.org", "role": "viewer"})["id"],
        "framework": admin.get("/frameworks")["items"][0]["id"],
        "sign": "A07",
    }


def engagement_of(admin: Caller, client: UUID) -> str:
    """The id of a client's open engagement; empty without one."""
    return admin.get(f"/clients/{client}")["engagement"] or ""


@pytest.mark.crawl
@pytest.mark.slow(reason="generates 2,000 clients and asks every page of two firms")
def test_a_page_of_two_thousand_clients_is_nearly_as_light_as_one_of_the_demonstration(
    demonstration: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    small, large = weights_of(demonstration), weights_of(made_network(tmp_path_factory.mktemp("network")))
    assert small.keys() == large.keys()
    heaviest: dict[str, int] = defaultdict(int)  # an option may select next to nothing in the demonstration
    for page, weight in small.items():
        heaviest[page.partition("?")[0]] = max(heaviest[page.partition("?")[0]], weight)
    table = [
        f"{page:90} {small[page]:7,} {weight:7,} {weight / heaviest[page.partition('?')[0]]:5.2f}"
        for page, weight in sorted(large.items())
        if weight > MOST_TIMES * heaviest[page.partition("?")[0]] or weight > MOST_BYTES
    ]
    assert not table, "\n".join(table)
