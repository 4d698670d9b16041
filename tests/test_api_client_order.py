"""The list of clients in the order of each of its columns, against a naive sort of what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from api_client import Caller, Served, served

from api.state.roles import Role
from domain.seats import Structure
from domain.text import key_of_name
from projections.client_order import ClientColumn, SortDirection, usual_direction

DAY = "2026-06-30"
CLIENTS: tuple[tuple[str, str, str, tuple[tuple[str | None, str | None], ...]], ...] = (
    ("Éclair", "Zoe", "2024-03-01", (("9000", "USD"),)),
    ("Aa", "Ada", "2025-03-01", (("4000.50", "USD"), ("4000", "USD"))),
    ("aa", "Ada", "2025-03-01", (("12000", "EUR"),)),
    ("Öb", "Łucja", "2023-01-15", (("700000", "JPY"), ("100", "USD"))),
    ("Zz", "", "2026-01-01", ((None, None),)),
    ("Paused", "Zoe", "2022-02-01", (("5000", "USD"),)),
    ("Prospect", "", "", ()),
)


def build(admin: Caller) -> None:
    """Clients with and without a lead, a fee, a structure and signs, and one that is paused."""
    people = {name: admin.post("/people", {"name": name, "employer": "firm"})["id"] for name in ("Zoe", "Ada", "Łucja")}
    for number, (name, lead, since, fees) in enumerate(CLIENTS):
        client = admin.post("/clients", {"name": name, "slug": f"c{number}"})
        if not since:
            continue
        functions: list[list[str]] = [["technology"], ["ai"]] if len(fees) == 2 else [["technology", "ai"]]
        seats = [
            {
                "functions": hats,
                "holder": people["Ada"],
                "commitment": "fractional",
                "provider": "firm",
                **({"monthly_fee": {"amount": amount, "currency": currency}} if amount else {}),
            }
            for hats, (amount, currency) in zip(functions, fees, strict=True)
        ]
        milestones: list[dict[str, Any]] = [{"kind": "structure_chosen", "effective_on": since, "seats": seats}]
        if name == "Paused":
            milestones.append({"kind": "paused", "effective_on": "2026-02-01", "reason": "budget"})
        if name in ("Zz", "Öb"):
            milestones.append({"kind": "sign_observed", "effective_on": since, "sign": "a_hunch", "evidence": "x"})
        body = {"name": "Letter", "started_on": since, "milestones": milestones}
        admin.post(f"/clients/{client['id']}/engagements", body | ({"practice_lead": people[lead]} if lead else {}))


def value_of(item: dict[str, Any], column: ClientColumn, names: dict[str, str]) -> tuple[str, Any] | None:
    """What a client is ordered by: a group and a value; null without one."""
    match column:
        case ClientColumn.NAME:
            return "", key_of_name(item["name"])
        case ClientColumn.STRUCTURE:
            return item["structure"] and ("", list(Structure).index(Structure(item["structure"])))
        case ClientColumn.SINCE:
            return item["since"] and ("", item["since"])
        case ClientColumn.PRACTICE_LEAD:
            return item["practice_lead"] and ("", key_of_name(names[item["practice_lead"]]))
        case ClientColumn.MONTHLY_FEE:
            fees = {fee["currency"]: float(fee["amount"]) for fee in item["monthly_fees"]}
            first = "USD" if "USD" in fees else min(fees, default="")
            return (first.replace("USD", ""), fees[first]) if fees else None
        case ClientColumn.SIGNS:
            return "", tuple(item["signs"][severity] for severity in ("high", "medium", "low"))


def sorted_naively(
    items: list[dict[str, Any]], column: ClientColumn, direction: SortDirection, names: dict[str, str]
) -> list[str]:
    """The names of the clients in an order, those without a value last, and equal ones by name."""
    by_name = sorted(items, key=lambda item: (key_of_name(item["name"]), item["id"]))
    with_value = [item for item in by_name if value_of(item, column, names) is not None]
    groups = sorted({value_of(item, column, names)[0] for item in with_value})  # type: ignore[index]
    ordered = [
        item
        for group in groups
        for item in sorted(
            (item for item in with_value if value_of(item, column, names)[0] == group),  # type: ignore[index]
            key=lambda item: value_of(item, column, names)[1],  # type: ignore[index]
            reverse=direction is SortDirection.DESCENDING,
        )
    ]
    return [item["id"] for item in ordered + [item for item in by_name if item not in with_value]]


def walked(caller: Caller, query: str, limit: int) -> list[str]:
    """The ids of all pages put together."""
    ids: list[str] = []
    cursor = ""
    while True:
        page = caller.get(f"/clients?as_of={DAY}&limit={limit}{query}{cursor}")
        ids += [item["id"] for item in page["items"]]
        if page["next"] is None:
            return ids
        cursor = f"&cursor={page['next']}"


def test_clients_are_listed_by_every_column_in_both_directions_page_by_page(either: Served) -> None:
    admin = either.admin
    build(admin)
    items = admin.get(f"/clients?as_of={DAY}")["items"]
    names = {person["id"]: person["name"] for person in admin.get("/people")["items"]}
    fees = {item["name"]: [(fee["amount"], fee["currency"]) for fee in item["monthly_fees"]] for item in items}
    assert fees["Aa"] == [("8000.50", "USD")]
    assert fees["Öb"] == [("700000", "JPY"), ("100.00", "USD")]
    assert fees["aa"] == [("12000.00", "EUR")]  # one seat with both functions
    assert fees["Paused"] == fees["Zz"] == fees["Prospect"] == []
    assert {item["name"]: item["monthly_fee"] for item in items}["Öb"] is None
    for column in ClientColumn:
        for direction in SortDirection:
            expected = sorted_naively(items, column, direction, names)
            query = f"&sort={column}&order={direction}"
            assert walked(admin, query, 2) == walked(admin, query, 50) == expected, query
        usual = walked(admin, f"&sort={column}", 50)
        assert usual == walked(admin, f"&sort={column}&order={usual_direction(column)}", 50)
    first = admin.get(f"/clients?as_of={DAY}&limit=1&sort=since")["next"]
    admin.ask("GET", f"/clients?as_of={DAY}&limit=1&sort=structure&cursor={first}", status=422)
    admin.ask("GET", f"/clients?as_of={DAY}&sort=headcount", status=422)
    admin.ask("GET", f"/clients?as_of={DAY}&order=up", status=422)
    csv = admin.ask("GET", f"/clients?as_of={DAY}&sort=monthly_fee&format=csv").text.splitlines()
    assert csv[1].split(",")[2] == "Éclair"

    # the name of a practice lead is not in the log
    before = walked(admin, "&sort=practice_lead", 50)
    ada = next(person for person, name in names.items() if name == "Ada")
    admin.ask("PATCH", f"/people/{ada}", {"name": "Zzyzx"})
    after = walked(admin, "&sort=practice_lead", 50)
    assert [after[:3], after[3:5], after[5:]] == [before[2:5], before[:2], before[5:]]


def test_callers_limited_to_clients_get_only_those_in_every_order(data_dir: Path) -> None:
    with served(data_dir) as firm:
        build(firm.admin)
        own = firm.admin.get("/clients/c0")["id"]
        limited = firm.caller(Role.VIEWER, {UUID(own)})
        for column in ClientColumn:
            assert walked(limited, f"&sort={column}", 1) == [own]
            assert walked(limited, f"&sort={column}&known_at=2026-01-01T00:00:00Z", 1) == []
