"""Every list that comes in pages: what adds a row to it, and what moves, alters or removes one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from api_client import Caller, Served

from api.auth.access import COOKIE
from api.state.sessions import begin_session, note_session_use
from api.state.webhook_deliveries import Delivery, DeliveryStatus, store_test_delivery
from api.webhooks.requests import TEST_TYPE
from domain.assessment import FRAMEWORKS
from domain.signs.catalog import NAMED_SIGNS

NAMES = ("Aa", "Éa", "Öb", "Zz", "Łódź", "ßen", "Ada", "Юлия", "İpek", "aa", "ﷺ", "Zoë")
DAY = date(2024, 1, 1)


@dataclass(frozen=True, slots=True)
class Firm:
    """A served firm with a client whose engagement has milestones, a client of many engagements, a user, and a webhook.

    `cookie` is of a session of the user, and `since` an instant before the first test.
    """

    served: Served
    engagement: str
    user: str
    webhook: str
    cookie: str
    since: str
    numbers: Iterator[int]

    @property
    def admin(self) -> Caller:
        """Who asks and writes."""
        return self.served.admin

    def name(self) -> str:
        """A name that nobody has yet, somewhere in the alphabet."""
        number = next(self.numbers)
        return f"{NAMES[number % len(NAMES)]} {number * 7919 % 1000}"


def add_person(firm: Firm) -> str:
    return str(firm.admin.post("/people", {"name": firm.name(), "employer": "firm"})["id"])


def rename_person(firm: Firm, person: str) -> None:
    firm.admin.ask("PATCH", f"/people/{person}", {"name": firm.name()})


def erase_person(firm: Firm, person: str) -> None:
    firm.admin.ask("DELETE", f"/people/{person}")


def add_client(firm: Firm) -> str:
    """A client that shows in the grid, and in drift as well."""
    name = firm.name()
    client = str(firm.admin.post("/clients", {"name": name, "profile": {"sector": "health"}})["id"])
    firm.admin.post(f"/clients/{client}/engagements", {"name": "x", "started_on": str(DAY)})
    return client


def rename_client(firm: Firm, client: str) -> None:
    firm.admin.post(f"/clients/{client}/profile-changes", {"effective_on": str(DAY), "name": firm.name()})


def log_meeting(firm: Firm) -> str:
    day = DAY + timedelta(days=next(firm.numbers) * 37 % 300)
    body = {"kind": "alignment_held", "effective_on": str(day), "participants": [add_person(firm)]}
    return str(firm.admin.post(f"/engagements/{firm.engagement}/milestones", body)["id"])


def move_meeting(firm: Firm, milestone: str) -> None:
    day = DAY + timedelta(days=300 + next(firm.numbers) % 60)
    body = {"reason": "another day", "effective_on": str(day)}
    firm.admin.post(f"/engagements/{firm.engagement}/milestones/{milestone}/corrections", body)


def retract_meeting(firm: Firm, milestone: str) -> None:
    firm.admin.post(f"/engagements/{firm.engagement}/milestones/{milestone}/retraction", {"reason": "no"})


def add_key(firm: Firm) -> str:
    return str(firm.admin.post("/keys", {"name": firm.name(), "role": "viewer"})["id"])


def revoke_key(firm: Firm, key: str) -> None:
    firm.admin.ask("DELETE", f"/keys/{key}")


def add_user(firm: Firm) -> str:
    email = f"user{next(firm.numbers)}@example.org"
    return str(firm.admin.post("/users", {"name": firm.name(), "email": email, "role": "viewer"})["id"])


def rename_user(firm: Firm, user: str) -> None:
    firm.admin.ask("PATCH", f"/users/{user}", {"name": firm.name()})


def remove_user(firm: Firm, user: str) -> None:
    firm.admin.ask("DELETE", f"/users/{user}")


def add_view(firm: Firm) -> str:
    return str(firm.admin.post("/views", {"name": firm.name(), "url": "/clients"})["id"])


def forget_view(firm: Firm, view: str) -> None:
    firm.admin.ask("DELETE", f"/views/{view}")


def add_link(firm: Firm) -> str:
    return str(firm.admin.post("/share-links", {"client": "acme", "expires_at": "2199-01-01T00:00:00Z"})["id"])


def revoke_link(firm: Firm, link: str) -> None:
    firm.admin.ask("DELETE", f"/share-links/{link}")


def add_calendar(firm: Firm) -> str:
    return str(firm.admin.post("/calendar-links", {"name": firm.name()})["id"])


def revoke_calendar(firm: Firm, link: str) -> None:
    firm.admin.ask("DELETE", f"/calendar-links/{link}")


def add_webhook(firm: Firm) -> str:
    body = {"url": f"https://8.8.8.8/{next(firm.numbers)}", "types": ["seatline.client.retracted"]}
    return str(firm.admin.post("/webhooks", body)["id"])


def stop_webhook(firm: Firm, webhook: str) -> None:
    firm.admin.ask("PATCH", f"/webhooks/{webhook}", {"enabled": False})


def remove_webhook(firm: Firm, webhook: str) -> None:
    firm.admin.ask("DELETE", f"/webhooks/{webhook}")


def add_delivery(firm: Firm) -> str:
    """A delivery of the webhook that is finished, so that nothing sends it."""
    context = firm.served.context
    delivery = Delivery(
        id=context.new_id(),
        webhook_id=UUID(firm.webhook),
        position=None,
        client=None,
        type=TEST_TYPE,
        status=DeliveryStatus.DELIVERED,
        attempts=1,
        made_at=context.now(),
    )
    context.log.write(lambda connection: store_test_delivery(connection, delivery))
    return str(delivery.id)


def begin(firm: Firm) -> str:
    """A session of the user."""
    context = firm.served.context
    session = context.new_id()
    context.log.write(
        lambda connection: begin_session(connection, UUID(firm.user), session_id=session, at=context.now())
    )
    return str(session)


def use_session(firm: Firm, session: str) -> None:
    context = firm.served.context
    context.log.write(lambda connection: note_session_use(connection, UUID(session), at=context.now()))


def end_session(firm: Firm, session: str) -> None:
    firm.admin.ask("DELETE", f"/users/{firm.user}/sessions/{session}")


def add_engagement(firm: Firm) -> str:
    """One of a few days, long ago, between or beside all others."""
    start = date(1990, 1, 1) + timedelta(days=next(firm.numbers) * 377 % 9973)
    closing = {"kind": "closed", "effective_on": str(start + timedelta(days=1)), "outcome": "completed"}
    body = {"name": "x", "started_on": str(start), "milestones": [closing]}
    return str(firm.admin.post("/clients/many/engagements", body)["id"])


def retract_engagement(firm: Firm, engagement: str) -> None:
    firm.admin.post(f"/engagements/{engagement}/retraction", {"reason": "no"})


def lead_client(firm: Firm, **seat: Any) -> tuple[str, str]:
    """A client that is larger than its leadership, and their leader."""
    profile = {"headcount": 400, "engineers": 150, "products": 5, "sector": "fintech", "ai_people": 40}
    client = firm.admin.post("/clients", {"name": firm.name(), "profile": profile})["id"]
    leader = add_person(firm)
    whole = {"functions": ["technology", "ai"], "holder": leader, "commitment": "fractional", "provider": "firm"}
    chosen = {"kind": "structure_chosen", "effective_on": str(DAY), "seats": [{**whole, **seat}]}
    firm.admin.post(f"/clients/{client}/engagements", {"name": "x", "started_on": str(DAY), "milestones": [chosen]})
    return str(client), leader


def add_drift(firm: Firm) -> str:
    return lead_client(firm)[0]


def retract_leadership(firm: Firm, client: str) -> None:
    """Without a structure there is nothing that could drift, and nobody who works."""
    (engagement,) = firm.admin.get(f"/clients/{client}/engagements")["items"]
    retract_engagement(firm, engagement["id"])


def add_initiative(firm: Firm) -> str:
    """A client with an initiative."""
    client = str(firm.admin.post("/clients", {"name": firm.name()})["id"])
    started = {"kind": "initiative_started", "effective_on": str(DAY), "initiative": "claims triage"}
    firm.admin.post(f"/clients/{client}/engagements", {"name": "x", "started_on": str(DAY), "milestones": [started]})
    return client


def add_leader(firm: Firm) -> str:
    """Somebody who works, for some hours or other."""
    hours = next(firm.numbers) * 7 % 40 + 1
    return lead_client(firm, hours_per_month={"technology": hours, "ai": hours})[1]


def work_more(firm: Firm, person: str) -> None:
    """A second client moves somebody among the busiest."""
    lead_client(firm, holder=person, hours_per_month={"technology": 30, "ai": 30})


def observe_sign(firm: Firm) -> str:
    """A sign of the firm's own at a client of its own, seen on some day or other."""
    client = str(firm.admin.post("/clients", {"name": firm.name()})["id"])
    seen_on = DAY + timedelta(days=next(firm.numbers) * 7 % 40)
    seen = {"kind": "sign_observed", "effective_on": str(seen_on), "sign": "gut_feeling", "evidence": "a hunch"}
    firm.admin.post(f"/clients/{client}/engagements", {"name": "x", "started_on": str(DAY), "milestones": [seen]})
    return client


def name_sign(firm: Firm) -> str:
    """One of those that there are: nobody adds any."""
    return sorted(NAMED_SIGNS)[next(firm.numbers) % len(NAMED_SIGNS)]


def name_framework(firm: Firm) -> str:
    """One of those that there are: nobody adds any."""
    return FRAMEWORKS[next(firm.numbers) % len(FRAMEWORKS)].id


def record_act(firm: Firm) -> str:
    return f"key.made {add_key(firm)}"


def record_event(firm: Firm) -> str:
    return f"seatline.client.registered {add_client(firm)}"


def add_import(firm: Firm) -> str:
    line = {"type": "person", "ref": f"p{next(firm.numbers)}", "name": firm.name(), "employer": "firm"}
    headers = {"Content-Type": "application/x-ndjson"}
    return str(firm.admin.ask("POST", "/imports", content=json.dumps(line), headers=headers).json()["id"])


def undo_import(firm: Firm, import_id: str) -> None:
    firm.admin.post(f"/imports/{import_id}/undo", {"reason": "another file"})


def act_of(row: Any) -> str:
    return f"{row['kind']} {row['subject']}"


def id_of(row: Any) -> str:
    return str(row["id"])


def client_of(row: Any) -> str:
    return str(row["client"])


def person_of(row: Any) -> str:
    return str(row["person"])


@dataclass(frozen=True, slots=True)
class Listing:
    """A list by its route, what adds a row to it and answers its id, and what moves a row, alters it or takes it away.

    `query` are the parameters that it needs.
    """

    route: str
    add: Callable[[Firm], str]
    moves: tuple[Callable[[Firm, str], None], ...] = ()
    query: str = ""
    rows: str = "items"
    id_of: Callable[[Any], str] = id_of

    def address(self, firm: Firm) -> str:
        """Where it is."""
        path = self.route.format(
            engagement_id=firm.engagement, user_id=firm.user, client_id="many", webhook_id=firm.webhook
        )
        return path + (f"?{self.query.format(since=firm.since)}" if self.query else "")

    def ask(self, firm: Firm, path: str, status: int = 200) -> Any:
        """What is answered: a user to whom the list belongs asks with a session, anybody else with a key."""
        if not self.route.startswith("/me/"):
            return firm.admin.ask("GET", path, status=status)
        answer = firm.served.client.get(f"/api/v1{path}", headers={"Cookie": f"{COOKIE}={firm.cookie}"})
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text}"
        return answer


QUARTER = "from=2024-Q1&to=2024-Q1"

LISTS = (
    Listing("/people", add_person, (rename_person, erase_person)),
    Listing("/clients", add_client, (rename_client,)),
    Listing("/clients/{client_id}/engagements", add_engagement, (retract_engagement,)),
    Listing("/engagements/{engagement_id}/milestones", log_meeting, (move_meeting, retract_meeting)),
    Listing("/reports/quarter-grid", add_client, (rename_client,), QUARTER, "rows", client_of),
    Listing("/reports/drift", add_drift, (rename_client, retract_leadership), QUARTER, "rows", client_of),
    Listing("/reports/outcomes", add_initiative, (rename_client, retract_leadership), "", "rows", client_of),
    Listing("/reports/governance", add_drift, (rename_client, retract_leadership), QUARTER, "rows", client_of),
    Listing(
        "/reports/watch-list",
        observe_sign,
        (rename_client, retract_leadership),
        "sign=gut_feeling&by=client",
        "rows",
        client_of,
    ),
    Listing("/reports/capacity", add_leader, (work_more,), QUARTER, "rows", person_of),
    Listing(
        "/reports/then-and-now",
        add_drift,
        (rename_client, retract_leadership),
        f"report=structure-mix&then={{since}}&{QUARTER}",
        "rows",
        client_of,
    ),
    Listing("/frameworks", name_framework),
    Listing("/signs", name_sign),
    Listing("/keys", add_key, (revoke_key,)),
    Listing("/users", add_user, (rename_user, remove_user)),
    Listing("/users/{user_id}/sessions", begin, (use_session, end_session)),
    Listing("/me/sessions", begin, (use_session, end_session)),
    Listing("/views", add_view, (forget_view,)),
    Listing("/share-links", add_link, (revoke_link,)),
    Listing("/webhooks", add_webhook, (stop_webhook, remove_webhook)),
    Listing("/webhooks/{webhook_id}/deliveries", add_delivery),
    Listing("/calendar-links", add_calendar, (revoke_calendar,)),
    Listing("/imports", add_import, (undo_import,)),
    Listing("/audit", record_act, id_of=act_of),
    Listing("/audit", record_event, query="kind=recorded", id_of=act_of),
)
