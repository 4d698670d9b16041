"""Clients served by two fractional seats."""

from __future__ import annotations

from web.samples.demo.engagement_builder import EngagementBuilder
from web.samples.demo.firm_builder import FirmBuilder
from web.samples.demo.history import AI, TECHNOLOGY, both_hats, caio, cto


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
    letter.first_quarter("2023-06-26", "2023-07-10", "2023-08-14")
    letter.writes_down_rights(
        "2023-05-22",
        {"ai_risk": "ai", "architecture": "technology", "mlops": "joint", "cloud_and_compute": "joint"},
        30_000,
    )
    letter.holds_alignments_every(28, "2023-05-29", "2023-11-13", "Kwabena Asante", "Beatriz Moura")
    letter.starts("2023-07-03", "load-forecast")
    letter.goes_live("2023-11-20", "load-forecast")
    letter.measures("2024-03-18", "load-forecast", "balancing cost", "2.9", "2.2", "percent of revenue")
    letter.raises("2024-04-22", "retraining-window", "Nightly retraining against nightly settlement")
    letter.settles("2024-05-06", "retraining-window", "technology", "Settlement first; training has until six.")
    grid.becomes("2024-09-02", headcount=140, engineers=41, ai_initiatives=6, ai_people=16, annual_revenue=33_000_000)
    letter.goes_full_time(
        "2024-10-07",
        caio("Tobias Rehm", full_time=True),
        "The forecasting team is sixteen people and wants a chief in the room.",
    )
    letter.holds_alignments_every(28, "2026-02-02", "2026-10-26", "Kwabena Asante", "Tobias Rehm")
    letter.reports_hours(TECHNOLOGY, "2026-01", "2026-10", 29)
    letter.starts("2025-02-03", "battery-dispatch")
    letter.goes_live("2025-09-08", "battery-dispatch")
    letter.measures("2026-03-09", "battery-dispatch", "margin a cycle", "31", "44", "USD")


def _cadence_learning(firm: FirmBuilder) -> None:
    cadence = firm.client(
        "Cadence Learning",
        "2024-06-10",
        {"sector": "education", "headcount": 58, "engineers": 15, "products": 2, "funding_stage": "series_a"},
        fiscal_year_start_month=8,
        lead="Nneka Okafor",
    )
    letter = EngagementBuilder(cadence, "Two seats", "2024-06-17")
    letter.assessed("2024-07-01")
    letter.takes(
        "2024-07-15",
        cto("Priya Raman", 20, 5_200),
        caio("Hanna Lindqvist", 16, 5_000),
        why="Schools ask about AI before they ask about price.",
    )
    letter.first_quarter("2024-09-09", "2024-09-30", "2024-11-04")
    letter.holds_alignments_every(14, "2026-05-04", "2026-11-09", "Priya Raman", "Hanna Lindqvist")
    letter.raises("2025-09-15", "pupil-data", "Whether essays may leave the region for grading")
    letter.settles("2025-09-29", "pupil-data", "ai", "They may not; the model moves instead.")
    letter.raises("2026-02-09", "reading-coach-capacity", "Reading coach or single sign-on first")
    letter.settles("2026-02-23", "reading-coach-capacity", "joint")
    letter.raises("2026-10-12", "exam-season-freeze", "Whether models freeze in the exam season")
    letter.starts("2024-10-07", "reading-coach")
    letter.goes_live("2025-04-28", "reading-coach")
    letter.measures("2025-12-08", "reading-coach", "reading age gained a term", "0.31", "0.46", "years")
    letter.reports_hours(TECHNOLOGY, "2026-02", "2026-10", 20)
    letter.reports_hours(AI, "2026-02", "2026-10", 15)
    cadence.becomes("2026-08-03", headcount=83, engineers=22, ai_initiatives=4)


def _parallax_games(firm: FirmBuilder) -> None:
    parallax = firm.client(
        "Parallax Games",
        "2024-09-30",
        {"sector": "gaming", "headcount": 28, "engineers": 16, "products": 1, "funding_stage": "seed"},
        lead="Tomás Arriaga",
    )
    letter = EngagementBuilder(parallax, "Two seats", "2024-10-07")
    letter.assessed("2024-10-21", "We advised one leader; the founder wanted two.")
    letter.takes(
        "2024-11-04",
        cto("Owen Gallagher", 18, 4_900),
        caio("Samir Haddad", 14, 4_700),
        why="The founder wanted both at once.",
    )
    letter.observes(
        "2025-02-03", "A10", "Both came in one quarter, at twenty-eight people; guidance contradicts itself."
    )
    letter.raises("2025-02-17", "engine-or-tools", "Which of two engines the tools are built for")
    letter.settles("2025-03-17", "engine-or-tools", "ceo")
    letter.merges(
        "2025-05-12",
        both_hats("Samir Haddad", (16, 16), 7_800),
        "One leader is enough here, and it is the one who ships models.",
    )
    letter.clears("2025-06-30", "A10", "One roadmap since May.")
    letter.starts("2025-07-21", "npc-dialogue")
    letter.goes_live("2026-06-08", "npc-dialogue")
    parallax.becomes("2026-01-19", headcount=36, engineers=21, ai_initiatives=2, funding_stage="series_a")


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
    letter.first_quarter("2024-06-17", "2024-08-05")
    letter.starts("2024-07-08", "surface-inspection")
    letter.goes_live("2025-01-27", "surface-inspection")
    letter.measures("2025-07-07", "surface-inspection", "escaped defects", "310", "120", "parts per million")
    letter.meets("2024-09-10", "Rafael Quintero", "Yuki Tanabe")
    letter.meets("2025-03-18", "Rafael Quintero", "Yuki Tanabe")
    letter.observes("2026-01-26", "A07", "The last joint meeting was ten months ago.")
    letter.hands_over("2026-03-02", (TECHNOLOGY,), "Stefan Novak", "Rafael moves to a client nearer home.")
    letter.raises("2026-06-01", "edge-or-cloud", "Inspection at the line or in the data centre")
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
    letter.first_quarter("2025-05-12", "2025-05-26", "2025-06-23")
    letter.holds_alignments_every(28, "2026-01-12", "2026-10-19", "Lucie Fontaine", "Beatriz Moura")
    letter.starts("2025-06-09", "pattern-generator")
    letter.goes_live("2025-12-01", "pattern-generator")
    letter.measures("2026-06-22", "pattern-generator", "samples before an order", "5.2", "2.8", "samples")
