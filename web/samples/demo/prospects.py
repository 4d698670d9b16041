"""New clients, clients with plans, and prospects."""

from __future__ import annotations

from web.samples.demo.engagement_builder import EngagementBuilder
from web.samples.demo.firm_builder import FirmBuilder
from web.samples.demo.history import AI, CHARTER, TECHNOLOGY, both_hats, caio, cto


def tell(firm: FirmBuilder) -> None:
    """Record their histories."""
    _helix_and_hare(firm)
    _solstice_solar(firm)
    _bellwether_legal(firm)
    _amber_coast_bakeries(firm)
    _fjordline_seafood(firm)
    _prospects(firm)


def _helix_and_hare(firm: FirmBuilder) -> None:
    helix = firm.client(
        "Helix & Hare",
        "2026-10-05",
        {
            "sector": "biotech",
            "headcount": 31,
            "engineers": 10,
            "products": 1,
            "funding_stage": "series_a",
            "regulated": True,
        },
        lead="Nneka Okafor",
    )
    letter = EngagementBuilder(
        helix, "Finding the structure", "2026-10-19", "Four weeks of listening before anybody sits down."
    )
    advised = letter.assessed(
        "2026-11-09",
        "One leader fits the budget; the safety rule says otherwise, and is written down.",
        recorded="2026-11-10",
    )
    letter.takes(
        "2026-12-07",
        both_hats("Dana Whitfield", (24, 16), 9_800),
        why="One product, ten engineers, one budget line.",
        assessment=advised,
        recorded="2026-11-16",
    )


def _solstice_solar(firm: FirmBuilder) -> None:
    solstice = firm.client(
        "Solstice Solar",
        "2025-05-19",
        {"sector": "energy", "headcount": 64, "engineers": 18, "products": 1, "annual_revenue": 15_000_000},
        lead="Tomás Arriaga",
    )
    letter = EngagementBuilder(solstice, "CTO+CAIO", "2025-05-26")
    letter.takes(
        "2025-06-23",
        both_hats("Mei-Lin Zhou", (22, 14), 8_300),
        why="Roof plans from satellite pictures, by a team of three.",
    )
    letter.writes_down_rights("2025-07-07", CHARTER, 12_000)
    letter.first_quarter("2025-08-18", "2025-09-01", "2025-09-15")
    letter.first_90_days("2025-07-14", "2025-09-08")
    letter.assessed("2025-09-15", "The first quarter: Mei-Lin's three shipped models are in the file.")
    letter.starts("2025-09-15", "Roof reader")
    letter.reports_hours(AI, "2025-11", "2026-10", 12)
    letter.reports_hours(TECHNOLOGY, "2025-11", "2026-10", 23)
    solstice.becomes("2026-07-06", headcount=103, engineers=29, products=2, ai_initiatives=4, annual_revenue=26_500_000)
    letter.goes_live("2026-08-31", "Roof reader")
    advised = letter.assessed("2026-10-05", "The growth of the summer in figures.")
    letter.splits(
        "2027-01-11",
        cto("Mei-Lin Zhou", 26, 6_400),
        caio("Yuki Tanabe", 24, 6_900),
        "Agreed with the board in October; Yuki is free from January.",
        assessment=advised,
        recorded="2026-10-28",
    )
    letter.measures("2026-11-09", "Roof reader", "site visits a contract", "2.4", "1.3", "visits")


def _bellwether_legal(firm: FirmBuilder) -> None:
    bell = firm.client(
        "Bellwether Legal",
        "2024-12-02",
        {
            "sector": "legal",
            "headcount": 112,
            "engineers": 6,
            "products": 2,
            "annual_revenue": 19_000_000,
            "regulated": True,
        },
        currency="GBP",
        lead="Declan Byrne",
    )
    letter = EngagementBuilder(bell, "Two seats", "2024-12-09")
    letter.takes(
        "2025-01-13",
        cto("Stefan Novak", 12, 3_900),
        caio("Hanna Lindqvist", 18, 6_300),
        why="Clients' questionnaires ask for both names.",
    )
    letter.writes_down_rights("2025-01-27", {**CHARTER, "security_and_compliance": "joint"}, 12_000)
    letter.holds_alignments_every(14, "2025-01-27", "2026-05-25", "Stefan Novak", "Hanna Lindqvist")
    letter.holds_alignments_every(7, "2026-06-01", "2026-11-16", "Stefan Novak", "Hanna Lindqvist")
    letter.first_quarter("2025-03-03", "2025-03-17", "2025-03-31")
    letter.first_90_days("2025-02-03", "2025-04-07")
    letter.starts("2025-03-10", "Disclosure review")
    letter.goes_live("2025-07-07", "Disclosure review")
    letter.issues_pack("2025-07-14", 12, "ai_capability_map")
    letter.measures("2025-09-22", "Disclosure review", "documents an hour", "48", "171", "documents")
    letter.renews("2026-01-26", "2027-01-12", "2026-10-12", "To be agreed with the arrival of a CAIO of their own.")
    advised = letter.assessed("2026-08-31", "Enough work for a CAIO of their own; the partners begin to look.")
    hired = letter.goes_full_time(
        "2027-01-04",
        caio("Imogen Clarke", full_time=True),
        "An offer is out.",
        assessment=advised,
        recorded="2026-09-28",
    )
    letter.corrects(
        hired, "2026-11-09", "She has signed, for February.", on="2027-02-08", note="Imogen Clarke has signed."
    )


def _amber_coast_bakeries(firm: FirmBuilder) -> None:
    amber = firm.client(
        "Amber Coast Bakeries",
        "2026-01-19",
        {"sector": "food", "headcount": 540, "engineers": 2, "annual_revenue": 48_000_000},
        lead="Tomás Arriaga",
    )
    letter = EngagementBuilder(amber, "Fractional CAIO", "2026-01-26")
    advised = letter.assessed("2026-02-09")
    letter.fills(
        "2026-02-23",
        caio("Noah Feldman", 14, 5_400),
        "Tills and ovens are bought in; forecasting is the money.",
        assessment=advised,
    )
    letter.writes_down_rights("2026-03-09", {"ai_risk": "ai", "ai_strategy": "ai"}, 6_000)
    letter.issues("2026-04-27", "ai_capability_map", AI)
    letter.starts("2026-06-01", "Dough forecast")
    letter.observes("2026-10-19", "A09", "The forecast waits for an interface that nobody is there to build.")
    letter.fills("2027-03-01", cto("Kwabena Asante", 16, 4_800), "Once the new tills are in.", recorded="2026-11-17")


def _fjordline_seafood(firm: FirmBuilder) -> None:
    fjord = firm.client(
        "Fjordline Seafood",
        "2026-09-07",
        {"sector": "food", "headcount": 175, "engineers": 3, "annual_revenue": 39_000_000},
        currency="EUR",
        lead="Ingrid Solheim",
    )
    EngagementBuilder(fjord, "CTO+CAIO", "2027-01-18", "Signed early; the season ends first.", recorded="2026-11-10")


def _prospects(firm: FirmBuilder) -> None:
    firm.client(
        "Cobalt Shipyards",
        "2026-08-24",
        {"sector": "industrial", "headcount": 900, "engineers": 20, "annual_revenue": 210_000_000},
        lead="Tomás Arriaga",
    )
    firm.client(
        "Larkspur Dental", "2026-10-12", {"sector": "clinics", "headcount": 34, "regulated": True}, lead="Nneka Okafor"
    )
    maple = firm.client(
        "Maple Street Bank",
        "2026-05-11",
        {"sector": "banking", "headcount": 150, "engineers": 9, "annual_revenue": 29_000_000, "regulated": True},
        lead="Declan Byrne",
    )
    maple.becomes("2026-10-26", engineers=12, ai_initiatives=1)
