"""What a sign is about, in words for people."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sign_cases import runs
from story import AI, DANA, TECHNOLOGY, chosen, day, given, on, two_hats

from domain.kinds.work import HoursReported, InitiativeLive, InitiativeStarted
from projections.sign_runs import ShownSign
from web.pages.signs.sign_words import detail_words


def about(sign: str, *milestones: object) -> str:
    story = given(chosen("2024-02-01", two_hats(DANA)), *milestones)  # type: ignore[arg-type]
    (run,) = runs(sign, story)
    shown = ShownSign(UUID(int=1), run, run.stretches[-1], day("2025-01-01").toordinal(), is_over=False)
    return detail_words(shown)


def test_areas_functions_and_deliverables_of_a_sign_are_shown_by_their_names() -> None:
    assert about("A06") == "Architecture, AI risk"
    hours = [on("2024-06-01", HoursReported(f"2024-0{m}", TECHNOLOGY, Decimal(9)), f"hours {m}") for m in (2, 3, 4)]
    assert about("A12", *hours) == "AI"
    hours = [on("2024-06-01", HoursReported(f"2024-0{m}", AI, Decimal(9)), f"hours {m}") for m in (2, 3, 4)]
    assert about("A12", *hours) == "Technology"
    live = on("2024-02-02", InitiativeStarted("helpdesk_bot")), on("2024-02-03", InitiativeLive("helpdesk_bot"))
    assert about("X05", *live).startswith("AI capability map, Model registry, Data lineage")


def test_what_a_client_calls_its_initiative_is_shown_as_it_is_written() -> None:
    live = on("2024-02-02", InitiativeStarted("helpdesk_bot")), on("2024-02-03", InitiativeLive("helpdesk_bot"))
    assert "helpdesk_bot" in about("W03", *live)
