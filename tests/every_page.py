"""Every page of the demonstration firm, found by its routes."""

from __future__ import annotations

from api_client import Served
from browsing import Visitor
from route_matrix import filled, routes

from api.state.sessions import create_sign_in_link
from projections.reports.catalog import REPORTS

CLIENT = "halcyon-health"
OTHER_ANSWERS = frozenset(
    (
        *("/settings/imports/files/{file_id}/refused.csv", "/views/counts"),
        *("/board-report.pdf", "/clients.json", "/palette.json", "/people.json", "/fresh", "/live", "/logo/{name}"),
        *(
            "/clients/{client}/timeline.{suffix}",
            "/people/{person}/timeline.{suffix}",
            "/s/{token}/timeline.{suffix}",
            "/s/{token}/assessments/{assessment}.pdf",
        ),
        *("/compare.{suffix}", "/reports/{key}.{suffix}", "/reports/{key}/card"),
        "/engagements/{engagement}/milestones/{milestone}/assessment.pdf",
        *("/single-sign-on", "/single-sign-on/callback"),
    )
)
"""Routes whose answers are files, parts of pages, or lead elsewhere."""
ANOTHER = "torchlight-security"
STATES = (
    f"/compare?client={CLIENT}&client={ANOTHER}",
    f"/clients/{CLIENT}?as_of=2025-06-30&known_at=2026-08-01",
    f"/milestones/new?client={CLIENT}",
    f"/milestones/new?client={CLIENT}&kind=structure_chosen&shape=two",
    "/clients/nobody",
)
"""Pages that a route alone does not show."""
PERSON = b'{"type": "person", "ref": "p", "name": "Iris Vance", "employer": "firm"}\n'


def pages_of(firm: Served) -> dict[str, str]:
    """The address of a page of each route, and of each report, by the pattern of the route."""
    admin = firm.admin
    client = admin.get(f"/clients/{CLIENT}")
    engagement = client["engagement"]
    milestones = admin.get(f"/engagements/{engagement}/milestones?limit=500")["items"]
    shared = admin.post("/share-links", {"client": CLIENT, "expires_at": "2199-01-01T00:00:00Z", "assessments": True})
    ids = {
        "client": CLIENT,
        "engagement": engagement,
        "milestone": next(one for one in milestones if one["kind"] == "assessment_taken")["id"],
        "person": admin.get("/people")["items"][0]["id"],
        "user": admin.post("/users", {"name": "Robin", "email": "robin@example.org", "role": "viewer"})["id"],
        "framework": "seam",
        "sign": "A07",
        "token": shared["url"].rpartition("/")[2],
    }
    ids["assessment"] = ids["milestone"]
    webhook = {"url": "https://example.org/webhooks", "types": ["seatline.engagement.retracted"]}
    ids["webhook"] = admin.post("/webhooks", webhook)["id"]
    jsonl = {"Content-Type": "application/x-ndjson"}
    ids["import"] = admin.ask("POST", "/imports", content=PERSON, headers=jsonl).json()["id"]
    uploaded = Visitor(firm).client.post("/settings/imports", files={"file": ("people.jsonl", PERSON)})
    ids["file"] = uploaded.url.path.rpartition("/")[2]
    sign_in = firm.context.log.write(lambda connection: create_sign_in_link(connection, at=firm.context.now()))
    addresses: dict[str, str] = {}
    for method, pattern in routes(firm, pages=True):
        if method != "GET" or pattern in OTHER_ANSWERS:
            continue
        if "{key}" in pattern:
            addresses |= {f"{pattern} {key}": filled(pattern, {**ids, "key": key}) for key in REPORTS}
        elif pattern.startswith("/sign-in/"):
            addresses[pattern] = filled(pattern, {**ids, "token": sign_in})
        else:
            addresses[pattern] = filled(pattern, ids)
    return {**addresses, **{state: state for state in STATES}}
