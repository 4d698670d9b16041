"""Clients that began with one function held and the other vacant."""

from __future__ import annotations

from web.samples.demo.engagement_builder import EngagementBuilder
from web.samples.demo.firm_builder import FirmBuilder
from web.samples.demo.history import AI, CHARTER, TECHNOLOGY, caio, cto


def tell(firm: FirmBuilder) -> None:
    """Record their histories."""
    _redwing_outfitters(firm)
    _marlowe_and_finch(firm)
    _morrow_diagnostics(firm)
    _tessellate_robotics(firm)
    _saltmarsh_foods(firm)
    _clearwell_water(firm)


def _redwing_outfitters(firm: FirmBuilder) -> None:
    redwing = firm.client(
        "Redwing Outfitters",
        "2023-03-20",
        {"sector": "retail", "headcount": 130, "engineers": 9, "products": 1, "annual_revenue": 42_000_000},
        lead="Tomás Arriaga",
    )
    letter = EngagementBuilder(redwing, "Fractional CTO", "2023-03-27")
    letter.fills("2023-04-24", cto("Stefan Novak", 30, 7_000), "The web shop first; nobody speaks of AI yet.")
    letter.issues("2023-06-19", "technology_read", TECHNOLOGY)
    letter.first_90_days("2023-05-15", "2024-08-26", "roadmap")
    letter.issues("2023-09-11", "roadmap", TECHNOLOGY)
    letter.adds_hat(
        "2024-06-03",
        AI,
        (26, 12),
        8_900,
        "Buyers ask for demand forecasts, and Stefan takes the second hat, though he has only bought such things.",
    )
    letter.writes_down_rights(
        "2024-06-17", {"architecture": "technology", "ai_risk": "ai", "ai_build_or_buy": "joint"}, 30_000
    )
    letter.issues("2024-07-29", "ai_capability_map", AI)
    letter.issues("2024-08-19", "governance_framework", AI)
    letter.starts("2024-09-09", "Demand forecast")
    letter.goes_live("2025-02-17", "Demand forecast", "With a supplier's model.")
    redwing.becomes("2025-03-03", headcount=164, engineers=18, products=2, ai_initiatives=3, annual_revenue=55_000_000)
    letter.issues_pack("2025-03-03", 14, "ai_capability_map")
    letter.measures("2025-05-12", "Demand forecast", "markdowns", "14.1", "10.6", "percent of sales")
    advised = letter.assessed("2025-11-24", "Before the budget for 2026.")
    letter.splits(
        "2026-01-12",
        cto("Stefan Novak", 28, 6_800),
        caio("Samir Haddad", 16, 5_800),
        "Stores, site and supply chain all want a counterpart for AI.",
        assessment=advised,
    )
    letter.writes_down_rights("2026-01-26", {"mlops": "technology", "ai_strategy": "ai", "tool_selection": "joint"})
    letter.renews("2026-01-26", "2027-04-23", "2027-03-23")
    letter.holds_alignments_every(14, "2026-01-19", "2026-05-25", "Stefan Novak", "Samir Haddad")
    letter.holds_alignments_every(7, "2026-06-01", "2026-11-16", "Stefan Novak", "Samir Haddad")
    letter.reports_hours(TECHNOLOGY, "2026-02", "2026-10", 28)
    letter.reports_hours(AI, "2026-02", "2026-10", 17)
    letter.observes("2026-09-21", "W04", "Samir's sixteen hours go to meetings; three models are still not evaluated.")


def _marlowe_and_finch(firm: FirmBuilder) -> None:
    marlowe = firm.client(
        "Marlowe & Finch",
        "2023-06-12",
        {"sector": "legal", "headcount": 210, "engineers": 2, "annual_revenue": 64_000_000, "regulated": True},
        fiscal_year_start_month=5,
        lead="Declan Byrne",
    )
    letter = EngagementBuilder(marlowe, "Fractional CAIO", "2023-06-19")
    advised = letter.assessed("2023-07-03", "The frameworks disagree on who comes first; the partners want AI.")
    letter.fills(
        "2023-07-24",
        caio("Hanna Lindqvist", 18, 6_400),
        "The document system works; nobody owns the question of AI.",
        assessment=advised,
    )
    letter.writes_down_rights("2023-08-14", {"ai_risk": "ai"}, 15_000)
    letter.issues("2023-09-18", "ai_capability_map", AI)
    letter.issues("2023-11-06", "governance_framework", AI, "What may be put into a model, and what may never.")
    letter.starts("2024-01-15", "Contract first read")
    letter.observes("2024-05-13", "A09", "The plan assumes an integration that nobody is there to build.")
    letter.fills(
        "2024-11-11",
        cto("Owen Gallagher", 16, 4_400),
        "Somebody must own what the models stand on.",
        assessment=advised,
    )
    letter.clears("2024-12-02", "A09", "Owen owns the platform and reviews every AI plan with Hanna.")
    letter.writes_down_rights(
        "2024-12-02",
        {"architecture": "technology", "data_governance": "joint", "security_and_compliance": "joint"},
        15_000,
    )
    letter.issues("2025-01-13", "technology_read", TECHNOLOGY)
    letter.first_90_days("2024-12-09", "2023-10-09")
    letter.holds_alignments_every(14, "2024-11-25", "2026-11-09", "Owen Gallagher", "Hanna Lindqvist")
    letter.goes_live("2025-03-24", "Contract first read")
    letter.issues_pack("2025-04-07", 14, "ai_capability_map")
    letter.measures("2025-06-16", "Contract first read", "hours a contract", "3.6", "1.9", "hours")
    marlowe.becomes("2026-01-12", headcount=236, engineers=4, ai_initiatives=3, ai_people=3)
    letter.measures("2026-09-28", "Contract first read", "clauses missed", "4.1", "1.2", "percent")


def _morrow_diagnostics(firm: FirmBuilder) -> None:
    morrow = firm.client(
        "Morrow Diagnostics",
        "2023-10-23",
        {
            "sector": "medtech",
            "headcount": 88,
            "engineers": 21,
            "products": 2,
            "annual_revenue": 14_000_000,
            "funding_stage": "series_b",
            "regulated": True,
        },
        lead="Nneka Okafor",
    )
    letter = EngagementBuilder(morrow, "Advice to the board", "2023-10-30")
    letter.fills(
        "2023-12-04",
        caio("Farah Siddiqui", full_time=True),
        "The board hired a CAIO before anybody held technology; we were asked to steady it.",
    )
    letter.writes_down_rights("2024-01-15", {"ai_risk": "ai", "ai_governance": "ai"})
    advised = letter.assessed("2024-02-12", "A chief for AI, and nobody for what it stands on.")
    letter.observes("2024-03-04", "A09", "Excellent plans, and no engineering capacity behind any of them.")
    letter.fills(
        "2024-07-15",
        cto("Priya Raman", 34, 8_800),
        "Priya takes the platform for as long as the search for a full-time CTO lasts.",
        assessment=advised,
    )
    letter.writes_down_rights("2024-07-29", {**CHARTER, "model_evaluation": "joint"}, 25_000)
    letter.holds_alignments_every(14, "2024-07-29", "2026-05-25", "Priya Raman", "Farah Siddiqui")
    letter.holds_alignments_every(7, "2026-06-01", "2026-11-16", "Priya Raman", "Farah Siddiqui")
    letter.clears("2024-09-09", "A09", "The first release planned by both shipped on its day.")
    letter.first_quarter("2024-09-23", "2024-10-07", "2024-10-21")
    letter.first_90_days("2024-08-12", "2024-02-26")
    letter.starts("2025-01-13", "Slide triage")
    letter.goes_live("2025-11-10", "Slide triage", "Cleared for use as a second reader.")
    letter.issues_pack("2025-11-17", 14, "ai_capability_map")
    letter.measures("2026-02-02", "Slide triage", "slides an hour", "22", "35", "slides")
    letter.reports_hours(TECHNOLOGY, "2026-01", "2026-10", 35)
    morrow.becomes("2026-03-02", headcount=127, engineers=33, ai_initiatives=4, ai_people=14)


def _tessellate_robotics(firm: FirmBuilder) -> None:
    robots = firm.client(
        "Tessellate Robotics",
        "2023-08-07",
        {"sector": "manufacturing", "headcount": 74, "engineers": 29, "products": 2, "funding_stage": "series_a"},
        lead="Tomás Arriaga",
    )
    letter = EngagementBuilder(robots, "AI beside the CTO", "2023-08-14")
    letter.fills("2023-08-14", cto("Henrik Aalto", full_time=True), "Henrik founded the team and stays its CTO.")
    letter.starts("2023-08-21", "Grasp planning")
    letter.starts("2023-08-21", "Line inspection")
    letter.observes("2023-12-11", "A02", "Vision work happens on evenings; four demos and nothing on a line.")
    advised = letter.assessed("2024-01-22")
    letter.fills(
        "2024-03-11",
        caio("Noah Feldman", 22, 7_200, reports_to="cto"),
        "Noah joins Henrik, who asked for it.",
        assessment=advised,
    )
    letter.writes_down_rights("2024-03-25", {**CHARTER, "mlops": "joint"}, 20_000)
    letter.holds_alignments_every(14, "2024-03-25", "2026-05-25", "Henrik Aalto", "Noah Feldman")
    letter.holds_alignments_every(7, "2026-06-01", "2026-11-16", "Henrik Aalto", "Noah Feldman")
    letter.first_quarter("2023-10-02", "2024-04-15", "2024-05-13")
    letter.first_90_days("2023-09-04", "2024-05-27")
    letter.raises("2024-04-29", "Vision budget", "Cameras for the lab or servers for the cell controllers")
    letter.settles("2024-05-13", "Vision budget", "technology")
    letter.goes_live("2024-06-24", "Grasp planning")
    letter.clears("2024-07-08", "A02", "The grasp model runs on two customer lines.")
    letter.issues_pack("2024-07-08", 12, "ai_capability_map")
    letter.changes_terms(
        "2024-08-19", caio("Noah Feldman", 10, 4_800), "After half a year ten hours a month are enough."
    )
    letter.measures("2024-09-09", "Grasp planning", "failed picks", "6.8", "2.4", "percent")
    letter.raises("2024-10-07", "Release window", "Whether models ship with the controllers or between them")
    letter.settles("2024-10-21", "Release window", "technology", "With the controllers, twice a year.")
    letter.answers_to("2025-06-02", (AI,), "ceo", "AI became strategy, and the line moved with it.")
    letter.raises("2025-06-16", "Customer data", "Whether pictures of customers' parts may be used for training")
    letter.settles("2025-06-30", "Customer data", "joint", "Only where the contract allows it.")
    robots.becomes("2025-09-01", headcount=118, engineers=47, products=3, funding_stage="series_b", ai_initiatives=5)
    letter.raises("2025-09-15", "Models off cycle", "A safety model cannot wait half a year for a controller release")
    letter.settles("2025-10-06", "Models off cycle", "joint", "Safety models ship when both sign.")
    letter.reports_hours(AI, "2026-05", "2026-10", 10)


def _saltmarsh_foods(firm: FirmBuilder) -> None:
    saltmarsh = firm.client(
        "Saltmarsh Foods",
        "2024-08-19",
        {"sector": "food", "headcount": 320, "engineers": 5, "annual_revenue": 71_000_000},
        currency="GBP",
        lead="Declan Byrne",
    )
    letter = EngagementBuilder(saltmarsh, "Fractional CTO", "2024-08-26")
    letter.fills("2024-09-23", cto("Kwabena Asante", 24, 6_200, reports_to="coo"), "Three plants, three order systems.")
    letter.issues("2024-11-25", "technology_read", TECHNOLOGY)
    letter.first_90_days("2024-10-14", None, "roadmap")
    letter.issues("2025-02-24", "roadmap", TECHNOLOGY)
    letter.pauses("2025-06-02", "A new owner reviews every contract.")
    letter.resumes("2025-08-11", "The review kept us.")
    letter.reports_hours(TECHNOLOGY, "2026-01", "2026-08", 22)
    letter.pauses("2026-09-21", "The merger with a dairy takes all attention until spring.", recorded="2026-09-17")


def _clearwell_water(firm: FirmBuilder) -> None:
    clearwell = firm.client(
        "Clearwell Water",
        "2024-01-15",
        {"sector": "utilities", "headcount": 450, "engineers": 14, "annual_revenue": 120_000_000, "regulated": True},
        fiscal_year_start_month=4,
        currency="GBP",
        lead="Ingrid Solheim",
    )
    letter = EngagementBuilder(clearwell, "Fractional CTO", "2024-01-22")
    letter.fills(
        "2024-02-26",
        cto("Lucie Fontaine", 40, 9_600, reports_to="coo"),
        "Metering and billing, with the regulator watching.",
    )
    letter.issues("2024-05-13", "technology_read", TECHNOLOGY)
    letter.first_90_days("2024-04-08", None, "hiring_plan")
    letter.issues("2024-09-02", "hiring_plan", TECHNOLOGY)
    letter.goes_full_time(
        "2025-04-07", cto("Gareth Pugh", full_time=True, reports_to="coo"), "Gareth Pugh, from the gas network."
    )
    clearwell.becomes("2025-09-01", engineers=17, ai_initiatives=2)
    letter.starts("2025-09-15", "Leak detection", "Two engineers of the metering team, beside their work.")
    letter.starts("2026-02-02", "Pump schedules", "A supplier's pilot at one station.")
    clearwell.becomes("2026-04-01", headcount=470, engineers=19, ai_initiatives=4, ai_people=3)
    letter.observes("2026-04-20", "A04", "Leak detection is the board's first topic, and it is the CTO's eleventh.")
    letter.assessed("2026-05-11", "Nobody owns AI, and the board knows it.")
