"""Clients in finance, insurance and pharma, where governance sets the pace."""

from __future__ import annotations

from web.samples.demo.engagement_builder import EngagementBuilder
from web.samples.demo.firm_builder import FirmBuilder
from web.samples.demo.history import AI, CHARTER, TECHNOLOGY, both_hats, caio, cto


def tell(firm: FirmBuilder) -> None:
    """Record their histories."""
    _bright_harbor(firm)
    _copperfield_insurance(firm)
    _stonebridge_wealth(firm)
    _nimbus_ledger(firm)
    _foxglove_pharma(firm)
    _anvil_payments(firm)


def _bright_harbor(firm: FirmBuilder) -> None:
    harbor = firm.client(
        "Bright Harbor Credit Union",
        "2023-02-27",
        {
            "sector": "banking",
            "headcount": 340,
            "engineers": 26,
            "products": 4,
            "annual_revenue": 58_000_000,
            "regulated": True,
        },
        lead="Declan Byrne",
    )
    letter = EngagementBuilder(harbor, "From two fractional seats to two chiefs", "2023-03-06")
    first = letter.assessed("2023-03-20")
    letter.takes(
        "2023-04-03",
        cto("Owen Gallagher", 40, 10_500),
        caio("Noah Feldman", 24, 8_600),
        why="The examiners ask for one accountable name for model risk.",
        assessment=first,
    )
    letter.writes_down_rights(
        "2023-04-17",
        {
            "ai_risk": "ai",
            "ai_governance": "ai",
            "architecture": "technology",
            "security_and_compliance": "joint",
            "data_governance": "joint",
        },
        50_000,
    )
    letter.spends_up_to("2023-04-17", 20_000, 15_000)
    letter.holds_alignments_every(14, "2023-04-17", "2024-02-05", "Owen Gallagher", "Noah Feldman")
    letter.first_quarter("2023-05-22", "2023-06-05", "2023-06-26")
    letter.first_90_days("2023-04-24", "2023-06-19")
    letter.starts("2023-05-08", "Fraud alerts")
    letter.goes_live("2023-09-18", "Fraud alerts")
    letter.measures("2023-12-11", "Fraud alerts", "losses", "0.92", "0.51", "USD per 1000")
    letter.goes_full_time(
        "2024-02-12", cto("Ruth Adeyemi", full_time=True), "Ruth Adeyemi ran core banking at a larger house."
    )
    letter.holds_alignments_every(14, "2024-02-19", "2025-05-26", "Ruth Adeyemi", "Noah Feldman")
    for on, deliverable in (
        ("2024-03-11", "model_registry"),
        ("2024-05-13", "data_lineage"),
        ("2024-07-15", "output_monitoring"),
    ):
        letter.issues(on, deliverable, AI)
    letter.goes_full_time(
        "2025-06-02", caio("Marcus Thibodeaux", full_time=True), "The model-risk office becomes a department."
    )
    letter.holds_alignments_every(14, "2025-06-09", "2026-05-25", "Ruth Adeyemi", "Marcus Thibodeaux")
    letter.holds_alignments_every(7, "2026-06-01", "2026-11-16", "Ruth Adeyemi", "Marcus Thibodeaux")
    letter.issues("2025-09-15", "stakeholder_impact", AI)
    letter.issues("2025-11-17", "governance_ownership", AI)
    harbor.becomes("2026-01-05", headcount=395, engineers=44, ai_initiatives=9, ai_people=24, annual_revenue=74_000_000)
    letter.issues("2026-02-09", "incident_runbook", AI, "The seventh document; the examiners have read all of them.")
    letter.assessed("2026-04-13", "Asked by the examiners, answered in one page.")
    letter.measures("2026-06-08", "Fraud alerts", "alerts a case", "38", "9", "alerts")


def _copperfield_insurance(firm: FirmBuilder) -> None:
    copper = firm.client(
        "Copperfield Insurance",
        "2023-05-22",
        {
            "sector": "insurance",
            "headcount": 610,
            "engineers": 48,
            "products": 6,
            "annual_revenue": 190_000_000,
            "regulated": True,
        },
        fiscal_year_start_month=10,
        lead="Tomás Arriaga",
    )
    letter = EngagementBuilder(copper, "Counsel to two chiefs", "2023-05-30")
    letter.takes(
        "2023-06-01",
        cto("Adaeze Nwosu", full_time=True),
        caio("Graham Pell", full_time=True, reports_to="cto"),
        why="Both chiefs were there; we were asked to make them one team.",
    )
    letter.writes_down_rights(
        "2023-06-12",
        {"architecture": "technology", "ai_risk": "ai", "data_governance": "technology", "model_evaluation": "ai"},
        60_000,
        "As they had agreed among themselves before we came.",
    )
    letter.observes("2023-08-21", "A01", "Data quality is nobody's: each points at the other's side of a line.")
    letter.writes_down_rights("2023-09-18", {"data_governance": "joint", "mlops": "joint", "model_evaluation": "joint"})
    letter.holds_alignments_every(14, "2023-09-25", "2025-03-24", "Adaeze Nwosu", "Graham Pell")
    letter.clears("2023-12-04", "A01", "Three seam areas are joint and have met six times.")
    letter.first_quarter("2023-07-10", "2023-07-24", "2023-08-07")
    letter.first_90_days("2023-07-03", "2023-08-21")
    letter.starts("2023-06-19", "Claims triage")
    letter.goes_live("2023-11-20", "Claims triage")
    letter.issues_pack("2023-12-04", 12, "ai_capability_map")
    letter.measures("2024-02-12", "Claims triage", "days to a decision", "9.5", "6.0", "days")
    steady = letter.assessed("2025-02-17")
    letter.goes_fractional(
        "2025-03-31",
        caio("Samir Haddad", 24, 8_800),
        "Graham retires; the programme runs and needs a steady hand more than a full week.",
        assessment=steady,
    )
    letter.answers_to("2025-04-14", (AI,), "ceo")
    letter.holds_alignments_every(14, "2025-04-07", "2026-11-09", "Adaeze Nwosu", "Samir Haddad")
    letter.raises("2025-09-08", "Claims data copy", "Whether AI may keep a copy of the claims data")
    letter.settles("2025-09-29", "Claims data copy", "technology")
    letter.raises("2026-01-12", "GPUs in house", "Graphics cards in the data centre or rented")
    letter.settles("2026-02-02", "GPUs in house", "technology", "In the data centre, next year.")
    letter.raises("2026-06-15", "Letters by model", "Whether a model may draft letters of refusal")
    letter.settles("2026-07-06", "Letters by model", "ai", "It may not.")
    letter.reports_hours(AI, "2026-01", "2026-10", 23)
    letter.renews("2026-03-09", "2027-05-31", "2027-03-31")


def _stonebridge_wealth(firm: FirmBuilder) -> None:
    stone = firm.client(
        "Stonebridge Wealth",
        "2024-05-06",
        {
            "sector": "wealth management",
            "headcount": 76,
            "engineers": 8,
            "annual_revenue": 24_000_000,
            "regulated": True,
        },
        lead="Declan Byrne",
    )
    letter = EngagementBuilder(stone, "A CAIO beside the CTO", "2024-05-13")
    letter.takes(
        "2024-06-10",
        cto("Simone Achterberg", full_time=True),
        caio("Noah Feldman", 18, 7_400),
        why="Advisers use chat tools already; the regulator has begun to ask which.",
    )
    letter.writes_down_rights("2024-06-24", {**CHARTER, "security_and_compliance": "technology"}, 20_000)
    letter.holds_alignments_every(14, "2024-06-24", "2026-05-25", "Simone Achterberg", "Noah Feldman")
    letter.holds_alignments_every(7, "2026-06-01", "2026-11-16", "Simone Achterberg", "Noah Feldman")
    letter.first_quarter("2024-07-15", "2024-07-29", "2024-08-26")
    letter.first_90_days("2024-07-22", "2024-09-02")
    letter.starts("2024-09-16", "Meeting notes")
    letter.changes_terms("2024-10-01", caio("Noah Feldman", 10, 5_000), "The first months are over.")
    letter.goes_live("2024-11-25", "Meeting notes")
    letter.issues_pack("2024-12-09", 12, "ai_capability_map")
    letter.measures("2025-02-17", "Meeting notes", "hours of paperwork a week", "6.5", "3.4", "hours")
    letter.renews("2025-12-01", "2026-12-31", "2026-11-30", "One more year; notice by the end of November.")
    letter.reports_hours(AI, "2026-03", "2026-10", 9)
    letter.assessed("2026-09-07", "Before the renewal: what they hold is what the articles would have them hold.")


def _nimbus_ledger(firm: FirmBuilder) -> None:
    nimbus = firm.client(
        "Nimbus Ledger",
        "2023-08-28",
        {
            "sector": "fintech",
            "headcount": 22,
            "engineers": 12,
            "products": 1,
            "annual_revenue": 1_900_000,
            "funding_stage": "seed",
            "regulated": True,
        },
        lead="Nneka Okafor",
    )
    letter = EngagementBuilder(nimbus, "CTO+CAIO", "2023-09-04")
    letter.takes(
        "2023-09-25",
        both_hats("Mei-Lin Zhou", (30, 18), 9_500),
        why="Twelve engineers and one regulator: one accountable leader.",
    )
    letter.writes_down_rights("2023-10-09", CHARTER, 12_000)
    letter.first_quarter("2023-11-13", "2023-11-27", "2023-12-11")
    letter.first_90_days("2023-10-16", "2023-12-04")
    nimbus.becomes("2024-03-04", headcount=51, engineers=24, funding_stage="series_a", annual_revenue=5_200_000)
    advised = letter.assessed("2024-04-15", "The bank partner asked who owns model risk.")
    letter.splits(
        "2024-05-06",
        cto("Mei-Lin Zhou", 36, 8_600),
        caio("Amara Dixon", 14, 5_400),
        "The bank partner wants a named owner of model risk who does not also run deployments.",
        assessment=advised,
    )
    letter.holds_alignments_every(14, "2024-05-13", "2024-11-25", "Mei-Lin Zhou", "Amara Dixon")
    letter.starts("2024-08-05", "Reconciliation agent")
    letter.goes_full_time(
        "2024-12-02", cto("Ilya Sorokin", full_time=True), "Series B closed on Friday; Ilya signed on Monday."
    )
    letter.holds_alignments_every(14, "2024-12-09", "2026-06-08", "Ilya Sorokin", "Amara Dixon")
    nimbus.becomes(
        "2025-01-06", headcount=128, engineers=52, funding_stage="series_b", annual_revenue=17_500_000, ai_initiatives=5
    )
    letter.goes_live("2025-03-03", "Reconciliation agent")
    letter.issues_pack("2025-03-10", 14, "ai_capability_map")
    letter.measures("2025-05-26", "Reconciliation agent", "open breaks at month end", "940", "210", "breaks")
    letter.goes_full_time(
        "2025-08-18", caio("Amara Dixon", full_time=True), "Nimbus asked, Amara said yes, and we let her go gladly."
    )
    nimbus.becomes("2026-02-02", headcount=203, engineers=81, products=3, ai_initiatives=8, ai_people=22)
    letter.hands_over("2026-06-15", (AI,), "Delphine Marchetti", "Amara returns to us; Delphine was her deputy.")
    letter.holds_alignments_every(14, "2026-06-22", "2026-11-09", "Ilya Sorokin", "Delphine Marchetti")


def _foxglove_pharma(firm: FirmBuilder) -> None:
    foxglove = firm.client(
        "Foxglove Therapeutics",
        "2024-11-18",
        {
            "sector": "pharma",
            "headcount": 145,
            "engineers": 18,
            "annual_revenue": 600_000,
            "funding_stage": "series_c_or_later",
            "regulated": True,
        },
        lead="Ingrid Solheim",
    )
    letter = EngagementBuilder(foxglove, "A CTO for the AI they have", "2024-11-25")
    letter.takes(
        "2025-01-20",
        cto("Dana Whitfield", 24, 7_800),
        caio("Wen Castellanos", full_time=True),
        why="The science is led; the machines under it are not.",
    )
    letter.writes_down_rights("2025-02-03", {**CHARTER, "cloud_and_compute": "joint"}, 25_000)
    letter.holds_alignments_every(14, "2025-02-03", "2026-05-25", "Dana Whitfield", "Wen Castellanos")
    letter.holds_alignments_every(7, "2026-06-01", "2026-11-16", "Dana Whitfield", "Wen Castellanos")
    letter.first_quarter("2025-03-17", None)
    letter.first_90_days("2025-03-24", None, "hiring_plan")
    letter.starts("2025-04-14", "Assay ranking")
    letter.goes_live("2025-10-27", "Assay ranking", "The laboratory uses it; nobody counts what it saves.")
    letter.issues("2026-01-19", "model_registry", AI)
    letter.issues("2026-03-16", "data_lineage", AI)
    letter.reports_hours(TECHNOLOGY, "2026-01", "2026-10", 25)
    letter.issues("2026-08-31", "hiring_plan", TECHNOLOGY, "A full-time CTO is worth it from next year on.")
    letter.goes_full_time(
        "2027-02-01", cto("Bram Koster", full_time=True), "Bram Koster has signed for February.", recorded="2026-11-12"
    )


def _anvil_payments(firm: FirmBuilder) -> None:
    anvil = firm.client(
        "Anvil Payments",
        "2025-01-13",
        {
            "sector": "payments",
            "headcount": 180,
            "engineers": 55,
            "products": 3,
            "annual_revenue": 47_000_000,
            "regulated": True,
        },
        lead="Tomás Arriaga",
    )
    letter = EngagementBuilder(anvil, "CTO until the search is done", "2025-01-20")
    letter.takes(
        "2025-01-27",
        cto("Owen Gallagher", 60, 14_000, interim=True),
        caio("Samir Haddad", 16, 6_400),
        why="The CTO left overnight.",
    )
    letter.writes_down_rights("2025-02-10", {**CHARTER, "roadmap_conflicts": "joint"}, 40_000)
    letter.holds_alignments_every(14, "2025-02-10", "2025-06-02", "Owen Gallagher", "Samir Haddad")
    letter.first_quarter("2025-03-03", "2025-03-17", "2025-04-07")
    letter.first_90_days("2025-02-17", "2025-04-14")
    letter.starts("2025-03-10", "Instalment scores")
    letter.goes_live("2025-07-14", "Instalment scores")
    letter.issues_pack("2025-07-21", 12, "ai_capability_map")
    letter.measures("2025-10-06", "Instalment scores", "defaults", "4.4", "3.1", "percent of volume")
    advised = letter.assessed("2025-03-24", "Scores decide who may pay by instalments: AI is the core of the business.")
    letter.goes_full_time(
        "2025-06-16",
        cto("Katarzyna Wilk", full_time=True),
        "Katarzyna was the deputy and knew it all along. A full-time CAIO waits for the next round.",
        assessment=advised,
    )
    letter.holds_alignments_every(14, "2025-06-23", "2026-04-20", "Katarzyna Wilk", "Samir Haddad")
    letter.leaves("2026-04-30", AI, reason="Samir's days went to another client")
    anvil.becomes("2026-05-04", headcount=214, engineers=66, ai_initiatives=5, ai_people=8)
    letter.fills(
        "2026-06-22", caio("Hanna Lindqvist", 22, 7_200, interim=True), "Hanna stands in until the budget is settled."
    )
    letter.holds_alignments_every(7, "2026-06-29", "2026-11-16", "Katarzyna Wilk", "Hanna Lindqvist")
    letter.hands_over("2026-09-14", (AI,), "Hanna Lindqvist", "The budget is settled; Hanna stays.")
    letter.starts("2026-08-10", "Chargeback triage")
