"""A link to a report that is pinned to a day and an instant: the same bytes for ever, in every format."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest
from api_client import Served, served
from browsing import Visitor

from web.pages.reports import REPORTS

TODAY = date(2026, 11, 22)
OF_API = {
    "structure-mix": "",
    "quarter-grid": "limit=20",
    "transitions": "sector=fintech",
    "paths": "",
    "time-to": "event=split&by=sector",
    "revenue": "",
    "capacity": "",
    "plan": "",
    "drift": "",
    "advice": "",
    "watch-list": "",
    "then-and-now": "report=structure-mix&then=2026-03-31T00:00:00Z",
}
FEW_CLIENTS = 5


def answers(firm: Served, pinned: str, *, printed: bool = False) -> Iterator[tuple[str, bytes]]:
    """Every report in every format, at the two times of the link; PDF and PNG take long and come only if `printed`."""
    yield from figures(firm, pinned, ("json", "csv", "xlsx") if printed else ("json",))
    if printed:
        for of in ("", "&client=drayline"):
            path = f"/reports/board?{pinned}{of}"
            yield path, firm.admin.ask("GET", path).content
    visitor = Visitor(firm)
    pictures = ("svg", "png") if printed else ("svg",)
    for report in REPORTS:
        for suffix in pictures:
            path = f"/reports/{report}.{suffix}?{pinned}"
            answer = visitor.client.get(path)
            assert answer.status_code == 200, path
            yield path, answer.content
    for suffix in (*pictures, "csv"):
        path = f"/clients/drayline/timeline.{suffix}?{pinned}"
        yield path, visitor.client.get(path).content


def figures(firm: Served, pinned: str, formats: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The figures of every report, at the two times of the link."""
    for report, query in OF_API.items():
        for written in formats:
            path = f"/reports/{report}?{pinned}&{query}&format={written}"
            yield path, firm.admin.ask("GET", path).content


def log_more(firm: Served, clients: int) -> None:
    """Milestones at clients, and corrections of what was known at the instant of the link."""
    dana = firm.admin.get("/people?limit=1")["items"][0]["id"]
    logged = 0
    for client in firm.admin.get(f"/clients?as_of={TODAY}&status=active&limit={clients}")["items"]:
        engagement = client["engagement"]["id"] if isinstance(client["engagement"], dict) else client["engagement"]
        for number in range(6):
            alignment = {"kind": "alignment_held", "effective_on": f"2026-11-0{number + 1}", "participants": [dana]}
            firm.admin.post(f"/engagements/{engagement}/milestones", alignment)
            logged += 1
        change = {"effective_on": "2026-01-01", "name": f"{client['name']} anew", "sector": "space"}
        firm.admin.post(f"/clients/{client['slug']}/profile-changes", change)
        for chosen in firm.admin.get(f"/engagements/{engagement}/milestones?kind=structure_chosen")["items"]:
            corrected = {"reason": "told wrongly", "details": {"rationale": "another"}}
            firm.admin.post(f"/engagements/{engagement}/milestones/{chosen['id']}/corrections", corrected)
        logged += 1
    assert logged > 6 * clients


@pytest.mark.parametrize(
    ("clients", "printed"),
    [
        pytest.param(FEW_CLIENTS, False, id="figures"),
        pytest.param(30, True, id="printed", marks=pytest.mark.slow(reason="prints and paints every report twice")),
    ],
)
def test_a_pinned_report_is_the_same_bytes_after_more_events_a_rebuild_and_a_restart(
    told_demonstration: Path, tmp_path: Path, clients: int, printed: bool
) -> None:
    demonstration = shutil.copytree(told_demonstration, tmp_path / "data")
    with served(demonstration) as firm:
        log = firm.context.log
        known_at = log.read(log.head() - 1)[-1].event.timestamp.isoformat().replace("+00:00", "Z")
        pinned = f"as_of={TODAY}&known_at={known_at}"
        before = dict(answers(firm, pinned, printed=printed))
        log_more(firm, clients)
        assert changed(before, answers(firm, pinned)) == []
        now = [
            (path.replace(f"as_of={TODAY}", pinned), content)
            for path, content in figures(firm, f"as_of={TODAY}", ("json",))
        ]
        assert len(changed(before, now)) > len(now) / 2
        firm.context.views.rebuild(lambda done, of: None)
    with served(demonstration) as firm:
        assert changed(before, answers(firm, pinned, printed=printed)) == []


def changed(before: Mapping[str, bytes], after: Iterable[tuple[str, bytes]]) -> list[str]:
    """The links that answer something else than before."""
    return [path for path, content in after if before[path] != content]
