# ruff: noqa: RUF001  (letters that look like others are what this is about)
"""Names of the whole world: ordered, found and paged by one folded key, the same on both databases."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from api_client import Caller, Served
from signing_in import user_in

from domain.text import key_of_name

NAMES = (
    *(
        "Zz",
        "Aa",
        "Éa",
        "Öb",
        "Zoë Ångström",
        "Łódź",
        "Østerbro",
        "Straße",
        "İstanbul",
        "Éric Dupont",
        "Ana_1",
        "Ana%2",
    ),
    *("Ярослав Їжак", "Ελλάδα", "דנה לוי", "مريم", "佐藤 花子", "김민준", "Nguyễn Thị Ánh", "ﬁne", "𝒜da"),
)
FOUND_BY = {
    "zoe": "Zoë Ångström",
    "ANGSTRÖM": "Zoë Ångström",
    "lodz": "Łódź",
    "osterbro": "Østerbro",
    "strasse": "Straße",
    "istanbul": "İstanbul",
    "Éric Dupont": "Éric Dupont",
    "E\u0301ric Dupont": "Éric Dupont",
    "ana_": "Ana_1",
    "%": "Ana%2",
    "ярослав їжак": "Ярослав Їжак",
    "ελλαδα": "Ελλάδα",
    "דנה": "דנה לוי",
    "花子": "佐藤 花子",
    "nguyen thi anh": "Nguyễn Thị Ánh",
    "fine": "ﬁne",
    "ada": "𝒜da",
}


def names_in_pages(caller: Caller, path: str, limit: int) -> list[str]:
    """A list's names, page by page."""
    names, cursor = [], ""
    while cursor is not None:
        page = caller.get(f"{path}?limit={limit}{cursor and '&cursor=' + cursor}")
        names += [item["name"] for item in page["items"]]
        cursor = page["next"]
    return names


def named(answer: dict[str, Any]) -> list[str]:
    return [item["name"] for item in answer["items"]]


def test_people_and_clients_are_listed_once_each_in_folded_order_and_found_by_what_people_type(either: Served) -> None:
    admin = either.admin
    for name in NAMES:
        admin.post("/people", {"name": name, "employer": "firm"})
        admin.post("/clients", {"name": name})
    in_order = sorted(NAMES, key=key_of_name)
    for path in ("/people", "/clients"):
        assert names_in_pages(admin, path, 3) == names_in_pages(admin, path, 50) == in_order
        for q, name in FOUND_BY.items():
            assert name in named(admin.get(f"{path}?q={quote(q)}")), q
        assert named(admin.get(f"{path}?q=nobody")) == []
    slugs = {client["slug"] for client in admin.get("/clients?limit=500")["items"]}
    assert {"lodz", "osterbro", "strasse", "nguyen-thi-anh", "yaroslav-izhak"} <= slugs
    _, browser = user_in(either, role="admin")
    for page in ("/search?q=zoe", "/palette.json?q=zoe", "/people?q=zoe", "/clients?q=zoe"):
        assert "Zoë Ångström" in browser.client.get(page).text


def test_former_names_of_clients_and_people_are_found_until_they_are_erased(either: Served) -> None:
    admin = either.admin
    admin.post("/clients", {"name": "Bjørk & Søn", "slug": "first"})
    admin.post("/clients/first/profile-changes", {"effective_on": "2024-01-01", "name": "Halcyon"})
    admin.post("/clients/first/profile-changes", {"effective_on": "2190-01-01", "name": "Tomorrow"})
    assert named(admin.get("/clients?q=bjork")) == ["Halcyon"]
    assert named(admin.get("/clients?q=halcyon&as_of=2023-06-01")) == []
    assert named(admin.get("/clients?q=tomorrow")) == []
    person = admin.post("/people", {"name": "Zoë Müller", "employer": "firm"})["id"]
    admin.ask("PATCH", f"/people/{person}", {"name": "Zoë Smith"})
    admin.ask("PATCH", f"/people/{person}", {"name": "Zoë Smith", "email": "zoe@example.org"})
    assert named(admin.get("/people?q=muller")) == named(admin.get("/people?q=smith")) == ["Zoë Smith"]
    assert list(admin.get(f"/people/{person}/personal-data")["former_names"]) == ["Zoë Müller"]
    admin.ask("DELETE", f"/people/{person}")
    assert named(admin.get("/people?q=muller")) == []


def test_a_person_is_found_by_the_whole_of_their_address(either: Served) -> None:
    either.admin.post("/people", {"name": "Noor", "email": "Noor@Straße.de", "employer": "firm"})
    for typed in ("noor@straße.de", "NOOR@xn--strae-oqa.de"):
        assert named(either.admin.get(f"/people?q={quote(typed)}")) == ["Noor"]
    for other in ("noor@strasse.de", "noor@stra", "ſoor@straße.de"):
        assert named(either.admin.get(f"/people?q={quote(other)}")) == []
