"""Assistants over the Model Context Protocol, with the client of its own SDK on a real socket."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import anyio
import httpx
import pytest
from mcp import ClientSession, McpError
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult
from patience import HANGING_SECONDS
from pydantic import AnyUrl
from test_web_pages_browser import Running

import api.assistants.server
from api.assistants.routes import WITHOUT_THE_EXTRA
from api.assistants.tools import TOOLS
from api.state.roles import Role

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("assistants"))
    try:
        for name in ("Halcyon Health", "Quiet Mills"):
            running.admin.post("/clients", {"name": name})
        yield running
    finally:
        running.stop()


def talk(firm: Running, key: str, story: Callable[[ClientSession], Awaitable[None]]) -> None:
    """Let a client with a key tell a story."""

    async def connect() -> None:
        headers = {"Authorization": f"Bearer {key}"}
        async with (
            httpx.AsyncClient(headers=headers, trust_env=False, timeout=HANGING_SECONDS) as http,
            streamable_http_client(f"{firm.url}/mcp", http_client=http) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            await story(session)

    # Playwright leaves its event loop running in the main thread, so the client gets a thread of its own.
    with ThreadPoolExecutor(max_workers=1) as executor:
        executor.submit(anyio.run, connect).result()


def text_of(result: CallToolResult) -> str:
    (content,) = result.content
    assert content.type == "text"
    return content.text


async def answer(session: ClientSession, tool: str, **arguments: Any) -> Any:
    result = await session.call_tool(tool, arguments)
    assert not result.isError, text_of(result)
    assert json.loads(text_of(result)) == result.structuredContent
    return result.structuredContent


async def refusal(session: ClientSession, tool: str, **arguments: Any) -> str:
    result = await session.call_tool(tool, arguments)
    assert result.isError
    return text_of(result)


def test_an_assistant_finds_reads_checks_and_logs(firm: Running) -> None:
    dana = firm.admin.post("/people", {"name": "Dana Whitfield", "employer": "firm"})["id"]
    opening = {"name": "Both roles", "started_on": "2026-01-15"}
    engagement = firm.admin.post("/clients/halcyon-health/engagements", opening)["id"]
    recorder = firm.caller(Role.RECORDER)

    async def story(session: ClientSession) -> None:
        assert [tool.name for tool in (await session.list_tools()).tools] == list(TOOLS)
        (found,) = (await answer(session, "find_clients", q="halcyon"))["items"]
        assert (found["name"], found["slug"]) == ("Halcyon Health", "halcyon-health")
        (person,) = (await answer(session, "find_people", q="whitfield"))["items"]
        assert person["id"] == dana
        client = await answer(session, "read_client", client=found["slug"])
        assert [one["id"] for one in client["engagements"]] == [engagement]

        seat = {"functions": ["technology", "ai"], "holder": dana, "commitment": "fractional", "provider": "firm"}
        chosen = {"kind": "structure_chosen", "effective_on": "2026-02-01", "seats": [seat]}
        body = {"engagement": engagement, "milestone": chosen}
        checked = await answer(session, "check_milestone", **body)
        assert checked["fits"]
        assert [span["structure"] for span in checked["structure_spans"]["added"]] == ["none", "unified_fractional"]
        assert firm.admin.get(f"/engagements/{engagement}")["version"] == 1

        confirmed = {**body, "preview_key": checked["preview_key"], "idempotency_key": "halcyon-1"}
        other = {**confirmed, "milestone": {**chosen, "effective_on": "2026-02-02"}}
        assert "check_milestone" in await refusal(session, "log_milestone", **other)
        logged = await answer(session, "log_milestone", **confirmed)
        assert logged["kind"] == "structure_chosen"
        assert await answer(session, "log_milestone", **confirmed) == logged
        again = await refusal(session, "log_milestone", **{**confirmed, "idempotency_key": "halcyon-2"})
        assert again.startswith("Nothing was recorded: the engagement has changed since the preview.")

        read = {"client": "halcyon-health"}
        timeline = await answer(session, "read_timeline", **read, as_of="2026-03-01")
        assert [span["structure"] for span in timeline["structure_spans"]] == ["none", "unified_fractional"]
        (opened,) = firm.admin.get(f"/engagements/{engagement}/milestones?kind=opened")["items"]
        earlier = await answer(session, "read_timeline", **read, known_at=opened["recorded_at"])
        assert [span["structure"] for span in earlier["structure_spans"]] == ["none"]
        mix = await answer(session, "run_report", report="structure-mix", parameters={"as_of": "2026-03-01"})
        assert [row["structure"] for row in mix["rows"]] == ["unified_fractional"]
        advice = await answer(session, "evaluate_answers", answers={"headcount": 24})
        assert advice["recommendation"]

    talk(firm, recorder.key, story)
    (milestone,) = firm.admin.get(f"/engagements/{engagement}/milestones?kind=structure_chosen")["items"]
    keys = {key["id"] for key in firm.admin.get("/keys")["items"] if key["role"] == "recorder"}
    assert milestone["recorded_by"] in keys
    assert milestone["recorded_by"] in firm.admin.ask("GET", "/audit?format=csv").text


def test_every_report_runs(firm: Running) -> None:
    more: dict[str, Any] = {
        "time-to": {"event": "split"},
        "then-and-now": {"report": "structure-mix", "then": firm.context.now().isoformat()},
    }

    async def story(session: ClientSession) -> None:
        for report in TOOLS["run_report"].parameters["report"]["enum"]:
            assert "rows" in await answer(session, "run_report", report=report, parameters=more.get(report, {})), report

    talk(firm, firm.admin.key, story)


def test_a_viewer_has_no_tools_that_record_and_a_limit_holds(firm: Running) -> None:
    viewer = firm.caller(Role.VIEWER, {UUID(firm.admin.get("/clients/quiet-mills")["id"])})

    async def story(session: ClientSession) -> None:
        tools = [tool.name for tool in (await session.list_tools()).tools]
        assert tools == [name for name in TOOLS if name not in ("check_milestone", "log_milestone")]
        assert [c["slug"] for c in (await answer(session, "find_clients"))["items"]] == ["quiet-mills"]
        foreign = await refusal(session, "read_timeline", client="halcyon-health")
        assert foreign == await refusal(session, "read_timeline", client="nobodys") == "There is no such client."
        assert "no tool 'log_milestone'" in await refusal(session, "log_milestone")

    talk(firm, viewer.key, story)


def test_frameworks_and_signs_are_resources(firm: Running) -> None:
    async def story(session: ClientSession) -> None:
        resources = {str(one.uri): one.name for one in (await session.list_resources()).resources}
        assert {"seatline://frameworks", "seatline://signs", "seatline://milestones"} <= resources.keys()
        assert len((await session.list_resource_templates()).resourceTemplates) == 2
        for uri, part in (
            ("seatline://signs/A07", "CTO and CAIO do not talk"),
            ("seatline://frameworks", "seam"),
            ("seatline://frameworks/seam", "questions"),
            ("seatline://milestones", "structure_chosen"),
        ):
            assert uri in resources
            (content,) = (await session.read_resource(AnyUrl(uri))).contents
            assert content.mimeType == "application/json"
            assert part in content.text  # type: ignore[union-attr]
        for uri in ("seatline://signs/nobodys", "seatline://keys", "seatline://signs/../keys", "https://example.org/x"):
            with pytest.raises(McpError) as refused:
                await session.read_resource(AnyUrl(uri))
            assert "There is no resource" in str(refused.value), uri

    talk(firm, firm.admin.key, story)


SLIPS: list[tuple[str, Any, str]] = [
    ("find_clients", {"limit": 501}, "501"),
    ("find_clients", {"name": "x"}, "name"),
    ("find_clients", {"q": 7}, "7"),
    ("read_timeline", {}, "client"),
    ("read_timeline", {"client": "../keys"}, "../keys"),
    ("read_timeline", {"client": "quiet-mills", "as_of": "tomorrow"}, "as_of"),
    ("run_report", {"report": "board"}, "board"),
    ("run_report", {"report": "drift", "parameters": {"secto": "x"}}, "secto"),
    ("run_report", {"report": "drift", "parameters": {"format": "xlsx"}}, "format"),
    ("run_report", {"report": "drift", "parameters": {"q": ["a", "b"]}}, "is not of type"),
    ("evaluate_answers", {"answers": {"headcount": -1}}, "headcount"),
    (
        "check_milestone",
        {"engagement": "x", "milestone": {"kind": "paused", "effective_on": "2026-01-01"}},
        "does not match",
    ),
    (
        "check_milestone",
        {"engagement": str(UUID(int=7)), "milestone": {"kind": "odd", "effective_on": "2026-01-01"}},
        "odd",
    ),
    ("nobodys", {}, "find_clients"),
]
"""Wrong calls, each with a part of what it is told."""


def test_a_slip_of_an_assistant_is_explained(firm: Running) -> None:
    async def story(session: ClientSession) -> None:
        for tool, arguments, part in SLIPS:
            assert part in await refusal(session, tool, **arguments), (tool, arguments)

    talk(firm, firm.admin.key, story)


def test_a_milestone_that_does_not_fit_is_refused_in_the_preview(firm: Running) -> None:
    opening = {"name": "E", "started_on": "2026-01-15"}
    engagement = firm.admin.post("/clients/quiet-mills/engagements", opening)["id"]

    async def story(session: ClientSession) -> None:
        milestone = {"kind": "resumed", "effective_on": "2026-02-01"}
        checked = await answer(session, "check_milestone", engagement=engagement, milestone=milestone)
        assert (checked["fits"], checked["refusal"]["detail"]) == (False, "The engagement is not paused.")
        assert "preview_key" not in checked

    talk(firm, firm.admin.key, story)


def test_an_answer_that_is_too_long_asks_for_less(firm: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.assistants.server, "LARGEST_ANSWER", 100)

    async def story(session: ClientSession) -> None:
        assert "Ask for less" in await refusal(session, "find_clients")

    talk(firm, firm.admin.key, story)


def post(firm: Running, content: Any = None, **headers: str) -> Any:
    body = json.dumps(INITIALIZE if content is None else content) if not isinstance(content, bytes) else content
    return firm.client.post(f"{firm.url}/mcp", content=body, headers={**HEADERS, **headers})


def test_only_keys_open_it_and_pages_of_other_sites_do_not(firm: Running) -> None:
    key = {"Authorization": f"Bearer {firm.admin.key}"}
    assert post(firm, **key).json()["result"]["serverInfo"]["name"] == "seatline"
    assert "mcp-session-id" not in post(firm, **key).headers
    assert post(firm, Cookie=f"seatline={firm.session(Role.ADMIN)}").status_code == 403
    for headers in ({}, {"Authorization": "Bearer seatline_x"}):
        refused = post(firm, **headers)
        assert (refused.status_code, refused.json()["type"]) == (401, "/problems/unauthenticated")
        assert refused.headers["www-authenticate"].startswith("Bearer")
    rebinding = {"Origin": "http://evil.example", "Host": "evil.example"}
    assert post(firm, **key, **rebinding).status_code == 403
    assert post(firm, **key, Origin="https://evil.example").status_code == 403
    assert firm.client.get(f"{firm.url}/mcp", headers={**HEADERS, **key}).status_code == 405


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[" * 10_000, 400),
        (b'{"jsonrpc": "2.0", "id": 1, "id": 2, "method": "ping"}', 400),
        (b'{"jsonrpc": "2.0", "id": NaN, "method": "ping"}', 400),
        (b"[]", 400),
        (b'{"jsonrpc": "1.0", "id": 1, "method": "ping"}', 400),
        (b" " * 1_000_001, 413),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "nobodys"}', 200),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": 7}}', 200),
        (b'{"jsonrpc": "2.0", "method": "notifications/initialized"}', 202),
    ],
)
def test_odd_messages_are_answered_without_a_fault(firm: Running, content: bytes, status: int) -> None:
    answered = post(firm, content, Authorization=f"Bearer {firm.admin.key}")
    assert answered.status_code == status
    if status == 200:
        assert answered.json()["error"]["code"] < 0


def test_without_the_extra_one_sentence_says_so(firm: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "api.assistants.server", raising=False)
    monkeypatch.setitem(sys.modules, "mcp", None)
    refused = post(firm, Authorization=f"Bearer {firm.admin.key}")
    assert (refused.status_code, refused.json()["detail"]) == (404, WITHOUT_THE_EXTRA)
