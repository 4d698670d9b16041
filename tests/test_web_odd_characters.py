"""Characters that cannot be stored, typed into the forms of pages: refused beside the field, with the rest kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from api_client import Served, served
from browsing import Visitor, tell_a_story

CORRECTED = "correct"
FORMS = {
    "/people/new": ("name", {"email": "dana@example.org"}),
    "/clients/new": ("name", {"profile.sector": "fintech"}),
    "/clients/halcyon-health/profile": ("sector", {"effective_on": "1 May 2026"}),
    "/milestones/new?client=halcyon-health&kind=alignment_held": ("note", {"effective_on": "1 May 2026"}),
    "/milestones/new?client=halcyon-health&kind=paused": ("reason", {"effective_on": "2 May 2026"}),
    CORRECTED: ("note", {"reason": "it was otherwise"}),
    "retract": ("reason", {}),
    "/clients/quiet-mills/retract": ("reason", {}),
    "/settings/firm": ("firm_name", {"currency": "SEK"}),
    "/settings/keys": ("name", {"role": "viewer", "expires_on": "2031-02-03"}),
    "/settings/share-links": ("password", {"expires_on": "2031-02-03"}),
    "/settings/account/name": ("name", {}),
    "/settings/account/password": ("email", {}),
}
SENT = ("/settings/keys", "/settings/account/name", "/settings/account/password")
"""Pages with several forms, of which this is not the first."""


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("odd") / "data"
    folder.mkdir(mode=0o700)
    with served(folder) as running:
        tell_a_story(running)
        yield running


@pytest.mark.parametrize("odd", ["a\0b", "a\x07b", "a\ufffeb"], ids=["NUL", "control", "noncharacter"])
@pytest.mark.parametrize("path", FORMS)
def test_a_character_that_cannot_be_stored_is_refused_beside_its_field(firm: Served, path: str, odd: str) -> None:
    field, others = FORMS[path]
    if path in (CORRECTED, "retract"):
        engagement = firm.admin.get("/clients/halcyon-health/engagements")["items"][0]["id"]
        milestone = firm.admin.get(f"/engagements/{engagement}/milestones")["items"][-1]["id"]
        path = f"/engagements/{engagement}/milestones/{milestone}/{path}"
    visitor = Visitor(firm)
    page = (visitor.send if path in SENT else visitor.fill)(path, {field: odd, **others}, 422)
    assert 'aria-invalid="true"' in page
    assert "This request could not be read" not in page
    for typed in others.values():
        assert typed in page
