"""The page of the advice report, and the column of drift about the newest assessment."""

from __future__ import annotations

from pathlib import Path

from api_client import served
from browsing import Visitor, text_of
from test_api_advice import LARGE, Engagement


def test_the_page_shows_what_became_of_assessments_and_drift_names_the_newest(data_dir: Path) -> None:
    with served(data_dir) as firm:
        admin = Visitor(firm)
        assert "No client was assessed in these quarters." in text_of(admin.get("/reports/advice"))
        followed, partly = Engagement(firm, "Ada"), Engagement(firm, "Bea")
        followed.assess("2026-01-10", LARGE)
        followed.choose("2026-02-09", "full_time", "full_time")
        taken = partly.assess("2026-01-10", LARGE)
        partly.choose("2026-02-09", "fractional", assessment=taken["id"])
        page = admin.get("/reports/advice?from=2026-Q1&to=2026-Q2&as_of=2026-06-30")
        words = text_of(page)
        assert "Followed in part 1" in words
        assert "2026-Q1 1 1 0 0 30" in words
        assert "report=advice" in page
        assert "row=2026-Q1.in_part" in page
        drift = text_of(admin.get("/reports/drift", as_of="2026-06-30"))
        assert "Followed in part on 9 Feb 2026" in drift
        assert "Advice" in text_of(admin.get("/reports"))
