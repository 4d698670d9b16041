"""Clients served by two fractional seats."""

from __future__ import annotations

from web.samples.demo.engagement_builder import EngagementBuilder
from web.samples.demo.firm_builder import FirmBuilder
from web.samples.demo.history import AI, CHARTER, TECHNOLOGY, both_hats, caio, cto


def tell(firm: FirmBuilder) -> None:
    """Record their histories."""
    _verdant_grid(firm)
    _cadence_learning(firm)
    _parallax_games(firm)
    _ironvale_components(firm)
    _casa_azulejo(firm)


def _verdant_grid(firm: FirmBuilder) -> None:
    grid = firm.client(
        "Verdant Grid",
        "2023-04-03",
        {
            "sector": "energy",
            "headcount": 95,
            "engineers": 27,
            "products": 2,
            "annual_revenue": 18_000_000,
            "regulated": True,
        },
        lead="Ingrid Solheim",
    )
    letter = EngagementBuilder(grid, "Two seats", "2023-04-10")
    letter.takes(
        "2023-05-08",
        cto("Kwabena Asante", 28, 7_200),
        caio("Beatriz Moura", 20, 7_000),
        why="Grid forecasting is the product; it needs an owner of its own from the first day.",
    )
    letter.first_quarter("2023-06-26", "2023-07-10", "2023-07-31")
    letter.first_90_days("2023-05-29", "2023-07-24")
    letter.writes_down_rights("2023-05-22", {**CHARTER, "mlops": "joint", "cloud_and_compute": "joint"}, 30_000)
    letter.holds_alignments_every(14, "2023-05-22", "2024-10-07", "Kwabena Asante", "Beatriz Moura")
    letter.starts("2023-07-03", "Load forecast")
    letter.goes_live("2023-10-23", "Load forecast")
    letter.issues_pack("2023-11-06", 14, "ai_capability_map")
    letter.measures("2024-01-15", "Load forecast", "balancing cost", "2.9", "2.2", "percent of revenue")
    letter.raises("2024-04-22", "Retraining window", "Nightly retraining against nightly settlement")
    letter.settles("2024-05-06", "Retraining window", "technology", "Settlement first; training has until six.")
    grid.becomes("2024-09-02", headcount=140, engineers=41, ai_initiatives=6, ai_people=16, annual_revenue=33_000_000)
    advised = letter.assessed("2024-09-09", "Sixteen people forecast, and their leader is here one day a week.")
    letter.goes_full_time(
        "2024-10-14",
        caio("Tobias Rehm", full_time=True),
        "The forecasting team is sixteen people and wants a chief in the room.",
        assessment=advised,
    )
    letter.holds_alignments_every(14, "2024-10-21", "2026-05-25", "Kwabena Asante", "Tobias Rehm")
    letter.holds_alignments_every(7, "2026-06-01", "2026-11-16", "Kwabena Asante", "Tobias Rehm")
    letter.reports_hours(TECHNOLOGY, "2026-01", "2026-10", 29)
    letter.starts("2025-02-03", "Battery dispatch")
    letter.goes_live("2025-09-08", "Battery dispatch")
    letter.measures("2026-03-09", "Battery dispatch", "margin a cycle", "31", "44", "USD")
    letter.renews("2025-05-05", "2027-05-08", "2027-03-08")
    letter.assessed(
        "2026-04-27", "Settlement runs on a standard platform now; what is left of it needs one day a week."
    )


def _cadence_learning(firm: FirmBuilder) -> None:
    cadence = firm.client(
        "Cadence Learning",
        "2024-06-10",
        {"sector": "education", "headcount": 58, "engineers": 15, "products": 2, "funding_stage": "series_a"},
        fiscal_year_start_month=8,
        lead="Nneka Okafor",
    )
    letter = EngagementBuilder(cadence, "Two seats", "2024-06-17")
    first = letter.assessed("2024-07-01")
    letter.takes(
        "2024-07-15",
        cto("Priya Raman", 20, 5_200),
        caio("Hanna Lindqvist", 16, 5_000),
        why="Schools ask about AI before they ask about price.",
        assessment=first,
    )
    letter.writes_down_rights("2024-07-29", {**CHARTER, "model_evaluation": "joint"}, 15_000)
    letter.holds_alignments_every(14, "2024-07-29", "2026-05-25", "Priya Raman", "Hanna Lindqvist")
    letter.holds_alignments_every(7, "2026-06-01", "2026-11-16", "Priya Raman", "Hanna Lindqvist")
    letter.first_quarter("2024-08-26", "2024-09-16", "2024-10-07")
    letter.first_90_days("2024-08-05", "2024-09-30")
    letter.starts("2024-08-19", "Reading coach")
    letter.goes_live("2025-01-06", "Reading coach")
    letter.issues_pack("2025-01-13", 14, "ai_capability_map")
    letter.measures("2025-03-31", "Reading coach", "reading age gained a term", "0.31", "0.46", "years")
    letter.raises("2025-09-15", "Pupil data", "Whether essays may leave the region for grading")
    letter.settles("2025-09-29", "Pupil data", "ai", "They may not; the model moves instead.")
    letter.raises("2026-02-09", "Reading coach capacity", "Reading coach or single sign-on first")
    letter.settles("2026-02-23", "Reading coach capacity", "joint")
    letter.reports_hours(TECHNOLOGY, "2026-02", "2026-10", 20)
    letter.reports_hours(AI, "2026-02", "2026-10", 15)
    letter.spends_up_to("2026-03-02", 6_000, 4_500)
    cadence.becomes("2026-08-03", headcount=83, engineers=22, ai_initiatives=4)
    advised = letter.assessed("2026-08-24", "Twenty-two engineers, and a CTO who is here two and a half days a month.")
    letter.declines(
        "2026-09-14",
        advised,
        "The school year's budget is closed. A full-time CTO is in the plan for August 2027; until then two days more.",
    )
    letter.raises("2026-11-02", "Exam season freeze", "Whether models freeze in the exam season")


def _parallax_games(firm: FirmBuilder) -> None:
    parallax = firm.client(
        "Parallax Games",
        "2024-09-30",
        {"sector": "gaming", "headcount": 28, "engineers": 16, "products": 1, "funding_stage": "seed"},
        lead="Tomás Arriaga",
    )
    letter = EngagementBuilder(parallax, "Two seats", "2024-10-07")
    one_seat = letter.assessed("2024-10-21", "We advise one leader; the founder wants two.")
    letter.declines("2024-10-28", one_seat, "The founder wants a counterpart for the engine and one for the models.")
    letter.takes(
        "2024-11-04",
        cto("Owen Gallagher", 18, 4_900),
        caio("Samir Haddad", 14, 4_700),
        why="The founder wanted both at once.",
    )
    letter.writes_down_rights("2024-11-18", CHARTER, 10_000)
    letter.holds_alignments_every(14, "2024-11-18", "2025-05-05", "Owen Gallagher", "Samir Haddad")
    letter.first_quarter("2024-12-16", "2025-01-13", "2025-06-02")
    letter.first_90_days("2024-11-25", "2025-06-16")
    letter.observes(
        "2025-02-03", "A10", "Both came in one quarter, at twenty-eight people; guidance contradicts itself."
    )
    letter.raises("2025-02-17", "Engine or tools", "Which of two engines the tools are built for")
    letter.settles("2025-03-17", "Engine or tools", "ceo")
    letter.merges(
        "2025-05-12",
        both_hats("Samir Haddad", (16, 16), 7_800),
        "One leader is enough here, and it is the one who ships models.",
        assessment=one_seat,
    )
    letter.clears("2025-06-30", "A10", "One roadmap since May.")
    letter.starts("2025-07-21", "NPC dialogue")
    letter.assessed("2025-08-04", "A quarter with one leader: it carries both, and the backlog shows it.")
    parallax.becomes("2026-01-19", headcount=36, engineers=21, ai_initiatives=2, funding_stage="series_a")
    letter.reports_hours(AI, "2026-01", "2026-10", 17)
    letter.reports_hours(TECHNOLOGY, "2026-01", "2026-10", 16)
    letter.goes_live("2026-09-07", "NPC dialogue")
    letter.measures("2026-11-02", "NPC dialogue", "lines a writer a day", "55", "140", "lines")


def _ironvale_components(firm: FirmBuilder) -> None:
    ironvale = firm.client(
        "Ironvale Components",
        "2024-02-26",
        {"sector": "industrial", "headcount": 260, "engineers": 12, "annual_revenue": 83_000_000},
        lead="Declan Byrne",
    )
    letter = EngagementBuilder(ironvale, "Two seats", "2024-03-04")
    letter.fills("2024-04-02", cto("Rafael Quintero", 24, 6_500, reports_to="coo"))
    letter.fills("2024-05-21", caio("Yuki Tanabe", 12, 4_500), "Quality inspection by camera is the owner's own idea.")
    letter.writes_down_rights(
        "2024-06-03",
        {"architecture": "technology", "ai_risk": "ai", "mlops": "technology", "model_evaluation": "ai"},
        12_000,
        "The owner likes clear lines: every area has one name.",
    )
    letter.first_quarter("2024-06-17", "2024-08-05")
    letter.first_90_days("2024-05-06", None)
    letter.starts("2024-07-08", "Surface inspection")
    letter.meets("2024-09-10", "Rafael Quintero", "Yuki Tanabe")
    letter.goes_live("2025-01-27", "Surface inspection")
    letter.meets("2025-03-18", "Rafael Quintero", "Yuki Tanabe")
    letter.measures("2025-04-14", "Surface inspection", "escaped defects", "310", "120", "parts per million")
    letter.observes("2026-01-26", "A07", "The last joint meeting was ten months ago.")
    letter.hands_over("2026-03-02", (TECHNOLOGY,), "Stefan Novak", "Rafael moves to a client nearer home.")
    letter.raises("2026-06-01", "Edge or cloud", "Inspection at the line or in the data centre")
    letter.reports_hours(AI, "2026-04", "2026-10", 11)


def _casa_azulejo(firm: FirmBuilder) -> None:
    casa = firm.client(
        "Casa Azulejo",
        "2025-02-17",
        {"sector": "construction", "headcount": 71, "engineers": 4, "products": 1, "annual_revenue": 16_700_000},
        currency="EUR",
        lead="Ingrid Solheim",
    )
    letter = EngagementBuilder(
        casa, "Duas cadeiras", "2025-02-24", "The letter is in Portuguese; the summary in the file is ours."
    )
    letter.takes(
        "2025-03-24",
        cto("Lucie Fontaine", 12, 3_800),
        caio("Beatriz Moura", 12, 4_000),
        why="The configurator needs an engineer, the pattern generator needs somebody who has trained one.",
    )
    letter.writes_down_rights("2025-04-07", CHARTER, 5_000)
    letter.holds_alignments_every(14, "2025-04-07", "2026-05-25", "Lucie Fontaine", "Beatriz Moura")
    letter.holds_alignments_every(7, "2026-06-01", "2026-11-16", "Lucie Fontaine", "Beatriz Moura")
    letter.first_quarter("2025-05-12", "2025-05-26", "2025-06-16")
    letter.first_90_days("2025-04-14", "2025-06-09")
    letter.starts("2025-06-09", "Pattern generator")
    letter.goes_live("2025-09-15", "Pattern generator")
    letter.measures("2025-12-08", "Pattern generator", "samples before an order", "5.2", "2.8", "samples")
    letter.issues("2026-01-12", "model_registry", AI)
    advised = letter.assessed("2026-03-02", "Said again after a year: four engineers need one leader.")
    letter.declines(
        "2026-03-16", advised, "Tenders ask for a name for technology and one for AI, and the owner wants both."
    )
