"""The protocol's server: tools and resources, as the SDK calls them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mcp import types
from mcp.server.lowlevel import Server
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.shared.exceptions import McpError
from pydantic import AnyUrl
from starlette.requests import Request

from api.assistants.own_api import OwnApi
from api.assistants.tools import TOOLS, ToolDefinition, ToolRefused
from api.http.openapi import VERSION
from api.schemas.examples import EXAMPLES
from api.state.roles import Role

SCHEME = "seatline://"
LISTS = {"frameworks": "Frameworks", "signs": "Warning signs"}
"""The lists of the API that are resources, each with its members."""

MILESTONES = f"{SCHEME}milestones"
JSON = "application/json"
LARGEST_ANSWER = 400_000
"""The most characters of an answer; more than an assistant can read at once."""

RESOURCE_NOT_FOUND = -32002

INSTRUCTIONS = (
    "Seatline records who leads technology and AI at the clients of a firm of fractional executives, and how that "
    "changed. Find the client first. Milestones are logged in two steps: check_milestone shows what would change, and "
    "log_milestone records it once the user has agreed."
)


@lru_cache(maxsize=1024)
def server_for(role: Role) -> Server[Any, Request]:
    """The server with the tools of a role. It keeps nothing between requests."""
    server: Server[Any, Request] = Server("seatline", version=VERSION, instructions=INSTRUCTIONS)
    answers = _Answers(server, {name: tool for name, tool in TOOLS.items() if role.covers(tool.role)})
    server.list_tools()(answers.list_tools)  # type: ignore[no-untyped-call]
    server.call_tool()(answers.call_tool)
    server.list_resources()(answers.list_resources)  # type: ignore[no-untyped-call]
    server.list_resource_templates()(answers.list_resource_templates)  # type: ignore[no-untyped-call]
    server.read_resource()(answers.read_resource)  # type: ignore[no-untyped-call]
    return server


@dataclass(frozen=True, slots=True)
class _Answers:
    """What the server answers, with these tools."""

    server: Server[Any, Request]
    tools: Mapping[str, ToolDefinition]

    async def list_tools(self) -> list[types.Tool]:
        return [_tool(tool) for tool in self.tools.values()]

    async def call_tool(self, name: str, arguments: dict[str, Any]) -> types.CallToolResult:
        tool = self.tools.get(name)
        if tool is None:
            names = ", ".join(self.tools)
            return _result(f"There is no tool {name!r} for this key. Tools: {names}.", None, is_error=True)
        try:
            answer = await tool.call(self._own_api(), arguments)
        except ToolRefused as refused:
            return _result(str(refused), refused.problem, is_error=True)
        text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
        if len(text) > LARGEST_ANSWER:
            sentence = f"The answer has {len(text):,} characters. Ask for less: use filters, fewer quarters or a limit."
            return _result(sentence, None, is_error=True)
        return _result(text, answer)

    async def list_resources(self) -> list[types.Resource]:
        resources = [_resource(MILESTONES, "Milestones", "An example of every kind of milestone.")]
        for name, title in LISTS.items():
            resources.append(_resource(f"{SCHEME}{name}", title, f"All {title.lower()}."))
            members = (await _read(self._own_api(), name))["items"]
            resources += [
                _resource(f"{SCHEME}{name}/{member['id']}", member.get("title") or member["name"], title)
                for member in members
            ]
        return resources

    async def list_resource_templates(self) -> list[types.ResourceTemplate]:
        return [
            types.ResourceTemplate(name=title, uriTemplate=f"{SCHEME}{name}/{{id}}", mimeType=JSON)
            for name, title in LISTS.items()
        ]

    async def read_resource(self, uri: AnyUrl) -> Iterable[ReadResourceContents]:
        text = str(uri)
        content = _EXAMPLES if text == MILESTONES else await _read(self._own_api(), text.removeprefix(SCHEME))
        return [ReadResourceContents(json.dumps(content, ensure_ascii=False), JSON)]

    def _own_api(self) -> OwnApi:
        request = self.server.request_context.request
        if request is None:
            raise RuntimeError("the protocol is served over HTTP alone")
        return OwnApi(request)


_EXAMPLES = {"examples": [{"kind": str(kind), **example} for kind, example in EXAMPLES.items()]}


async def _read(api: OwnApi, path: str) -> Any:
    """One of the lists, or a member of one. Raises `McpError` for anything else."""
    name, _, member = path.partition("/")
    if name in LISTS and member.replace("-", "").replace("_", "").isalnum() is bool(member):
        answer = await api.get(f"/{path.rstrip('/')}", {} if member else {"limit": 500})
        if answer.is_success:
            return answer.body
        if answer.status != 404:
            raise McpError(types.ErrorData(code=types.INTERNAL_ERROR, message=answer.refusal))
    raise McpError(types.ErrorData(code=RESOURCE_NOT_FOUND, message=f"There is no resource {SCHEME}{path}."))


def _tool(tool: ToolDefinition) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        inputSchema=tool.schema,
        annotations=types.ToolAnnotations(
            title=tool.title,
            readOnlyHint=not tool.records,
            destructiveHint=False,
            idempotentHint=True,
            openWorldHint=False,
        ),
    )


def _resource(uri: str, title: str, description: str) -> types.Resource:
    return types.Resource(uri=AnyUrl(uri), name=title, description=description, mimeType=JSON)


def _result(text: str, structured: Any, *, is_error: bool = False) -> types.CallToolResult:
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=text)], structuredContent=structured, isError=is_error
    )
