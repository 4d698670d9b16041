"""Halcyon Health in detail: from vacant seats, through one leader with two hats and a split, to two full-time seats."""

from __future__ import annotations

from web.samples.demo.engagement_builder import MONTH, EngagementBuilder
from web.samples.demo.firm_builder import FirmBuilder
from web.samples.demo.history import AI, TECHNOLOGY, both_hats, caio, cto


def tell(firm: FirmBuilder) -> None:
    """Record the history of Halcyon Health."""
    halcyon = firm.client(
        "Halcyon Health",
        "2023-02-14",
        {
            "sector": "digital health",
            "headcount": 24,
            "engineers": 9,
            "products": 1,
            "annual_revenue": 3_200_000,
            "ai_initiatives": 0,
            "funding_stage": "seed",
            "regulated": True,
        },
        fiscal_year_start_month=2,
        lead="Nneka Okafor",
    )
    letter = EngagementBuilder(
        halcyon, "CTO+CAIO", "2023-02-20", "Signed after two conversations with the founder and the chair."
    )
    first = letter.assessed(
        "2023-03-27", "One budget line, one leader. The safety question stays open and is written down."
    )
    letter.takes(
        "2023-04-17",
        both_hats("Dana Whitfield", (40, 24), 11_500),
        why="One product, nine engineers, one budget line: one leader who has shipped clinical models before.",
        assessment=first,
        note="Dana starts, two days a week.",
    )
    letter.writes_down_rights(
        "2023-05-02",
        {
            "architecture": "technology",
            "engineering_hiring": "technology",
            "ai_risk": "ai",
            "ai_governance": "ai",
            "ai_team_hiring": "joint",
        },
        25_000,
        "Both hats are Dana's; the register says which one is on.",
    )
    letter.spends_up_to("2023-05-02", 12_000, 8_000)
    letter.issues(
        "2023-06-05", "technology_read", TECHNOLOGY, "Sound core, no staging environment, one person on call."
    )
    letter.issues(
        "2023-06-12", "ai_capability_map", AI, "The AI readiness audit: what the data allows and what it does not."
    )
    letter.first_90_days("2023-06-19", "2023-07-10", "roadmap", "hiring_plan")
    letter.assessed("2023-06-26", "The board asks how deep Dana is in AI; two products in hospitals answer it.")
    letter.starts("2023-09-04", "Intake summaries", "Summaries of intake calls for the nurses' desk.")
    halcyon.becomes("2023-10-02", headcount=38, engineers=14, ai_initiatives=1, ai_people=2)
    letter.goes_live("2024-01-29", "Intake summaries", "The first model in production, with a nurse in the loop.")
    letter.issues("2024-03-18", "governance_framework", AI, "The AI policy is adopted by the board.")
    halcyon.becomes("2024-04-02", headcount=67, engineers=22, annual_revenue=7_900_000, funding_stage="series_a")
    letter.measures(
        "2024-04-15",
        "Intake summaries",
        "minutes a call",
        "11.5",
        "7.8",
        "minutes",
        "Measured over six weeks, all shifts.",
    )
    letter.observes("2024-05-20", "A12", "Three of four weeks went to the platform; the AI backlog did not move.")
    approved = letter.assessed(
        "2024-06-10", "Split approved: the mandate is too wide for one seat.", recorded="2024-06-11"
    )
    split = letter.splits(
        "2024-06-10",
        cto("Dana Whitfield", 40, 8_500),
        caio("Amara Dixon", 16, 5_200),
        "Dana keeps technology, two days; Amara takes AI, one day a week.",
        assessment=approved,
        recorded="2024-06-12",
    )
    letter.corrects(split, "2024-07-09", "Approved on 10 June, but the new letter begins on 1 July.", on="2024-07-01")
    letter.clears("2024-08-05", "A12", "The AI work has an owner and its own days.")
    letter.writes_down_rights(
        "2024-07-15",
        {
            "data_governance": "joint",
            "model_evaluation": "ai",
            "cloud_and_compute": "joint",
            "security_and_compliance": "joint",
        },
        40_000,
    )
    letter.holds_alignments_every(14, "2024-07-08", "2025-03-10", "Dana Whitfield", "Amara Dixon")
    letter.starts("2024-09-16", "Prior authorisation", "Drafting prior-authorisation letters.")
    letter.issues("2024-11-04", "hiring_plan", TECHNOLOGY, "The search for a full-time CTO opens.")
    letter.raises("2024-11-18", "GPU budget", "Whose budget pays for inference while volumes double")
    letter.settles("2024-12-09", "GPU budget", "ceo", "Half and half until the contract renews.")
    halcyon.becomes("2025-01-06", headcount=118, engineers=41, annual_revenue=16_400_000, ai_initiatives=3, ai_people=5)
    hired = letter.goes_full_time(
        "2025-03-03",
        cto("Elena Brandt", full_time=True),
        "Elena Brandt, from Orion, has signed.",
        recorded="2025-01-27",
    )
    letter.corrects(hired, "2025-02-20", "Her notice period ends two weeks later than she thought.", on="2025-03-17")
    letter.holds_alignments_every(14, "2025-03-24", "2025-12-15", "Elena Brandt", "Amara Dixon")
    letter.goes_live("2025-04-28", "Prior authorisation")
    letter.issues_pack("2025-06-02", 42, "ai_capability_map", "governance_ownership")
    letter.measures("2025-07-14", "Prior authorisation", "days to approval", "6.4", "2.1", "days")
    letter.measures("2025-07-14", "Prior authorisation", "cost a letter", "14.20", "3.90", "USD")
    letter.issues("2025-09-22", "soc2_type_2_report", TECHNOLOGY, "SOC 2 Type II, no exceptions noted.")
    halcyon.becomes("2025-10-01", headcount=176, engineers=58, annual_revenue=29_000_000, funding_stage="series_b")
    letter.leaves(
        "2025-12-19", AI, reason="Amara moves abroad", note="The AI seat is empty until a successor is found."
    )
    letter.fills("2026-02-16", caio("Sofia Lind", 48, 9_800), "Sofia Lind joins, three days a week.")
    letter.holds_alignments_every(14, "2026-03-02", "2026-05-25", "Elena Brandt", "Sofia Lind")
    letter.holds_alignments_every(7, "2026-06-01", "2026-11-16", "Elena Brandt", "Sofia Lind")
    halcyon.becomes(
        "2026-04-01", headcount=221, engineers=69, annual_revenue=38_500_000, ai_initiatives=6, ai_people=11
    )
    case = letter.assessed(
        "2026-05-11",
        "The case for a full-time CAIO: one framework asks for it, others do not; payback is seven months.",
    )
    letter.measures("2026-06-08", "Intake summaries", "minutes a call", None, "6.2", "minutes", "With the new model.")
    letter.reports_hours(AI, "2026-03", "2026-08", 47)
    letter.goes_full_time(
        "2026-09-07",
        caio("Sofia Lind", full_time=True),
        "Sofia joins Halcyon for good.",
        assessment=case,
        recorded="2026-10-12",
    )
    halcyon.becomes("2026-10-01", headcount=240, engineers=74)
    letter.issues("2026-10-19", "governance_ownership", AI, "Every model has a named owner inside Halcyon.")
    letter.closes(
        "2027-01-29", "both seats in house", "The work is done; the last session is in January.", recorded="2026-10-26"
    )
    letter.issues(
        "2024-08-01",
        "roadmap",
        TECHNOLOGY,
        "Found in the shared folder when the file was tidied.",
        recorded="2025-05-14",
        precision=MONTH,
    )
