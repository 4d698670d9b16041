"""Who may do what over the Model Context Protocol: roles, limits, revoked keys, rate limits and read-only servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from api_client import Caller, Served, served

from api.assistants.tools import TOOLS
from api.state.roles import Role

HEADERS = {"Accept": "application/json, text/event-stream"}
OPENING = {"name": "Both roles", "started_on": "2026-01-15"}
PAUSED = {"kind": "paused", "effective_on": "2026-02-01", "reason": "a break"}


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("assistants")) as running:
        for name in ("Halcyon Health", "Quiet Mills"):
            running.admin.post("/clients", {"name": name})
            running.admin.post(f"/clients/{name.lower().replace(' ', '-')}/engagements", OPENING)
        yield running


def send(caller: Caller, method: str, **parameters: Any) -> Any:
    """The answer to one message."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
    return caller.client.post("/mcp", json=body, headers={**HEADERS, "Authorization": f"Bearer {caller.key}"})


def call(caller: Caller, tool: str, **arguments: Any) -> Any:
    """What a tool answers."""
    result = send(caller, "tools/call", name=tool, arguments=arguments).json()["result"]
    assert not result["isError"], result["content"]
    return result["structuredContent"]


def refusal(caller: Caller, tool: str, **arguments: Any) -> str:
    """Why a tool does not do what is asked."""
    result = send(caller, "tools/call", name=tool, arguments=arguments).json()["result"]
    assert result["isError"], result["content"]
    return str(result["content"][0]["text"])


def engagement_of(firm: Served, client: str) -> str:
    return str(firm.admin.get(f"/clients/{client}/engagements")["items"][0]["id"])


def log(caller: Caller, engagement: str, key: str, milestone: Any = PAUSED) -> Any:
    """Check a milestone, then record it."""
    body = {"engagement": engagement, "milestone": milestone}
    preview = call(caller, "check_milestone", **body)["preview_key"]
    return call(caller, "log_milestone", **body, preview_key=preview, idempotency_key=key)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_has_the_tools_that_its_key_may_use(firm: Served, role: Role) -> None:
    caller = firm.caller(role)
    tools = [tool["name"] for tool in send(caller, "tools/list").json()["result"]["tools"]]
    assert tools == [name for name, tool in TOOLS.items() if role.covers(tool.role)]
    assert len(call(caller, "find_clients")["items"]) == 2
    assert call(caller, "evaluate_answers", answers={"headcount": 24})["recommendation"]
    if role is Role.VIEWER:
        arguments = {"engagement": engagement_of(firm, "quiet-mills"), "milestone": PAUSED}
        assert "no tool 'check_milestone'" in refusal(caller, "check_milestone", **arguments)


def test_a_limited_recorder_reads_and_logs_only_at_their_own_clients(firm: Served) -> None:
    own = UUID(firm.admin.get("/clients/halcyon-health")["id"])
    caller = firm.caller(Role.RECORDER, {own})
    assert [client["slug"] for client in call(caller, "find_clients")["items"]] == ["halcyon-health"]
    rows = call(caller, "run_report", report="quarter-grid", parameters={"as_of": "2026-03-01"})["rows"]
    assert {row["name"] for row in rows} == {"Halcyon Health"}
    foreign = {"engagement": engagement_of(firm, "quiet-mills"), "milestone": PAUSED}
    unknown = {**foreign, "engagement": str(UUID(int=7))}
    assert refusal(caller, "check_milestone", **foreign) == refusal(caller, "check_milestone", **unknown)
    before = firm.context.log.head()
    keys = {"preview_key": "1.x", "idempotency_key": "foreign"}
    assert "check_milestone" in refusal(caller, "log_milestone", **foreign, **keys)
    assert firm.context.log.head() == before
    logged = log(caller, engagement_of(firm, "halcyon-health"), "own")
    assert logged["recorded_by"] == caller.get("/me")["id"]
    assert caller.get("/me")["id"] in firm.admin.ask("GET", "/audit?format=csv").text


def test_a_preview_of_one_key_is_none_of_another(firm: Served) -> None:
    body = {"engagement": engagement_of(firm, "quiet-mills"), "milestone": PAUSED}
    preview = call(firm.caller(Role.RECORDER), "check_milestone", **body)["preview_key"]
    other = firm.caller(Role.RECORDER)
    assert "check_milestone" in refusal(other, "log_milestone", **body, preview_key=preview, idempotency_key="other")


def test_a_revoked_key_opens_nothing(firm: Served) -> None:
    made = firm.admin.post("/keys", {"name": "assistant", "role": "recorder"})
    caller = Caller(firm.client, made["key"])
    assert call(caller, "find_clients")["items"]
    firm.admin.ask("DELETE", f"/keys/{made['id']}")
    refused = send(caller, "tools/list")
    assert (refused.status_code, refused.json()["type"]) == (401, "/problems/unauthenticated")


def test_a_read_only_server_answers_and_previews_but_records_nothing(data_dir: Path) -> None:
    with served(data_dir) as running:
        running.admin.post("/clients", {"name": "Halcyon Health"})
        running.admin.post("/clients/halcyon-health/engagements", OPENING)
        key = running.admin.post("/keys", {"name": "assistant", "role": "recorder"})["key"]
    with served(data_dir, read_only=True) as running:
        caller, head = Caller(running.client, key), running.context.log.head()
        assert call(caller, "find_clients", q="halcyon")["items"]
        assert call(caller, "read_timeline", client="halcyon-health")["milestones"]
        assert send(caller, "resources/read", uri="seatline://signs/A07").json()["result"]["contents"]
        body = {"engagement": engagement_of(running, "halcyon-health"), "milestone": PAUSED}
        checked = call(caller, "check_milestone", **body)
        assert checked["fits"]
        keys = {"preview_key": checked["preview_key"], "idempotency_key": "once"}
        assert refusal(caller, "log_milestone", **body, **keys) == "This server is read-only."
        assert running.context.log.head() == head


def test_the_requests_of_an_assistant_count_against_the_limit_of_its_key(data_dir: Path) -> None:
    with served(data_dir, rate_limit_per_key="5/minute") as running:
        caller = running.caller(Role.VIEWER)
        for _ in range(2):
            call(caller, "find_clients")  # the message, and the request of the API that answers it
        assert "Try again in" in refusal(caller, "find_clients")
        refused = send(caller, "tools/list")
        assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-requests")
        assert int(refused.headers["retry-after"]) > 0
