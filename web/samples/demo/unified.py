"""Clients that began with one leader and two hats."""

from __future__ import annotations

from web.samples.demo.engagement_builder import QUARTER, EngagementBuilder
from web.samples.demo.firm_builder import FirmBuilder
from web.samples.demo.history import AI, BOTH, CHARTER, TECHNOLOGY, both_hats, caio, cto


def tell(firm: FirmBuilder) -> None:
    """Record their histories."""
    _kestrel_freight(firm)
    _quillstream(firm)
    _lumen_and_loom(firm)
    _fathom_analytics(firm)
    _open_table_trust(firm)
    _skylark_travel(firm)


def _kestrel_freight(firm: FirmBuilder) -> None:
    kestrel = firm.client(
        "Kestrel Freight",
        "2023-01-30",
        {"sector": "logistics", "headcount": 61, "engineers": 11, "products": 1, "annual_revenue": 21_000_000},
        lead="Tomás Arriaga",
    )
    letter = EngagementBuilder(kestrel, "CTO+CAIO", "2023-02-06")
    first = letter.assessed("2023-02-20")
    letter.takes(
        "2023-03-06",
        both_hats("Rafael Quintero", (36, 12), 9_800),
        why="Dispatch runs on spreadsheets; the platform comes first and AI follows it.",
        assessment=first,
    )
    letter.first_quarter("2023-04-24", "2023-05-15", "2023-05-29")
    letter.first_90_days("2023-03-27", "2023-05-22")
    letter.starts("2023-10-09", "ETA forecast", "Arrival times for the yards, from telematics.")
    letter.goes_live("2024-03-11", "ETA forecast")
    letter.issues_pack("2024-03-25", 14, "ai_capability_map")
    letter.measures(
        "2024-06-03", "ETA forecast", "late arrivals", "18.2", "11.9", "percent", "First full quarter in use."
    )
    kestrel.becomes("2024-04-01", headcount=84, engineers=19, ai_initiatives=2, annual_revenue=27_500_000)
    letter.splits(
        "2024-09-02",
        cto("Rafael Quintero", 36, 7_400),
        caio("Yuki Tanabe", 14, 4_600),
        "The forecasting work needs its own days; Rafael keeps the platform.",
    )
    letter.writes_down_rights(
        "2024-09-16", {**CHARTER, "ai_infrastructure": "joint"}, 20_000, "What two people share must be written down."
    )
    letter.spends_up_to("2024-09-16", 9_000, 6_000)
    letter.holds_alignments_every(14, "2024-09-16", "2025-05-12", "Rafael Quintero", "Yuki Tanabe")
    kestrel.becomes("2025-04-01", headcount=112, engineers=31, ai_initiatives=3, annual_revenue=36_000_000)
    letter.goes_full_time("2025-05-19", cto("Marisol Vega", full_time=True), "Marisol Vega comes from a port operator.")
    letter.holds_alignments_every(14, "2025-05-26", "2026-05-25", "Marisol Vega", "Yuki Tanabe")
    letter.holds_alignments_every(7, "2026-06-01", "2026-11-16", "Marisol Vega", "Yuki Tanabe")
    letter.starts("2025-07-14", "Yard planner")
    letter.renews("2025-09-08", "2026-09-07", "2026-08-07")
    letter.goes_live("2026-02-09", "Yard planner")
    letter.measures("2026-05-04", "Yard planner", "idle trailer hours a day", "410", "288", "hours")
    letter.changes_terms("2026-07-01", caio("Yuki Tanabe", 18, 5_600), "A third warehouse joins the programme.")
    letter.reports_hours(AI, "2026-02", "2026-10", 16)
    kestrel.becomes("2026-07-01", headcount=139, engineers=38, ai_initiatives=5)
    letter.assessed("2026-08-17", "Late, three weeks before the renewal; what they have is what they need.")
    letter.renews("2026-09-01", "2027-09-06", "2027-08-06", "Renewed as it stands.")


def _quillstream(firm: FirmBuilder) -> None:
    quill = firm.client(
        "Quillstream",
        "2023-05-08",
        {"sector": "publishing software", "headcount": 17, "engineers": 8, "products": 1, "funding_stage": "seed"},
        lead="Ingrid Solheim",
    )
    letter = EngagementBuilder(quill, "CTO+CAIO", "2023-05-15")
    first = letter.assessed("2023-05-29")
    letter.takes(
        "2023-06-05",
        both_hats("Mei-Lin Zhou", (30, 20), 9_200),
        why="An editor that writes with you: product and model are one roadmap.",
        assessment=first,
    )
    letter.writes_down_rights("2023-06-19", CHARTER, 15_000)
    letter.first_quarter("2023-07-17", "2023-07-31", "2023-08-28")
    letter.first_90_days("2023-06-26", None)
    letter.starts("2023-09-18", "Style coach")
    letter.goes_live("2023-12-11", "Style coach", "Opt-in, for paying teams.")
    letter.measures("2024-03-04", "Style coach", "weekly retention", "41", "53", "percent")
    letter.issues("2024-04-15", "model_registry", AI)
    letter.issues("2024-05-27", "output_monitoring", AI)
    quill.becomes("2024-05-01", headcount=26, engineers=13, funding_stage="series_a", ai_initiatives=2)
    letter.goes_full_time(
        "2025-01-13",
        both_hats("Jonah Reyes", full_time=True),
        "Jonah built ranking systems for ten years and has run a team of forty: both hats, one chair.",
    )
    letter.starts("2025-01-27", "Headline tests")
    letter.issues("2025-03-10", "roadmap", TECHNOLOGY)
    letter.issues("2025-04-14", "ai_strategy", AI)
    letter.goes_live("2025-06-02", "Headline tests")
    letter.measures("2025-08-18", "Headline tests", "headlines taken over unchanged", "22", "37", "percent")
    quill.becomes("2026-01-05", headcount=44, engineers=23, ai_initiatives=4, ai_people=6, annual_revenue=6_100_000)
    letter.observes("2026-09-14", "A12", "Two quarters without an AI entry in the decision log; outages took the time.")
    letter.assessed("2026-09-21", "Two products now, and a leader who says so himself.")


def _lumen_and_loom(firm: FirmBuilder) -> None:
    loom = firm.client(
        "Lumen & Loom",
        "2023-09-11",
        {"sector": "fashion ecommerce", "headcount": 33, "engineers": 6, "products": 1, "annual_revenue": 12_400_000},
        currency="EUR",
        lead="Ingrid Solheim",
    )
    letter = EngagementBuilder(loom, "CTO+CAIO", "2023-09-18")
    letter.takes(
        "2023-10-16", both_hats("Lucie Fontaine", (24, 12), 7_600), why="Fit and returns are the same question."
    )
    letter.writes_down_rights("2023-10-30", CHARTER, 8_000)
    letter.first_quarter("2023-12-04", "2023-12-18", "2024-01-08")
    letter.first_90_days("2023-11-06", "2024-01-02")
    letter.splits(
        "2024-10-14",
        cto("Lucie Fontaine", 24, 5_400),
        caio("Beatriz Moura", 12, 4_200),
        "A second market and a recommendation engine at once.",
    )
    letter.holds_alignments_every(14, "2024-10-21", "2025-08-25", "Lucie Fontaine", "Beatriz Moura")
    letter.raises("2025-01-20", "Feature store", "Whether the feature store is platform or product")
    letter.settles("2025-02-03", "Feature store", "joint", "Platform runs it, AI decides what goes in.")
    letter.observes("2025-06-16", "A10", "Two roadmaps for a team of six; the founder reads neither.")
    one_seat = letter.assessed("2025-08-18", "Asked by the founder after a quarter of two roadmaps.")
    letter.merges(
        "2025-09-01",
        both_hats("Lucie Fontaine", (28, 12), 7_900),
        "Six engineers do not carry two leaders; Lucie takes both hats again.",
        assessment=one_seat,
    )
    letter.clears("2025-10-06", "A10", "One roadmap, read aloud in the Monday meeting.")
    letter.starts("2025-10-20", "Size advisor")
    loom.becomes("2026-01-01", headcount=35, engineers=7, annual_revenue=13_800_000)
    letter.reports_hours(AI, "2025-12", "2026-06", 11)
    letter.reports_hours(TECHNOLOGY, "2025-12", "2026-10", 27)
    letter.reports_hours(AI, "2026-07", "2026-10", 0)
    letter.issues("2026-09-14", "output_monitoring", AI, "Four pages, and none of it is running yet.")


def _fathom_analytics(firm: FirmBuilder) -> None:
    fathom = firm.client(
        "Fathom Analytics",
        "2025-07-28",
        {"sector": "software", "headcount": 14, "engineers": 7, "products": 1, "funding_stage": "seed"},
        lead="Declan Byrne",
    )
    letter = EngagementBuilder(fathom, "CTO+CAIO", "2025-08-04")
    first = letter.assessed("2025-08-18")
    letter.takes(
        "2025-08-25",
        both_hats("Kwabena Asante", (20, 16), 8_000),
        why="Too small for two, too deep in AI for none.",
        assessment=first,
    )
    letter.writes_down_rights("2025-09-08", CHARTER, 10_000)
    letter.spends_up_to("2025-09-08", 4_000, 3_000)
    letter.first_quarter("2025-10-13", "2025-10-27", "2025-11-17")
    letter.first_90_days("2025-09-15", "2025-11-10")
    letter.assessed("2025-11-17", "The first quarter: what Kwabena has shipped answers the question of depth.")
    letter.starts("2025-11-03", "Anomaly notes", "Plain-language notes on odd figures.")
    letter.renews("2025-11-24", "2027-02-28", "2027-01-29")
    letter.reports_hours(AI, "2025-12", "2026-02", 16)
    letter.reports_hours(AI, "2026-03", "2026-05", 0)
    letter.reports_hours(AI, "2026-06", "2026-10", 17)
    letter.reports_hours(TECHNOLOGY, "2025-12", "2026-02", 19)
    letter.reports_hours(TECHNOLOGY, "2026-03", "2026-05", 30)
    letter.reports_hours(TECHNOLOGY, "2026-06", "2026-10", 19)
    fathom.becomes("2026-06-01", headcount=23, engineers=12, products=2, ai_initiatives=2, funding_stage="series_a")
    letter.assessed("2026-08-31", "Before the board plans 2027: one leader is still right.")
    letter.goes_live("2026-09-14", "Anomaly notes", "Three months late: the data warehouse moved in spring.")
    letter.measures("2026-11-09", "Anomaly notes", "questions to the analysts a week", "64", "41", "questions")


def _open_table_trust(firm: FirmBuilder) -> None:
    trust = firm.client(
        "Open Table Trust",
        "2024-02-05",
        {"sector": "nonprofit", "headcount": 48, "engineers": 3, "annual_revenue": 5_600_000},
        fiscal_year_start_month=7,
        lead="Nneka Okafor",
    )
    letter = EngagementBuilder(trust, "Two hats for the kitchens", "2024-02-12")
    letter.takes(
        "2024-03-04",
        both_hats("Priya Raman", (14, 4), 3_200, reports_to="coo"),
        why="A grant pays for two days a month.",
    )
    letter.issues("2024-03-20", "technology_read", TECHNOLOGY, "Handed over in the first spring.", precision=QUARTER)
    letter.writes_down_rights("2024-03-25", CHARTER, 2_000)
    letter.changes_terms(
        "2025-07-01", both_hats("Priya Raman", (12, 8), 3_600), "The second grant is for meal forecasting."
    )
    letter.starts("2025-09-15", "Meal forecast")
    letter.goes_live("2026-03-02", "Meal forecast", "Built by a supplier; Priya chose the tool.")
    letter.measures("2026-05-25", "Meal forecast", "meals thrown away a week", "640", "395", "meals")
    advised = letter.assessed("2026-06-15", "Priya asked for it: she can choose AI tools, and has not built one.")
    letter.declines(
        "2026-06-29",
        advised,
        "The grants pay for one person. Priya stays, and a volunteer who has built forecasts advises her.",
    )
    letter.answers_to("2026-07-01", BOTH, "ceo", "The director wants to hear it first-hand.")
    letter.reports_hours(AI, "2026-07", "2026-10", 7)
    letter.reports_hours(TECHNOLOGY, "2026-07", "2026-10", 12)


def _skylark_travel(firm: FirmBuilder) -> None:
    skylark = firm.client(
        "Skylark Travel",
        "2024-04-15",
        {"sector": "travel", "headcount": 92, "engineers": 17, "products": 2, "annual_revenue": 31_000_000},
        lead="Declan Byrne",
    )
    letter = EngagementBuilder(skylark, "CTO+CAIO", "2024-04-22")
    letter.takes(
        "2024-05-13",
        both_hats("Owen Gallagher", (32, 16), 10_400),
        why="One voice until the rebooking engine is rebuilt.",
    )
    letter.writes_down_rights("2024-05-27", {**CHARTER, "mlops": "joint"}, 18_000)
    letter.first_quarter("2024-07-08", "2024-07-22", "2024-08-05")
    letter.first_90_days("2024-06-03", "2024-07-29")
    letter.hands_over(
        "2025-02-10", BOTH, "Stefan Novak", "Owen is on parental leave; Stefan keeps the chair warm.", interim=True
    )
    letter.hands_over("2025-06-30", BOTH, "Owen Gallagher", "Owen is back.")
    letter.starts("2025-09-01", "Rebooking agent")
    letter.goes_live("2026-01-19", "Rebooking agent", "After hours only, with a person one tap away.")
    letter.issues_pack("2026-02-02", 28, "ai_capability_map", "data_lineage", "governance_ownership")
    letter.measures("2026-04-13", "Rebooking agent", "minutes to a new ticket", "47", "16", "minutes")
    letter.measures("2026-04-13", "Rebooking agent", "tickets rebooked without a person", "0", "1240", "tickets")
    skylark.becomes("2026-02-02", headcount=121, engineers=28, products=3, ai_initiatives=4, annual_revenue=44_000_000)
    letter.renews("2026-05-04", "2027-05-13", "2027-04-12")
    letter.assessed("2026-09-28", "Five departments, one leader.")
    letter.observes("2026-10-05", "A03", "Five departments wait for one calendar before any AI decision.")
