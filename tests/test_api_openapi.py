"""The OpenAPI document: valid, complete, and stable enough to generate clients from."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from importlib import import_module
from io import BytesIO
from typing import Any

import pytest
from api_client import Served, TestClient
from api_client import described as described_once
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_spec_validator import OpenAPIV31SpecValidator
from test_docs_integrating import example
from test_web_pages_browser import Running

from api.state.roles import Role

OPERATIONS = {
    "change_milestones": "POST /engagements/{engagement_id}/changes",
    "change_profile": "POST /clients/{client_id}/profile-changes",
    "check_milestone": "POST /engagements/{engagement_id}/milestones:check",
    "correct_milestone": "POST /engagements/{engagement_id}/milestones/{milestone_id}/corrections",
    "create_calendar_link": "POST /calendar-links",
    "create_client": "POST /clients",
    "create_key": "POST /keys",
    "create_person": "POST /people",
    "create_share_link": "POST /share-links",
    "create_sign_in_link": "POST /users/{user_id}/sign-in-links",
    "create_view": "POST /views",
    "create_webhook": "POST /webhooks",
    "delete_other_sessions": "DELETE /me/sessions",
    "delete_own_session": "DELETE /me/sessions/{session_id}",
    "delete_user": "DELETE /users/{user_id}",
    "delete_user_session": "DELETE /users/{user_id}/sessions/{session_id}",
    "delete_user_sessions": "DELETE /users/{user_id}/sessions",
    "delete_view": "DELETE /views/{view_id}",
    "delete_webhook": "DELETE /webhooks/{webhook_id}",
    "erase_person": "DELETE /people/{person_id}",
    "evaluate_answers": "POST /assessments:evaluate",
    "get_assessment_report": "GET /engagements/{engagement_id}/milestones/{milestone_id}/assessment.pdf",
    "get_board_report": "GET /reports/board",
    "get_capacity": "GET /reports/capacity",
    "export_history": "GET /exports/history",
    "forget_import_mapping": "DELETE /imports/mappings/{mapping_id}",
    "get_advice": "GET /reports/advice",
    "get_calendar_link": "GET /calendar-links/{calendar_link_id}",
    "get_client": "GET /clients/{client_id}",
    "get_drift": "GET /reports/drift",
    "get_engagement": "GET /engagements/{engagement_id}",
    "get_governance": "GET /reports/governance",
    "get_framework": "GET /frameworks/{framework_id}",
    "get_import": "GET /imports/{import_id}",
    "get_import_template": "GET /imports/template",
    "get_key": "GET /keys/{key_id}",
    "get_me": "GET /me",
    "get_milestone": "GET /engagements/{engagement_id}/milestones/{milestone_id}",
    "get_outcomes": "GET /reports/outcomes",
    "get_paths": "GET /reports/paths",
    "get_person": "GET /people/{person_id}",
    "get_personal_data": "GET /people/{person_id}/personal-data",
    "get_plan": "GET /reports/plan",
    "get_quarter_grid": "GET /reports/quarter-grid",
    "get_revenue": "GET /reports/revenue",
    "get_settings": "GET /settings",
    "get_share_link": "GET /share-links/{share_link_id}",
    "get_sign": "GET /signs/{sign_id}",
    "get_sign_thresholds": "GET /settings/signs",
    "get_structure_mix": "GET /reports/structure-mix",
    "get_then_and_now": "GET /reports/then-and-now",
    "get_time_to": "GET /reports/time-to",
    "get_timeline": "GET /clients/{client_id}/timeline",
    "get_timeline_changes": "GET /clients/{client_id}/timeline/changes",
    "get_transitions": "GET /reports/transitions",
    "get_user": "GET /users/{user_id}",
    "get_view": "GET /views/{view_id}",
    "get_watch_list": "GET /reports/watch-list",
    "get_webhook": "GET /webhooks/{webhook_id}",
    "import_file": "POST /imports",
    "invite_user": "POST /users",
    "list_acts": "GET /audit",
    "list_clients": "GET /clients",
    "list_engagements": "GET /clients/{client_id}/engagements",
    "list_events": "GET /events",
    "list_frameworks": "GET /frameworks",
    "list_imports": "GET /imports",
    "list_keys": "GET /keys",
    "list_milestones": "GET /engagements/{engagement_id}/milestones",
    "list_own_sessions": "GET /me/sessions",
    "list_people": "GET /people",
    "list_calendar_links": "GET /calendar-links",
    "read_calendar": "GET /calendar/{token}.ics",
    "revoke_calendar_link": "DELETE /calendar-links/{calendar_link_id}",
    "list_share_links": "GET /share-links",
    "list_signs": "GET /signs",
    "list_user_sessions": "GET /users/{user_id}/sessions",
    "list_users": "GET /users",
    "list_views": "GET /views",
    "list_webhook_deliveries": "GET /webhooks/{webhook_id}/deliveries",
    "list_webhooks": "GET /webhooks",
    "log_milestone": "POST /engagements/{engagement_id}/milestones",
    "open_engagement": "POST /clients/{client_id}/engagements",
    "redeliver_webhook_event": "POST /webhooks/{webhook_id}/deliveries/{delivery_id}/redelivery",
    "retract_client": "POST /clients/{client_id}/retraction",
    "retract_engagement": "POST /engagements/{engagement_id}/retraction",
    "retract_milestone": "POST /engagements/{engagement_id}/milestones/{milestone_id}/retraction",
    "revoke_key": "DELETE /keys/{key_id}",
    "revoke_share_link": "DELETE /share-links/{share_link_id}",
    "rotate_key": "POST /keys/{key_id}/rotation",
    "rotate_webhook_secret": "POST /webhooks/{webhook_id}/secret-rotation",
    "set_own_password": "POST /me/password",
    "stream_events": "GET /events/stream",
    "test_webhook": "POST /webhooks/{webhook_id}/test",
    "update_me": "PATCH /me",
    "update_person": "PATCH /people/{person_id}",
    "update_settings": "PATCH /settings",
    "update_sign_thresholds": "PATCH /settings/signs",
    "undo_import": "POST /imports/{import_id}/undo",
    "update_user": "PATCH /users/{user_id}",
    "update_webhook": "PATCH /webhooks/{webhook_id}",
}
"""Every operation by its id. Generated clients name their functions after these: an id never changes."""

VERSIONED = {
    "client_id",
    "engagement_id",
    "person_id",
    "user_id",
    "key_id",
    "view_id",
    "share_link_id",
    "calendar_link_id",
    "webhook_id",
} | {
    "/api/v1/settings",
    "/api/v1/settings/signs",
}
"""Path parameters of resources that have an ETag, and addresses of those that have none to be named by."""


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return described_once()


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


@pytest.mark.slow(reason="checks each schema of the document against the specification")
def test_the_document_is_valid_openapi(described: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(described).validate()


def test_operation_ids_are_unique_and_stable(described: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(described)]
    assert max(Counter(ids).values()) == 1
    assert {
        operation["operationId"]: f"{method.upper()} {path.removeprefix('/api/v1')}"
        for method, path, operation in operations(described)
    } == OPERATIONS


def test_every_tag_is_declared_with_a_description_and_used(described: dict[str, Any]) -> None:
    declared = {tag["name"]: tag["description"] for tag in described["tags"]}
    assert all(declared.values())
    assert {tag for _, _, operation in operations(described) for tag in operation["tags"]} == set(declared)
    assert all(len(operation["tags"]) == 1 for _, _, operation in operations(described))


def test_the_document_names_its_server_and_a_contact(described: dict[str, Any]) -> None:
    assert [server["url"] for server in described["servers"]] == ["/"]
    assert described["info"]["contact"]["name"]


def test_path_parameters_do_not_collide_with_names_of_generated_clients(described: dict[str, Any]) -> None:
    for _, path, operation in operations(described):
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path":
                assert parameter["name"].endswith("_id") or parameter["name"] == "token", path
                assert parameter["description"], path


def test_every_body_that_is_sent_has_an_example(described: dict[str, Any]) -> None:
    for _, path, operation in operations(described):
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            if media_type == "application/json":
                assert all(schema.get("examples") for schema in alternatives(described, content["schema"])), path


def test_an_answer_without_content_declares_none(described: dict[str, Any]) -> None:
    without = [op["responses"]["204"] for _, _, op in operations(described) if "204" in op["responses"]]
    assert without
    assert not any("content" in answer for answer in without)


def test_if_match_is_documented_where_the_address_has_a_version(described: dict[str, Any]) -> None:
    for method, path, operation in operations(described):
        parameters = {(parameter["in"], parameter["name"]) for parameter in operation.get("parameters", ())}
        if ("header", "If-Match") in parameters:
            assert method != "get", path
            assert path in VERSIONED or VERSIONED & {name for place, name in parameters if place == "path"}, path
            assert "412" in operation["responses"], path


def alternatives(described: dict[str, Any], schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schemas that a schema stands for."""
    if "$ref" in schema:
        yield from alternatives(described, described["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    elif "oneOf" in schema:
        for one in schema["oneOf"]:
            yield from alternatives(described, one)
    else:
        yield schema


@pytest.fixture(scope="module")
def generated(described: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Any]]:
    """Imports modules of the client that openapi-python-client generates from the document, without any settings."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "openapi.json").write_text(json.dumps(described), encoding="utf-8")
    config = Config.from_sources(
        ConfigFile(post_hooks=[]),
        MetaType.NONE,
        document_source=folder / "openapi.json",
        file_encoding="utf-8",
        overwrite=False,
        output_path=folder / "seatline_client",
    )
    faults = [f"{fault.header} {fault.detail}" for fault in generate(config=config)]
    # What is left out: of the ways to send an import, three of five; and an export as JSON Lines.
    of_files = ("POST /api/v1/imports ", "application/x-ndjson")
    assert [fault for fault in faults if not any(part in fault for part in of_files)] == []
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield lambda name: import_module(f"seatline_client.{name}")


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("firm"))
    try:
        yield running
    finally:
        running.stop()


class Api:
    """The operations of a generated client, called by their ids."""

    def __init__(self, firm: Served, generated: Callable[[str], Any], key: str) -> None:
        self.models = generated("models")
        self.types = generated("types")
        self.generated = generated
        self.client = generated("client").AuthenticatedClient(base_url="http://testserver", token=key)
        self.client.set_httpx_client(TestClient(firm.app, headers={"Authorization": f"Bearer {key}"}))

    def module(self, operation: str) -> Any:
        tag = TAG_OF[OPERATIONS[operation].partition(" ")[2].split("/")[1].partition(":")[0]]
        return self.generated(f"api.{SPECIAL_TAGS.get(operation, tag)}.{operation}")

    def __call__(self, operation: str, *path: Any, **options: Any) -> Any:
        """What an operation answers, as the client's own models."""
        return self.module(operation).sync(*path, client=self.client, **options)

    def raw(self, operation: str, *path: Any, **options: Any) -> Any:
        """The bytes of a file that an operation answers with."""
        return self.client.get_httpx_client().request(**self.module(operation)._get_kwargs(*path, **options))


TAG_OF = {
    "assessments": "assessments",
    "clients": "clients",
    "engagements": "milestones",
    "events": "events",
    "exports": "exports",
    "imports": "imports",
    "people": "people",
    "reports": "reports",
}
SPECIAL_TAGS = {
    "open_engagement": "engagements",
    "list_engagements": "engagements",
    "get_engagement": "engagements",
    "get_timeline": "timelines",
    "get_timeline_changes": "timelines",
    "check_milestone": "timelines",
}


def test_a_generated_client_has_every_operation(described: dict[str, Any], generated: Callable[[str], Any]) -> None:
    for _, _, operation in operations(described):
        module = generated(f"api.{operation['tags'][0].replace('-', '_')}.{operation['operationId']}")
        assert callable(module.sync_detailed)
        if "204" not in operation["responses"]:
            assert callable(module.sync), operation["operationId"]


def test_the_example_of_a_generated_client_lists_clients(
    firm: Running,
    generated: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    firm.admin.post("/clients", {"name": "Halcyon Mills"})
    monkeypatch.setenv("SEATLINE", firm.url)
    monkeypatch.setenv("KEY", firm.admin.key)
    monkeypatch.setenv("NO_PROXY", "*")
    assert generated("client")
    exec(example("A generated client", "python"), {})  # noqa: S102  (the example of our own documentation)
    assert capsys.readouterr().out == "Halcyon Mills prospect\n"


def test_a_generated_client_tells_the_whole_story(firm: Served, generated: Callable[[str], Any]) -> None:
    api = Api(firm, generated, firm.admin.key)
    m = api.models

    dana = api("create_person", body=m.PersonBody(name="Dana Whitfield", employer=m.Employer.FIRM)).id
    iris = api("create_person", body=m.PersonBody(name="Iris Okafor", employer=m.Employer.FIRM)).id
    profile = m.ProfileBody(sector="health", headcount=24)
    client = api("create_client", body=m.ClientBody(name="Halcyon Health", profile=profile))
    assert api("get_client", client.slug).id == client.id

    seat = m.SeatWithFunctions(
        functions=[m.Function.TECHNOLOGY, m.Function.AI],
        holder=dana,
        commitment=m.Commitment.FRACTIONAL,
        provider=m.Provider.FIRM,
        monthly_fee=m.Money(amount="8500.00", currency="USD"),
    )
    chosen = m.StructureChosenMilestone(kind="structure_chosen", effective_on=date(2023, 4, 17), seats=[seat])
    opening = m.EngagementBody(name="CTO and CAIO", started_on=date(2023, 2, 20), milestones=[chosen])
    opened = api("open_engagement", client.slug, body=opening)
    assert isinstance(opened.milestone, m.OpenedMilestoneAnswer)
    assert opened.milestone.details.name == "CTO and CAIO"
    assert opened.milestones[0].details.seats[0].monthly_fee.amount == "8500.00"

    split = m.SplitToTwoRolesMilestone(
        kind="split_to_two_roles",
        effective_on=date(2024, 3, 11),
        technology=m.TechnologySeat(holder=dana, commitment=m.Commitment.FRACTIONAL, provider=m.Provider.FIRM),
        ai=m.AISeat(holder=iris, commitment=m.Commitment.FRACTIONAL, provider=m.Provider.FIRM),
    )
    checked = api("check_milestone", opened.id, body=split)
    assert checked.fits
    assert [span.structure for span in checked.after.structure_spans][-1] == m.Structure.FRACTIONAL_PAIR
    logged = api("log_milestone", opened.id, body=split, idempotency_key="split-1")
    assert isinstance(logged, m.SplitToTwoRolesMilestoneAnswer)
    assert logged.details.ai.holder == iris
    assert api("log_milestone", opened.id, body=split, idempotency_key="split-1").id == logged.id

    refused = api("log_milestone", opened.id, body=split)
    assert isinstance(refused, m.Problem)
    assert (refused.status, refused.type_) == (409, "/problems/already-split")
    stale = api("log_milestone", opened.id, body=split, if_match='"1"')
    assert (stale.status, stale.version) == (412, logged.version)
    unknown = api("get_client", "nobody")
    assert (unknown.status, unknown.type_) == (404, "/problems/unknown-client")

    before = datetime.now(UTC)
    correction = m.CorrectionBody(reason="signed a week later", effective_on=date(2024, 3, 18))
    corrected = api("correct_milestone", opened.id, logged.id, body=correction)
    assert isinstance(corrected, m.SplitToTwoRolesMilestoneWithVersions)
    assert [version.effective_on for version in corrected.versions] == [date(2024, 3, 11), date(2024, 3, 18)]
    assert corrected.versions[0].details.technology.holder == dana
    change = m.LogChange(log=m.PausedMilestone(kind="paused", effective_on=date(2024, 12, 2), reason="funding"))
    changed = api("change_milestones", opened.id, body=m.ChangesBody(changes=[change], reason="told late"))
    assert isinstance(changed.milestones[0], m.PausedMilestoneWithVersions)
    retracted = api("retract_milestone", opened.id, changed.milestones[0].id, body=m.RetractionBody(reason="not so"))
    assert retracted.retraction.reason == "not so"
    assert [type(one) for one in api("list_milestones", opened.id).items] == [
        m.OpenedMilestoneAnswer,
        m.StructureChosenMilestoneAnswer,
        m.SplitToTwoRolesMilestoneAnswer,
    ]

    position = retracted.position
    now = api("get_timeline", client.slug, after_position=position)
    then = api("get_timeline", client.slug, as_of=date(2024, 3, 14), known_at=before, after_position=position)
    assert [t.on for t in now.transitions][-1] == date(2024, 3, 18)
    assert [t.on for t in then.transitions][-1] == date(2024, 3, 11)
    assert now.milestones[-1].details.ai.holder == iris
    changes = api("get_timeline_changes", client.slug, known_from=before)
    assert changes.milestones[0].after.effective_on == date(2024, 3, 18)

    mix = api("get_structure_mix", from_="2024-Q1", to="2024-Q2")
    assert [(row.quarter, row.structure, row.clients) for row in mix.rows] == [
        ("2024-Q1", m.Structure.FRACTIONAL_PAIR, 1),
        ("2024-Q2", m.Structure.FRACTIONAL_PAIR, 1),
    ]
    file = api.raw("get_structure_mix", from_="2024-Q1", to="2024-Q1", format_=m.Format("csv"))
    assert file.headers["content-type"].startswith("text/csv")
    assert "2024-Q1,fractional_pair,1" in file.text

    line = b'{"type": "person", "ref": "p1", "name": "Elena Brandt", "employer": "firm"}\n'
    raw = api.types.File(payload=BytesIO(line), file_name="people.jsonl")
    preview = api("import_file", body=raw, dry_run=True)
    assert [(row.ref, row.outcome) for row in preview.rows] == [("p1", m.Outcome.NEW)]
    form = m.ImportFileFilesBody(file=api.types.File(BytesIO(line), "people.jsonl", "application/x-ndjson"))
    imported = api("import_file", body=form)
    assert api("get_import", imported.id).rows[0].outcome == m.Outcome.NEW

    seen, after = [], 0
    while (page := api("list_events", client_query=client.slug, after=after, limit=2)).items:
        seen += page.items
        after = page.next_
    assert [event.position for event in seen] == sorted(event.position for event in seen)
    assert {event.type_ for event in seen} >= {"seatline.client.registered", "seatline.slug.taken"}
    assert (page.items, page.next_) == ([], after)

    viewer = Api(firm, generated, firm.caller(Role.VIEWER).key)
    forbidden = viewer("create_client", body=m.ClientBody(name="Other"))
    assert (forbidden.status, forbidden.type_) == (403, "/problems/forbidden")
    invalid = api("create_client", body=m.ClientBody(name=""))
    assert (invalid.status, [error.field for error in invalid.errors]) == (422, ["name"])
