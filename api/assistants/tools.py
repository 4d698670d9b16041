"""The tools that assistants can call: each is a few calls of the API."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote

from api.assistants.own_api import ApiAnswer, OwnApi
from api.auth.access import credential_of
from api.state.roles import Role
from domain.milestones import Kind
from projections.reports.catalog import REPORTS

Schema: TypeAlias = Mapping[str, Any]
Arguments: TypeAlias = Mapping[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": 200}
AS_OF: Schema = {**TEXT, "description": "The state on this day (YYYY-MM-DD); today if left out."}
KNOWN_AT: Schema = {**TEXT, "description": "Only what was recorded by this instant (RFC 3339); now if left out."}
CLIENT: Schema = {**TEXT, "pattern": "^[^/]+$", "description": "The client's id or slug, as find_clients gives it."}
PAGE: Mapping[str, Schema] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": 500, "description": "The maximum number of rows."},
    "cursor": {"type": "string", "maxLength": 1000, "description": "The `next` of the answer before."},
}
ENGAGEMENT: Schema = {
    **TEXT,
    "pattern": "^[0-9A-Fa-f-]{36}$",
    "description": "The engagement's id, as read_client gives it.",
}
MILESTONE: Schema = {
    "type": "object",
    "description": (
        "The milestone: `kind`, `effective_on` (YYYY-MM-DD) and the details of its kind. The resource "
        "seatline://milestones has an example of every kind. People are named by id, as find_people gives it."
    ),
    "properties": {"kind": {"type": "string", "enum": [str(kind) for kind in Kind]}, "effective_on": TEXT},
    "required": ["kind", "effective_on"],
}
CHANGED = ("structure_spans", "seat_spans", "transitions")
"""The parts of a timeline in which a preview shows the difference."""


class ToolRefused(Exception):  # noqa: N818  (the caller's input is refused; the program is in order)
    """A tool does not do what was asked; the text says why, and `problem` is the API's problem document."""

    def __init__(self, text: str, problem: Any = None) -> None:
        """`text` is for the assistant and its user."""
        super().__init__(text)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class ToolDefinition:
    """A tool: `parameters` are JSON schemas by name, `required` those that must be given.

    `role` is needed to call it; `records` says that it changes the record.
    """

    name: str
    title: str
    description: str
    parameters: Mapping[str, Schema]
    call: Callable[[OwnApi, Arguments], Awaitable[Any]]
    required: tuple[str, ...] = ()
    role: Role = Role.VIEWER
    records: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of the arguments."""
        return {
            "type": "object",
            "properties": {name: dict(schema) for name, schema in self.parameters.items()},
            "required": list(self.required),
            "additionalProperties": False,
        }


def _body(answer: ApiAnswer) -> Any:
    """The body of a success. Raises `ToolRefused`."""
    if not answer.is_success:
        raise ToolRefused(answer.refusal, answer.body)
    return answer.body


async def _find_clients(api: OwnApi, arguments: Arguments) -> Any:
    return _body(await api.get("/clients", arguments))


async def _find_people(api: OwnApi, arguments: Arguments) -> Any:
    return _body(await api.get("/people", arguments))


async def _read_client(api: OwnApi, arguments: Arguments) -> Any:
    client, times = _client_path(arguments)
    shown = _body(await api.get(client, times))
    engagements = _body(await api.get(f"{client}/engagements", times))
    return {"client": shown, "engagements": engagements["items"], "more_engagements": engagements["next"] is not None}


async def _read_timeline(api: OwnApi, arguments: Arguments) -> Any:
    client, query = _client_path(arguments)
    return _body(await api.get(f"{client}/timeline", query))


async def _run_report(api: OwnApi, arguments: Arguments) -> Any:
    parameters = dict(arguments.get("parameters", {}))
    if "format" in parameters:
        raise ToolRefused("Reports are answered as JSON here; leave out format.")
    return _body(await api.get(f"/reports/{arguments['report']}", parameters))


async def _evaluate_answers(api: OwnApi, arguments: Arguments) -> Any:
    return _body(await api.post("/assessments:evaluate", {"answers": arguments["answers"]}))


async def _check_milestone(api: OwnApi, arguments: Arguments) -> Any:
    path = f"/engagements/{quote(arguments['engagement'], safe='')}"
    engagement = await api.get(path)
    _body(engagement)
    checked = _body(await api.post(f"{path}/milestones:check", arguments["milestone"]))
    if not checked["fits"]:
        return {"fits": False, "refusal": checked["refusal"]}
    differences = {part: _difference(checked["before"], checked["after"], part) for part in CHANGED}
    return {"fits": True, "preview_key": _preview_key(api, arguments, engagement.etag), **differences}


async def _log_milestone(api: OwnApi, arguments: Arguments) -> Any:
    preview_key = arguments["preview_key"]
    version = preview_key.partition(".")[0]
    if not hmac.compare_digest(_preview_key(api, arguments, f'"{version}"').encode(), preview_key.encode()):
        raise ToolRefused(
            "This preview_key does not belong to this milestone. Call check_milestone with exactly the same engagement "
            "and milestone, show its answer to the user, and use the preview_key that it gives."
        )
    headers = {"Idempotency-Key": arguments["idempotency_key"], "If-Match": f'"{version}"'}
    path = f"/engagements/{quote(arguments['engagement'], safe='')}/milestones"
    logged = await api.post(path, arguments["milestone"], headers)
    if logged.status == 412:
        raise ToolRefused(
            "Nothing was recorded: the engagement has changed since the preview. Call check_milestone again, and show "
            "its answer to the user.",
            logged.body,
        )
    return _body(logged)


def _client_path(arguments: Arguments) -> tuple[str, dict[str, Any]]:
    """The path of the client in the arguments, and the other arguments."""
    query = dict(arguments)
    return f"/clients/{quote(query.pop('client'), safe='')}", query


def _difference(before: Any, after: Any, part: str) -> dict[str, Any]:
    """What a change removes from one part of a timeline, and what it adds."""
    return {
        "removed": [row for row in before[part] if row not in after[part]],
        "added": [row for row in after[part] if row not in before[part]],
    }


def _preview_key(api: OwnApi, arguments: Arguments, etag: str) -> str:
    """The proof that a caller has seen the preview of a milestone at a version of its engagement."""
    version = etag.strip('"')
    content = json.dumps([version, arguments["engagement"], arguments["milestone"]], sort_keys=True)
    digest = hmac.digest(credential_of(api.request).encode(), f"preview\n{content}".encode(), hashlib.sha256)
    return f"{version}.{digest.hex()[:32]}"


TOOLS: Mapping[str, ToolDefinition] = {
    tool.name: tool
    for tool in (
        ToolDefinition(
            "find_clients",
            "Find clients",
            "Find clients by part of a name (`q`), structure, status or sector. Answers id, slug, name and structure.",
            {
                "q": {**TEXT, "description": "Part of a name, present or former."},
                "structure": {**TEXT, "description": "A structure such as unified_fractional."},
                "status": {**TEXT, "description": "prospect, active, paused or ended."},
                "sector": TEXT,
                "as_of": AS_OF,
                "known_at": KNOWN_AT,
                **PAGE,
            },
            _find_clients,
        ),
        ToolDefinition(
            "find_people",
            "Find people",
            "Find people by part of a name or an email address. Answers their ids, which milestones refer to.",
            {"q": {**TEXT, "description": "Part of a name, present or former, or an email address."}, **PAGE},
            _find_people,
        ),
        ToolDefinition(
            "read_client",
            "Read a client",
            "Read a client's profile, structure and seats on a day, and its engagements with their ids.",
            {"client": CLIENT, "as_of": AS_OF, "known_at": KNOWN_AT},
            _read_client,
            ("client",),
        ),
        ToolDefinition(
            "read_timeline",
            "Read a timeline",
            "Read who held the technology and AI functions of a client when, and every milestone. `as_of` is the day "
            "in question, `known_at` leaves out what was recorded later.",
            {
                "client": CLIENT,
                "as_of": AS_OF,
                "known_at": KNOWN_AT,
                "from": {**TEXT, "description": "The first quarter, such as 2026-Q1."},
                "to": {**TEXT, "description": "The last quarter."},
            },
            _read_timeline,
            ("client",),
        ),
        ToolDefinition(
            "run_report",
            "Run a report",
            "Run a report on the portfolio. `parameters` are the query parameters of GET /api/v1/reports/{report}: "
            "`from`, `to` (quarters), `as_of`, `known_at`, client filters such as `sector`, and those of the report "
            "(`time-to` needs `event`: split or full_time).",
            {
                "report": {"type": "string", "enum": [*REPORTS, "then-and-now"]},
                "parameters": {
                    "type": "object",
                    "additionalProperties": {"type": ["string", "number", "boolean"]},
                    "maxProperties": 30,
                },
            },
            _run_report,
            ("report",),
        ),
        ToolDefinition(
            "evaluate_answers",
            "Evaluate answers",
            "Evaluate a company's answers by every framework: which structure they advise, and why. Records nothing. "
            "The resources seatline://frameworks/{id} name the questions; leave out what is not known.",
            {"answers": {"type": "object", "description": "Answers by question, such as headcount."}},
            _evaluate_answers,
            ("answers",),
        ),
        ToolDefinition(
            "check_milestone",
            "Check a milestone",
            "Preview what a milestone would change, or why it is refused. Records nothing. Show the answer to the user "
            "before log_milestone, which needs its `preview_key`.",
            {"engagement": ENGAGEMENT, "milestone": MILESTONE},
            _check_milestone,
            ("engagement", "milestone"),
            Role.RECORDER,
        ),
        ToolDefinition(
            "log_milestone",
            "Log a milestone",
            "Record a milestone that check_milestone has previewed and the user has agreed to. A repetition with the "
            "same `idempotency_key` records nothing twice.",
            {
                "engagement": ENGAGEMENT,
                "milestone": MILESTONE,
                "preview_key": {**TEXT, "description": "The `preview_key` of check_milestone for the same milestone."},
                "idempotency_key": {**TEXT, "description": "A new text of your choice for each milestone."},
            },
            _log_milestone,
            ("engagement", "milestone", "preview_key", "idempotency_key"),
            Role.RECORDER,
            records=True,
        ),
    )
}
"""Every tool by its name."""
