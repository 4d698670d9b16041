"""Clients whose engagement has ended, and two that returned."""

from __future__ import annotations

from web.samples.demo.engagement_builder import EngagementBuilder
from web.samples.demo.firm_builder import FirmBuilder
from web.samples.demo.history import AI, CHARTER, TECHNOLOGY, both_hats, caio, cto


def tell(firm: FirmBuilder) -> None:
    """Record their histories."""
    _orchard_lane(firm)
    _drayline(firm)
    _ampersand_media(firm)
    _juniper_home_care(firm)
    _tidewater_utilities(firm)
    _kitano_instruments(firm)


def _orchard_lane(firm: FirmBuilder) -> None:
    orchard = firm.client(
        "Orchard Lane Pediatrics",
        "2023-01-16",
        {"sector": "clinics", "headcount": 46, "engineers": 1, "annual_revenue": 7_100_000, "regulated": True},
        lead="Nneka Okafor",
    )
    letter = EngagementBuilder(orchard, "CTO+CAIO", "2023-01-23")
    letter.takes("2023-02-13", both_hats("Priya Raman", (16, 8), 5_200), why="Records first, then the phone.")
    letter.writes_down_rights("2023-02-27", CHARTER, 5_000)
    letter.first_quarter("2023-04-10", "2023-04-24", "2023-05-08")
    letter.starts("2023-08-14", "Appointment line")
    letter.goes_live("2024-02-05", "Appointment line")
    letter.measures("2024-04-29", "Appointment line", "missed calls", "31", "6", "percent")
    letter.closes("2024-09-30", "bought by a hospital group", "The group has its own two chiefs.")


def _drayline(firm: FirmBuilder) -> None:
    drayline = firm.client(
        "Drayline",
        "2023-02-20",
        {"sector": "transport", "headcount": 105, "engineers": 7, "annual_revenue": 28_000_000},
        lead="Tomás Arriaga",
    )
    first = EngagementBuilder(drayline, "Fractional CTO", "2023-02-27")
    first.fills("2023-03-20", cto("Stefan Novak", 28, 6_600), "Out of the data centre by Christmas.")
    first.issues("2023-05-15", "technology_read", TECHNOLOGY)
    first.issues("2023-08-07", "decision_log", TECHNOLOGY)
    first.closes("2024-03-28", "the move to the cloud is done", "Nothing further was asked for.")
    drayline.becomes("2025-01-06", headcount=131, engineers=12, ai_initiatives=2, annual_revenue=35_000_000)
    second = EngagementBuilder(
        drayline, "CTO+CAIO", "2025-05-05", "Back after a year, this time for the AI in dispatch."
    )
    second.takes("2025-06-02", both_hats("Rafael Quintero", (20, 16), 8_400), why="They trust us, and want one face.")
    second.writes_down_rights("2025-06-16", {**CHARTER, "roadmap_conflicts": "joint"}, 12_000)
    second.first_quarter("2025-07-21", "2025-08-04", "2025-08-25")
    second.first_90_days("2025-06-30", "2025-08-18")
    second.assessed("2025-08-25", "One face for now; what Rafael built for the yards is proof of depth.")
    second.starts("2025-09-08", "Dispatch copilot")
    second.reports_hours(AI, "2025-11", "2026-07", 17)
    second.reports_hours(TECHNOLOGY, "2025-11", "2026-07", 19)
    advised = second.assessed("2026-06-22", "Dispatch, sales and claims wait for the same person.")
    second.splits(
        "2026-08-03",
        cto("Rafael Quintero", 20, 5_200),
        caio("Yuki Tanabe", 22, 6_400),
        "Dispatch, sales and claims all queue for AI.",
        assessment=advised,
    )
    second.holds_alignments_every(7, "2026-08-10", "2026-11-16", "Rafael Quintero", "Yuki Tanabe")
    second.spends_up_to("2026-08-17", 5_000, 5_000)
    second.goes_live("2026-08-31", "Dispatch copilot")
    second.measures("2026-11-02", "Dispatch copilot", "empty kilometres", "23", "18", "percent")


def _ampersand_media(firm: FirmBuilder) -> None:
    ampersand = firm.client(
        "Ampersand Media",
        "2023-06-26",
        {"sector": "media", "headcount": 120, "engineers": 10, "products": 2, "annual_revenue": 22_000_000},
        lead="Declan Byrne",
    )
    letter = EngagementBuilder(ampersand, "Two seats", "2023-07-03")
    letter.takes(
        "2023-08-01",
        cto("Owen Gallagher", 16, 4_800),
        caio("Hanna Lindqvist", 16, 5_400),
        why="Archive and newsroom pull in two directions.",
    )
    letter.holds_alignments_every(14, "2023-08-14", "2024-07-29", "Owen Gallagher", "Hanna Lindqvist")
    letter.first_quarter("2023-09-18", "2023-10-02", "2023-10-23")
    letter.raises("2024-01-22", "Archive rights", "Whether the archive may train a model")
    letter.settles("2024-03-11", "Archive rights", "ceo", "Only what the house owns outright.")
    letter.merges(
        "2024-08-05", both_hats("Hanna Lindqvist", (12, 16), 7_600), "Advertising fell; one seat is what is left."
    )
    letter.closes("2025-04-30", "budget", "The house saves on everything that is not reporting.")


def _juniper_home_care(firm: FirmBuilder) -> None:
    juniper = firm.client(
        "Juniper Home Care",
        "2023-05-01",
        {"sector": "healthcare", "headcount": 380, "engineers": 3, "annual_revenue": 26_000_000, "regulated": True},
        fiscal_year_start_month=7,
        lead="Nneka Okafor",
    )
    letter = EngagementBuilder(juniper, "CTO+CAIO", "2023-05-08")
    letter.takes(
        "2023-06-12", both_hats("Dana Whitfield", (20, 8), 6_800), why="Rosters, visits and billing in one place."
    )
    letter.writes_down_rights("2023-06-26", CHARTER, 8_000)
    letter.first_quarter("2023-07-31", "2023-08-14", "2023-09-04")
    letter.goes_full_time(
        "2024-10-14", both_hats("Leila Farouk", full_time=True), "Leila led our roster project from their side."
    )
    letter.closes("2025-01-31", "in-house leader", "Leila has both hats; we part as friends.", recorded="2024-12-09")
    back = EngagementBuilder(
        juniper, "A CAIO beside Leila", "2026-03-02", "Leila asked for a second pair of eyes on AI."
    )
    advised = back.assessed("2026-03-23")
    back.takes(
        "2026-04-06",
        cto("Leila Farouk", full_time=True),
        caio("Sofia Lind", 14, 5_600),
        why="One of Leila's hats goes to somebody else.",
        assessment=advised,
    )
    back.writes_down_rights("2026-04-20", CHARTER, 8_000)
    back.holds_alignments_every(14, "2026-04-20", "2026-08-24", "Leila Farouk", "Sofia Lind")
    back.issues("2026-06-01", "ai_capability_map", AI)
    back.issues("2026-06-08", "technology_read", TECHNOLOGY)
    back.first_90_days("2026-05-11", None)
    back.hands_over("2026-09-07", (AI,), "Hanna Lindqvist", "Sofia joins another client for good.")
    back.holds_alignments_every(14, "2026-09-14", "2026-10-12", "Leila Farouk", "Hanna Lindqvist")


def _tidewater_utilities(firm: FirmBuilder) -> None:
    tidewater = firm.client(
        "Tidewater Utilities",
        "2023-09-25",
        {"sector": "utilities", "headcount": 520, "engineers": 16, "annual_revenue": 140_000_000, "regulated": True},
        lead="Tomás Arriaga",
    )
    letter = EngagementBuilder(tidewater, "Fractional CTO", "2023-10-02")
    letter.fills("2023-10-30", cto("Kwabena Asante", 32, 8_000, reports_to="coo"), "Outage maps that people believe.")
    letter.issues("2024-01-15", "technology_read", TECHNOLOGY)
    letter.pauses("2024-06-03", "A rate case before the commission.")
    letter.resumes("2024-09-16", "The commission has decided.")
    letter.closes("2025-02-28", "the budget went to the sea wall", recorded="2025-04-14")


def _kitano_instruments(firm: FirmBuilder) -> None:
    kitano = firm.client(
        "Kitano Instruments",
        "2024-10-14",
        {"sector": "manufacturing", "headcount": 230, "engineers": 35, "products": 5, "annual_revenue": 61_000_000},
        fiscal_year_start_month=4,
        lead="Ingrid Solheim",
    )
    letter = EngagementBuilder(kitano, "AI beside the CTO", "2024-10-21")
    letter.takes(
        "2024-11-18",
        cto("Satoshi Maruyama", full_time=True),
        caio("Yuki Tanabe", 12, 5_200, reports_to="cto"),
        why="Mr Maruyama asked for a peer who has shipped.",
    )
    letter.writes_down_rights("2024-12-02", CHARTER, 3_000)
    letter.holds_alignments_every(14, "2024-12-02", "2026-05-18", "Satoshi Maruyama", "Yuki Tanabe")
    letter.first_quarter(None, "2025-01-20", "2025-02-17")
    letter.starts("2025-03-03", "Calibration drift")
    doubtful = letter.goes_live("2025-06-09", "Calibration drift")
    letter.retracts(doubtful, "2025-07-14", "It was a pilot on one bench; it is not in production.")
    letter.goes_live("2025-11-24", "Calibration drift", "Now on every bench.")
    letter.closes("2026-05-29", "handed to an in-house team", "Six engineers in Nagano run it without us.")
