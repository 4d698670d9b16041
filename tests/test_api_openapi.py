"""The OpenAPI document: valid, complete, and stable enough to generate clients from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from api.documented import document
from web.app import create_app
from web.settings import Settings

OPERATIONS = {
    "change_milestones": "POST /engagements/{engagement_id}/changes",
    "change_profile": "POST /clients/{client_id}/profile-changes",
    "check_milestone": "POST /engagements/{engagement_id}/milestones:check",
    "correct_milestone": "POST /engagements/{engagement_id}/milestones/{milestone_id}/corrections",
    "create_client": "POST /clients",
    "create_key": "POST /keys",
    "create_person": "POST /people",
    "create_share_link": "POST /share-links",
    "create_sign_in_link": "POST /users/{user_id}/sign-in-links",
    "create_view": "POST /views",
    "delete_other_sessions": "DELETE /me/sessions",
    "delete_own_session": "DELETE /me/sessions/{session_id}",
    "delete_user": "DELETE /users/{user_id}",
    "delete_user_session": "DELETE /users/{user_id}/sessions/{session_id}",
    "delete_user_sessions": "DELETE /users/{user_id}/sessions",
    "delete_view": "DELETE /views/{view_id}",
    "erase_person": "DELETE /people/{person_id}",
    "evaluate_answers": "POST /assessments:evaluate",
    "get_board_report": "GET /reports/board",
    "get_capacity": "GET /reports/capacity",
    "get_client": "GET /clients/{client_id}",
    "get_drift": "GET /reports/drift",
    "get_engagement": "GET /engagements/{engagement_id}",
    "get_framework": "GET /frameworks/{framework_id}",
    "get_import": "GET /imports/{import_id}",
    "get_key": "GET /keys/{key_id}",
    "get_me": "GET /me",
    "get_milestone": "GET /engagements/{engagement_id}/milestones/{milestone_id}",
    "get_paths": "GET /reports/paths",
    "get_person": "GET /people/{person_id}",
    "get_personal_data": "GET /people/{person_id}/personal-data",
    "get_plan": "GET /reports/plan",
    "get_quarter_grid": "GET /reports/quarter-grid",
    "get_revenue": "GET /reports/revenue",
    "get_settings": "GET /settings",
    "get_share_link": "GET /share-links/{share_link_id}",
    "get_structure_mix": "GET /reports/structure-mix",
    "get_then_and_now": "GET /reports/then-and-now",
    "get_time_to": "GET /reports/time-to",
    "get_timeline": "GET /clients/{client_id}/timeline",
    "get_timeline_changes": "GET /clients/{client_id}/timeline/changes",
    "get_transitions": "GET /reports/transitions",
    "get_user": "GET /users/{user_id}",
    "get_view": "GET /views/{view_id}",
    "import_file": "POST /imports",
    "invite_user": "POST /users",
    "list_acts": "GET /audit",
    "list_clients": "GET /clients",
    "list_engagements": "GET /clients/{client_id}/engagements",
    "list_events": "GET /events",
    "list_frameworks": "GET /frameworks",
    "list_keys": "GET /keys",
    "list_milestones": "GET /engagements/{engagement_id}/milestones",
    "list_own_sessions": "GET /me/sessions",
    "list_people": "GET /people",
    "list_share_links": "GET /share-links",
    "list_user_sessions": "GET /users/{user_id}/sessions",
    "list_users": "GET /users",
    "list_views": "GET /views",
    "log_milestone": "POST /engagements/{engagement_id}/milestones",
    "open_engagement": "POST /clients/{client_id}/engagements",
    "retract_client": "POST /clients/{client_id}/retraction",
    "retract_engagement": "POST /engagements/{engagement_id}/retraction",
    "retract_milestone": "POST /engagements/{engagement_id}/milestones/{milestone_id}/retraction",
    "revoke_key": "DELETE /keys/{key_id}",
    "revoke_share_link": "DELETE /share-links/{share_link_id}",
    "rotate_key": "POST /keys/{key_id}/rotation",
    "set_own_password": "POST /me/password",
    "stream_events": "GET /events/stream",
    "update_me": "PATCH /me",
    "update_person": "PATCH /people/{person_id}",
    "update_settings": "PATCH /settings",
    "update_user": "PATCH /users/{user_id}",
}
"""Every operation by its id. Generated clients name their functions after these: an id never changes."""

VERSIONED = {"client_id", "engagement_id", "person_id", "user_id", "key_id", "view_id", "share_link_id"} | {
    "/api/v1/settings"
}
"""Path parameters of resources that have an ETag, and addresses of those that have none to be named by."""


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document(create_app(Settings()).routes)


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


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
                assert parameter["name"].endswith("_id"), path
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
