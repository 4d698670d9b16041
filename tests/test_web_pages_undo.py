"""Whatever is recorded on a page can be undone from its notice: by a form that is filled in and says what it does."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_client import Served, served
from browsing import Visitor, sent_unchanged, tell_a_story, text_of


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A firm with a story."""
    with served(Path(tmp_path_factory.mktemp("undone"))) as running:
        yield running


def undo_of(page: str) -> str:
    """Where the notice of a page leads to undo what was recorded."""
    match = re.search(r'<a href="([^"]+/undo)">Undo</a>', page)
    assert match is not None
    return html.unescape(match[1])


def test_a_correction_a_retraction_and_a_logged_milestone_are_each_undone_from_their_notice(firm: Served) -> None:
    ids, admin = tell_a_story(firm), Visitor(firm)
    address = f"/engagements/{ids['engagement']}/milestones/{ids['split_to_two_roles']}"
    recorded = firm.admin.get(address)

    def latest() -> dict[str, object]:
        milestone = firm.admin.get(address)
        return {name: milestone[name] for name in ("effective_on", "details", "note")}

    first = latest()
    correction = {"do": "record", "effective_on": "2025-06-20", "reason": "later", "note": "x"}
    corrected = admin.send(f"{address}/correct", {**sent_unchanged(admin.get(f"{address}/correct")), **correction})
    assert latest() != first
    form = admin.get(undo_of(corrected))
    assert "Undoes the correction of" in form
    admin.send(f"{address}/correct", {**sent_unchanged(form), "do": "record"})
    assert latest() == first

    admin.fill(f"{address}/retract", {"reason": "never happened"})
    assert "Log it again" in text_of(admin.get(address))
    form = admin.get(f"{address}/undo")
    logged = admin.send("/milestones/new", {**sent_unchanged(form), "do": "record"})
    newest = firm.admin.get("/clients/halcyon-health/timeline")["milestones"][-1]
    assert {name: newest[name] for name in first} == first
    assert newest["id"] != recorded["id"]

    form = admin.get(undo_of(logged))
    assert "Logged by mistake" in form
    admin.send(f"/engagements/{ids['engagement']}/milestones/{newest['id']}/retract", sent_unchanged(form))
    assert [m["id"] for m in firm.admin.get("/clients/halcyon-health/timeline")["milestones"]].count(newest["id"]) == 0
