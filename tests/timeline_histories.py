"""Typical histories of clients, recorded over HTTP, and what their timelines draw as lines of text.

`make snapshots` writes the texts in `tests/golden_timelines/` anew.
"""

from __future__ import annotations

import re
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api_client import Served, served
from browsing import Visitor

GOLDEN = Path(__file__).parent / "golden_timelines"
AS_OF = "2026-06-30"
PEOPLE = {"Dana": "firm", "Ravi": "firm", "Elena": "client"}
SVG = "{http://www.w3.org/2000/svg}"
SHAPES = ("path", "rect", "circle", "text")
FIGURES = ("transform", "x", "y", "width", "height", "cx", "cy", "r", "rx", "d")
LOOKS = ("fill", "fill-opacity", "stroke", "stroke-dasharray", "stroke-width", "opacity")
"""The attributes of a shape that say where it is, and those that say how it looks."""

NAMED_PAINT = re.compile(r"^(var[(]--|url[(]#)|[)]$")
NUMBER = re.compile(r"-?[0-9]+(?:[.][0-9]+)?")

BOTH, CTO, CAIO = ["technology", "ai"], ["technology"], ["ai"]


def seat(holder: str, functions: list[str] | None = None, **more: Any) -> dict[str, Any]:
    """A fractional seat of the firm's."""
    named = {} if functions is None else {"functions": functions}
    return {**named, "holder": holder, "commitment": "fractional", "provider": "firm", **more}


def log(kind: str, on: str, **details: Any) -> dict[str, Any]:
    """A milestone."""
    return {"kind": kind, "effective_on": on, **details}


@dataclass(frozen=True)
class Engagement:
    """An engagement that is opened, and its milestones in the order in which they are recorded."""

    started_on: str
    milestones: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class History:
    """A client's engagements; afterwards milestones, by place, are corrected or retracted in the last of them.

    The drawing is that of the knowledge before these, if it is `known_before`: then it marks what has changed since.
    """

    engagements: tuple[Engagement, ...]
    corrected: Mapping[int, Mapping[str, Any]] | None = None
    retracted: tuple[int, ...] = ()
    known_before: bool = False
    fiscal_year_start_month: int = 1


def one(*milestones: dict[str, Any], started_on: str = "2024-02-20", **more: Any) -> History:
    """The history of one engagement."""
    return History((Engagement(started_on, milestones),), **more)


UNIFIED = log(
    "structure_chosen", "2024-04-17", seats=[seat("Dana", BOTH, hours_per_month={"technology": 20, "ai": 12})]
)
SPLIT = log("split_to_two_roles", "2025-06-10", technology=seat("Dana"), ai=seat("Ravi"))
CLOSED = log("closed", "2025-09-30", outcome="handed to the client's own people")

HISTORIES: Mapping[str, History] = {
    "unified-fractional": one(
        UNIFIED,
        log("deliverable_issued", "2024-06-12", deliverable="ai_strategy", function="ai"),
        log("alignment_held", "2024-07-02", participants=["Dana", "Ravi"]),
        log("hours_reported", "2024-06-01", month="2024-05", function="ai", hours=11),
        log("terms_changed", "2025-02-01", functions=BOTH, hours_per_month={"technology": 24, "ai": 16}),
    ),
    "split-into-two": one(UNIFIED, SPLIT),
    "transitioned-to-full-time": one(
        UNIFIED,
        SPLIT,
        log("transitioned_to_full_time", "2026-01-12", functions=CTO, holder="Elena", provider="client"),
    ),
    "caio-first": one(
        log("structure_chosen", "2024-05-06", seats=[seat("Ravi", CAIO)]),
        log("seat_filled", "2025-03-03", seat=seat("Dana", CTO)),
    ),
    "paused": one(UNIFIED, log("paused", "2025-02-03", reason="a round"), log("resumed", "2025-05-12")),
    "handed-over": one(
        UNIFIED,
        log("handed_over", "2025-01-13", functions=BOTH, holder="Ravi", interim=True),
        log("handed_over", "2025-05-05", functions=BOTH, holder="Elena", interim=False),
    ),
    "vacant-for-a-while": one(
        UNIFIED,
        SPLIT,
        log("seat_vacated", "2025-10-01", functions=CAIO, reason="left"),
        log("seat_filled", "2026-02-02", seat=seat("Elena", CAIO, provider="client")),
    ),
    "merged-again": one(UNIFIED, SPLIT, log("merged_to_one_role", "2026-03-02", seat=seat("Ravi"))),
    "reopened": one(UNIFIED, CLOSED, retracted=(1,)),
    "two-engagements": History(
        (
            Engagement(
                "2023-01-09",
                (
                    log("structure_chosen", "2023-02-01", seats=[seat("Dana", CTO)]),
                    log("closed", "2024-03-29", outcome="the platform is live"),
                ),
            ),
            Engagement("2025-02-03", (log("structure_chosen", "2025-02-03", seats=[seat("Ravi", BOTH)]),)),
        )
    ),
    "back-dated-correction": one(UNIFIED, SPLIT, corrected={1: {"effective_on": "2025-02-03"}}, known_before=True),
    "retracted": one(UNIFIED, SPLIT, retracted=(1,)),
    "planned": one(
        UNIFIED,
        log("split_to_two_roles", "2026-10-05", technology=seat("Dana"), ai=seat("Ravi")),
        log("transitioned_to_full_time", "2027-04-01", precision="month", functions=CAIO, holder="Elena"),
    ),
    "closed-with-handover": one(
        UNIFIED,
        log("handed_over", "2025-06-02", functions=BOTH, holder="Elena"),
        CLOSED,
    ),
    "fiscal-year-and-busy-weeks": one(
        UNIFIED,
        *(log("alignment_held", f"2024-09-{day:02}", participants=["Dana", "Elena"]) for day in (2, 3, 4, 5, 9, 10)),
        log("initiative_started", "2025-01-01", precision="month", initiative="claims-triage"),
        log("initiative_live", "2025-07-01", precision="quarter", initiative="claims-triage"),
        fiscal_year_start_month=2,
    ),
}


def drawn(firm: Served, name: str) -> str:
    """Record a history under its name, and the text of its timeline."""
    history = HISTORIES[name]
    admin, people = firm.admin, people_of(firm)
    client = {"name": name, "fiscal_year_start_month": history.fiscal_year_start_month}
    slug = admin.post("/clients", client)["slug"]
    ids: list[str] = []
    for engagement in history.engagements:
        opened = {"name": "CTO and CAIO", "started_on": engagement.started_on}
        address = f"/engagements/{admin.post(f'/clients/{slug}/engagements', opened)['id']}/milestones"
        ids = [admin.post(address, with_ids(milestone, people))["id"] for milestone in engagement.milestones]
    known_at = admin.get(f"{address}/{ids[-1]}")["recorded_at"] if history.known_before else None
    for place, change in (history.corrected or {}).items():
        admin.ask("POST", f"{address}/{ids[place]}/corrections", {**change, "reason": "the letter says so"})
    for place in history.retracted:
        admin.ask("POST", f"{address}/{ids[place]}/retraction", {"reason": "it never happened"})
    asked = {"as_of": AS_OF, **({"known_at": known_at} if known_at else {})}
    page = Visitor(firm).get(f"/clients/{slug}", **asked)
    parts = re.findall(r'<svg class="tl[ -].*?</svg>', page, re.S)
    lines = [line for part in parts for line in outline(ET.fromstring(with_namespace(part)))]  # noqa: S314 - ours
    return "\n".join(lines) + "\n"


def people_of(firm: Served) -> dict[str, str]:
    """The ids of the people in the histories, who are added when there are none."""
    on_record = {person["name"]: person["id"] for person in firm.admin.get("/people")["items"]}
    return {
        name: on_record.get(name) or firm.admin.post("/people", {"name": name, "employer": employer})["id"]
        for name, employer in PEOPLE.items()
    }


def with_ids(member: Any, people: Mapping[str, str]) -> Any:
    """JSON with people's ids in place of their names."""
    if isinstance(member, dict):
        return {name: with_ids(one, people) for name, one in member.items()}
    if isinstance(member, list):
        return [with_ids(one, people) for one in member]
    return people.get(member, member)


def with_namespace(markup: str) -> str:
    """The drawing of a page as XML."""
    return markup.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def outline(element: ET.Element, depth: int = 0) -> Iterator[str]:
    """A line for each shape and text of a drawing, deeper where groups are within others."""
    tag = element.tag.removeprefix(SVG)
    indent = "  " * depth
    if tag in ("title", "desc"):
        yield f"{indent}{tag}: {words_in(element)}"
    elif tag in SHAPES:
        yield f"{indent}{tag} {' '.join((*figures_of(element), *looks_of(element)))} {words_in(element)}".rstrip()
        yield from (line for child in element for line in outline(child, depth + 1))
    elif tag != "defs":
        name = element.get("aria-label") or element.get("class") or ""
        if name or tag == "svg":
            yield " ".join((f"{indent}{tag} {name}".rstrip(), *figures_of(element)))
        yield from (line for child in element for line in outline(child, depth + bool(name or tag == "svg")))


def words_in(element: ET.Element) -> str:
    """The text of an element itself."""
    return " ".join((element.text or "").split())


def figures_of(element: ET.Element) -> Iterator[str]:
    """Where a shape is, in whole pixels: a change of less cannot be seen."""
    for name in FIGURES:
        if (value := element.get(name)) is not None:
            yield f"{name}={NUMBER.sub(lambda number: f'{float(number[0]):.0f}', value)}"


def looks_of(element: ET.Element) -> Iterator[str]:
    """How a shape looks; colours by their names."""
    for name in LOOKS:
        if (value := element.get(name)) is not None:
            yield f"{name}={NAMED_PAINT.sub('', value)}"


if __name__ == "__main__":
    with served(Path(tempfile.mkdtemp(prefix="seatline-timelines-"))) as running:
        GOLDEN.mkdir(exist_ok=True)
        for old in GOLDEN.glob("*.txt"):
            old.unlink()
        for history_name in HISTORIES:
            (GOLDEN / f"{history_name}.txt").write_text(drawn(running, history_name), encoding="utf-8")
    sys.stdout.write(f"{len(HISTORIES)} timelines are in {GOLDEN.relative_to(Path.cwd())}\n")
