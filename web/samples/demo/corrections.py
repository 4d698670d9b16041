"""Clients whose record was corrected, or who returned to an earlier structure."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import cast

from domain.kinds.seats import HandedOver, SeatFilled
from domain.kinds.work import OutcomeMeasured
from domain.milestones import Details
from domain.seats import Hours
from web.samples.demo.engagement_builder import MONTH, QUARTER, YEAR, EngagementBuilder
from web.samples.demo.firm_builder import FirmBuilder
from web.samples.demo.history import AI, CHARTER, TECHNOLOGY, both_hats, caio, cto


def tell(firm: FirmBuilder) -> None:
    """Record their histories."""
    _osprey_aerial(firm)
    _babel_house(firm)
    _pemberton_hotels(firm)
    _torchlight_security(firm)
    _hearth_and_field(firm)
    _rosewater_cosmetics(firm)
    _latchkey_homes(firm)


def _osprey_aerial(firm: FirmBuilder) -> None:
    osprey = firm.client(
        "Osprey Aerial",
        "2023-07-03",
        {"sector": "aerospace", "headcount": 66, "engineers": 30, "products": 2, "funding_stage": "series_a"},
        lead="Tomás Arriaga",
    )
    letter = EngagementBuilder(osprey, "CTO+CAIO", "2023-07-10")
    letter.takes(
        "2023-08-07", both_hats("Rafael Quintero", (40, 16), 11_000), why="Flight software and perception, one leader."
    )
    letter.writes_down_rights("2023-08-21", {**CHARTER, "model_evaluation": "joint"}, 20_000)
    letter.first_quarter("2023-09-25", "2023-10-09", "2023-10-30")
    letter.first_90_days("2023-08-28", "2023-10-23")
    letter.splits(
        "2024-03-04",
        cto("Rafael Quintero", 40, 8_200),
        caio("Yuki Tanabe", 16, 5_600),
        "Perception grew into a team of its own.",
    )
    letter.starts("2024-04-15", "Landing zones")
    letter.holds_alignments_every(14, "2024-03-18", "2024-11-11", "Rafael Quintero", "Yuki Tanabe")
    letter.goes_full_time(
        "2024-11-18", cto("Curtis Bellamy", full_time=True), "Curtis Bellamy, from satellite ground control."
    )
    letter.observes("2025-02-17", "A07", "Curtis has cancelled four meetings in a row.")
    letter.goes_live("2025-05-12", "Landing zones")
    letter.issues_pack("2025-05-19", 12, "ai_capability_map")
    letter.measures("2025-08-04", "Landing zones", "aborted landings", "3.1", "0.9", "percent")
    letter.leaves("2025-08-29", TECHNOLOGY, reason="resigned", note="Curtis goes to a competitor.")
    letter.fills("2025-09-15", cto("Dana Whitfield", 40, 10_200, interim=True), "Dana holds the fort, two days a week.")
    letter.holds_alignments_every(14, "2025-09-22", "2026-01-05", "Dana Whitfield", "Yuki Tanabe")
    letter.clears("2025-11-03", "A07", "Dana and Yuki meet every second Monday.")
    letter.hands_over("2026-01-12", (TECHNOLOGY,), "Rafael Quintero", "Rafael is free again and knows the code.")
    letter.holds_alignments_every(14, "2026-01-19", "2026-05-25", "Rafael Quintero", "Yuki Tanabe")
    letter.holds_alignments_every(7, "2026-06-01", "2026-11-16", "Rafael Quintero", "Yuki Tanabe")
    letter.reports_hours(TECHNOLOGY, "2026-02", "2026-10", 39)
    osprey.becomes("2026-03-02", headcount=97, engineers=46, funding_stage="series_b", ai_initiatives=3)


def _babel_house(firm: FirmBuilder) -> None:
    babel = firm.client(
        "Babel House",
        "2023-11-06",
        {"sector": "services", "headcount": 52, "engineers": 7, "products": 1, "annual_revenue": 8_800_000},
        currency="EUR",
        lead="Ingrid Solheim",
    )
    letter = EngagementBuilder(babel, "Two seats", "2023-11-13")
    chosen = letter.takes(
        "2023-12-04",
        cto("Lucie Fontaine", 14, 4_000),
        caio("Beatriz Moura", 18, 5_800),
        why="Machine translation is the market now; the platform is an afterthought that must not be one.",
    )
    letter.writes_down_rights("2023-12-18", CHARTER, 6_000)
    letter.holds_alignments_every(14, "2023-12-18", "2025-01-27", "Lucie Fontaine", "Beatriz Moura")
    letter.first_quarter("2024-02-05", "2024-02-12", "2024-03-04")
    letter.first_90_days("2024-01-08", "2024-02-26")
    letter.corrects(
        chosen, "2024-05-20", "The signed letter says 11 December; the fourth was the handshake.", on="2023-12-11"
    )
    letter.starts("2024-01-22", "Draft and review")
    letter.goes_live("2024-06-03", "Draft and review")
    letter.measures("2024-08-26", "Draft and review", "words a translator a day", "2300", "5100", "words")
    letter.issues_pack("2024-09-02", 21, "ai_capability_map", "stakeholder_impact", "incident_runbook")
    letter.leaves("2025-01-31", TECHNOLOGY, reason="the budget for a second seat ended")
    letter.adds_hat(
        "2025-03-03", TECHNOLOGY, (8, 18), 7_200, "Beatriz takes technology too; the platform is bought, not built."
    )
    letter.assessed("2025-05-05", "One leader for both, and it is the one who has trained translation models.")
    letter.starts("2025-05-19", "Terminology check")
    letter.corrects(
        letter.measures("2025-09-15", "Draft and review", "words a translator a day", "2300", "7400", "words"),
        "2025-11-03",
        "The figure counted test projects.",
        details=_six_thousand_six_hundred,
    )
    letter.reports_hours(AI, "2025-12", "2026-10", 18)
    letter.reports_hours(TECHNOLOGY, "2025-12", "2026-10", 7)


def _pemberton_hotels(firm: FirmBuilder) -> None:
    hotels = firm.client(
        "Pemberton Hotels",
        "2024-07-22",
        {"sector": "hospitality", "headcount": 820, "engineers": 6, "annual_revenue": 96_000_000},
        currency="GBP",
        lead="Declan Byrne",
    )
    letter = EngagementBuilder(hotels, "Fractional CTO", "2024-07-29")
    letter.fills(
        "2024-09-02", cto("Stefan Novak", 20, 5_800, reports_to="coo"), "Booking, keys and tills, from nine vendors."
    )
    letter.issues("2024-11-11", "technology_read", TECHNOLOGY)
    letter.first_90_days("2024-10-07", None, "roadmap")
    wrong = letter.fills("2025-03-10", caio("Noah Feldman", 12, 4_900), "Noah starts with the revenue desk.")
    letter.retracts(wrong, "2025-03-28", "The board stopped it before his first day; the entry was made too soon.")
    letter.issues("2025-06-02", "roadmap", TECHNOLOGY)
    hotels.becomes("2025-10-01", name="Pemberton & Rowe", headcount=1240, annual_revenue=151_000_000)
    letter.changes_terms(
        "2025-10-13", cto("Stefan Novak", 32, 8_600, reports_to="coo"), "Rowe's eleven houses come on top."
    )
    letter.fills("2026-04-13", caio("Beatriz Moura", 12, 5_100), "Now in earnest: pricing and the night audit.")
    letter.writes_down_rights("2026-04-27", CHARTER, 10_000)
    letter.holds_alignments_every(14, "2026-04-27", "2026-11-16", "Stefan Novak", "Beatriz Moura")
    letter.starts("2026-05-04", "Night audit", "Waits for the nine vendors.")
    letter.issues("2026-07-06", "ai_capability_map", AI)
    letter.issues("2026-09-21", "ai_strategy", AI, "Forty pages; the houses ask when they will see any of it.")


def _torchlight_security(firm: FirmBuilder) -> None:
    torch = firm.client(
        "Torchlight Security",
        "2023-03-06",
        {"sector": "software", "headcount": 43, "engineers": 22, "products": 1, "funding_stage": "series_a"},
        lead="Nneka Okafor",
    )
    letter = EngagementBuilder(torch, "Beside a founder", "2023-03-13")
    letter.takes(
        "2023-03-13",
        both_hats("Anneke de Wit", full_time=True),
        why="The founder holds both hats and wants somebody to test them on.",
    )
    letter.writes_down_rights("2023-03-27", {"architecture": "technology", "ai_risk": "ai"})
    letter.issues("2023-06-05", "technology_read", TECHNOLOGY)
    letter.first_90_days("2023-04-03", "2025-01-13")
    letter.goes_fractional(
        "2024-10-07",
        both_hats("Mei-Lin Zhou", (44, 28), 13_500),
        "Anneke becomes chair; Mei-Lin takes both hats, three days.",
    )
    letter.writes_down_rights("2024-10-21", {"data_governance": "joint", "security_and_compliance": "joint"}, 25_000)
    letter.starts("2024-11-11", "Alert grouping")
    letter.issues("2024-12-16", "ai_capability_map", AI)
    letter.issues("2025-02-03", "governance_framework", AI)
    letter.goes_live("2025-07-21", "Alert grouping")
    letter.issues_pack("2025-07-28", 12, "ai_capability_map")
    letter.measures("2025-10-13", "Alert grouping", "alerts an analyst a shift", "380", "96", "alerts")
    torch.becomes("2026-05-01", headcount=88, engineers=45, products=2, ai_initiatives=4, funding_stage="series_b")
    letter.splits(
        "2026-05-04",
        cto("Mei-Lin Zhou", 44, 9_900),
        caio("Amara Dixon", 12, 5_200, interim=True),
        "Amara bridges until the search for a permanent CAIO ends.",
    )
    letter.holds_alignments_every(7, "2026-05-11", "2026-11-16", "Mei-Lin Zhou", "Amara Dixon")
    letter.observes("2026-10-12", "W05", "Two renewals wait for the grouping of alerts; the plan has it after them.")


def _hearth_and_field(firm: FirmBuilder) -> None:
    hearth = firm.client(
        "Hearth & Field",
        "2023-10-02",
        {"sector": "agriculture", "headcount": 150, "engineers": 8, "annual_revenue": 33_000_000},
        lead="Declan Byrne",
    )
    letter = EngagementBuilder(
        hearth, "CTO+CAIO", "2023-10-01", "The letter says October; nobody remembers the day.", precision=MONTH
    )
    letter.takes(
        "2023-11-13",
        both_hats("Kwabena Asante", (18, 10), 6_400),
        why="Sensors in four hundred fields and one person who reads them.",
    )
    letter.writes_down_rights("2023-12-04", CHARTER, 8_000)
    letter.first_90_days("2024-01-08", "2024-10-21")
    advised = letter.assessed("2024-06-03", "The fields ask Kwabena for both things on the same day.")
    split = letter.splits(
        "2024-07-08",
        cto("Kwabena Asante", 18, 4_600),
        caio("Hanna Lindqvist", 12, 4_400),
        "Yield models get a leader.",
        assessment=advised,
        recorded="2024-07-15",
    )
    handover = letter.log(
        "2024-09-02",
        HandedOver((TECHNOLOGY,), firm.person("Stefan Novak")),
        "Stefan lives an hour from the fields.",
        recorded="2024-09-05",
    )
    letter.changes(
        "2024-11-25",
        "Both were entered a month early; the invoices show it.",
        letter.correction(split, "The invoice for July is still for one seat.", on="2024-08-05"),
        letter.correction(handover, "Kwabena's last invoice is for September.", on="2024-10-01"),
    )
    letter.issues(
        "2024-01-01", "technology_read", TECHNOLOGY, "Sometime in the winter.", recorded="2025-01-20", precision=QUARTER
    )
    letter.issues(
        "2025-01-01", "governance_framework", AI, "Known by the year only.", recorded="2026-02-10", precision=YEAR
    )
    letter.issues(
        "2024-05-01", "ai_capability_map", AI, "Found on the old drive.", recorded="2024-11-20", precision=MONTH
    )
    letter.starts("2024-09-16", "Yield model")
    letter.holds_alignments_every(14, "2024-10-14", "2026-11-16", "Stefan Novak", "Hanna Lindqvist")
    letter.goes_live("2025-04-07", "Yield model", recorded="2025-10-20")
    letter.measures("2025-06-30", "Yield model", "forecast error", "19", "8", "percent", recorded="2025-11-17")
    letter.issues_pack("2025-09-01", 21, "ai_capability_map")
    letter.renews("2026-01-12", "2027-01-15", "2026-12-15", "Two months to decide whether it goes on as it is.")
    letter.reports_hours(AI, "2026-03", "2026-10", 12)


def _rosewater_cosmetics(firm: FirmBuilder) -> None:
    rose = firm.client(
        "Rosewater Cosmetics",
        "2024-03-18",
        {"sector": "consumer", "headcount": 57, "engineers": 1, "products": 1, "annual_revenue": 9_400_000},
        currency="EUR",
        lead="Ingrid Solheim",
    )
    letter = EngagementBuilder(rose, "Fractional CAIO", "2024-03-25")
    letter.fills("2024-04-22", caio("Beatriz Moura", 16, 5_600), "Skin advice by photo; the shop itself is rented.")
    letter.issues("2024-06-24", "ai_capability_map", AI)
    letter.starts("2024-07-01", "Shade finder")
    letter.goes_live("2024-10-07", "Shade finder")
    letter.measures("2024-12-16", "Shade finder", "returns", "12.5", "7.9", "percent")
    filled = letter.fills(
        "2025-06-09", cto("Lucie Fontaine", 10, 3_400), "The rented shop is outgrown.", recorded="2025-06-11"
    )
    letter.corrects(filled, "2025-07-02", "Agreed were twelve hours, not ten.", details=_twelve_hours)
    letter.holds_alignments_every(14, "2025-06-23", "2026-08-31", "Lucie Fontaine", "Beatriz Moura")
    rose.becomes("2026-01-01", headcount=74, engineers=4, ai_initiatives=2, annual_revenue=12_900_000)
    letter.hands_over("2026-09-07", (AI,), "Samir Haddad", "Beatriz moves to the hotels; Samir knows the product.")
    letter.holds_alignments_every(14, "2026-09-14", "2026-11-09", "Lucie Fontaine", "Samir Haddad")
    letter.observes("2026-10-26", "W09", "The founders draw the two seats again each quarter, and write nothing down.")


def _latchkey_homes(firm: FirmBuilder) -> None:
    latchkey = firm.client(
        "Latchkey Homes",
        "2025-03-31",
        {"sector": "proptech", "headcount": 39, "engineers": 11, "products": 1, "funding_stage": "seed"},
        lead="Nneka Okafor",
    )
    letter = EngagementBuilder(latchkey, "CTO+CAIO", "2025-04-07", recorded="2025-05-19")
    letter.takes(
        "2025-04-28",
        both_hats("Priya Raman", (22, 14), 8_200),
        why="Viewings, keys and contracts in one flow.",
        recorded="2025-05-19",
    )
    letter.writes_down_rights("2025-05-26", CHARTER, 10_000)
    letter.first_quarter("2025-06-16", "2025-06-30", "2025-07-21")
    letter.first_90_days("2025-05-26", "2025-07-14")
    letter.leaves("2026-02-27", AI, note="The AI half is set aside while the round closes; Priya keeps technology.")
    letter.adds_hat("2026-06-01", AI, (20, 16), 8_600, "The round is closed.")
    latchkey.becomes("2026-05-18", headcount=61, engineers=19, funding_stage="series_a", ai_initiatives=2)
    letter.assessed("2026-06-15", "Both hats again; Priya has two lease models behind her, from another house.")
    letter.starts("2026-07-13", "Lease reader")
    letter.issues("2026-09-07", "architecture_read", TECHNOLOGY, "Keys, viewings and contracts on one platform.")
    letter.issues("2026-10-26", "roadmap", TECHNOLOGY, "Four quarters; AI has a heading and no lines under it.")


def _six_thousand_six_hundred(details: Details) -> Details:
    return replace(cast("OutcomeMeasured", details), value=Decimal(6600))


def _twelve_hours(details: Details) -> Details:
    filled = cast("SeatFilled", details)
    return replace(filled, seat=replace(filled.seat, hours_per_month=Hours(technology=Decimal(12))))
