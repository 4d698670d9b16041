"""Sameness of imported rows: by meaning, whatever the spelling; a difference names the field."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
import sqlalchemy as sa
from api_client import Served, served
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from test_api_import import CLIENT, CORRECTION, ENGAGEMENT, PERSON, lines, outcomes, send

from api.imports.lines import ChangesLine, ClientLine, CorrectionLine, PersonLine, legacy_content_hash
from api.imports.meaning import differing_fields, digest_of, field_hashes_of, meaning_of, written_meaning_of
from api.schemas.milestones import MILESTONE
from api.state.tables import import_refs

DANA = "0d3b2c4e-8a51-4f0e-9c07-2f6a1b7e4d10"
CHOSEN: dict[str, Any] = {
    "kind": "structure_chosen",
    "effective_on": "2023-04-17",
    "note": "Société générale",
    "seats": [
        {
            "functions": ["technology", "ai"],
            "holder": "p1",
            "commitment": "fractional",
            "provider": "firm",
            "hours_per_month": {"technology": 20, "ai": 12.5},
            "monthly_fee": {"amount": "8500.00", "currency": "USD"},
        }
    ],
    "links": ["https://example.org/letter"],
}
MILESTONE_LINE: dict[str, Any] = {"type": "milestone", "ref": "m1", "engagement": "e1", **CHOSEN}
RICH: dict[str, Any] = {
    **CLIENT,
    "name": "Café Zoë",
    "profile": {"sector": "health", "headcount": 24, "annual_revenue": {"amount": "4200000.00", "currency": "USD"}},
}

Spell = Callable[[dict[str, Any]], object]


def seat_of(line: dict[str, Any]) -> dict[str, Any]:
    seat: dict[str, Any] = line["seats"][0]
    return seat


SAME_MILESTONE: dict[str, Spell] = {
    "an amount without decimals": lambda m: seat_of(m)["monthly_fee"].update(amount="8500"),
    "hours with a decimal": lambda m: seat_of(m)["hours_per_month"].update(technology=20.0),
    "functions the other way round": lambda m: seat_of(m)["functions"].reverse(),
    "a default written out": lambda m: seat_of(m).update(interim=False),
    "a null for what is not known": lambda m: seat_of(m).update(reports_to=None),
    "a null for no rationale": lambda m: m.update(rationale=None, assessment=None, reported_on=None),
    "the precision written out": lambda m: m.update(precision="day"),
    "decomposed letters": lambda m: m.update(note=unicodedata.normalize("NFD", m["note"])),
    "blanks around a text": lambda m: m.update(note=f"{m['note']} "),
    "the person's id": lambda m: seat_of(m).update(holder=DANA),
}
OTHER_MILESTONE: dict[str, tuple[Spell, str]] = {
    "another amount": (lambda m: seat_of(m)["monthly_fee"].update(amount="8501"), "seats.0.monthly_fee.amount"),
    "another currency": (lambda m: seat_of(m)["monthly_fee"].update(currency="EUR"), "seats.0.monthly_fee.currency"),
    "other hours": (lambda m: seat_of(m)["hours_per_month"].update(ai=12.6), "seats.0.hours_per_month.ai"),
    "interim": (lambda m: seat_of(m).update(interim=True), "seats.0.interim"),
    "another note": (lambda m: m.update(note="other"), "note"),
    "no note": (lambda m: m.pop("note"), "note"),
    "another day": (lambda m: m.update(effective_on="2023-04-18"), "effective_on"),
    "another link": (lambda m: m["links"].append("https://example.org/"), "links.1"),
    "a reporting line": (lambda m: seat_of(m).update(reports_to="ceo"), "seats.0.reports_to"),
    "a person unlike": (
        lambda m: seat_of(m).update(holder="1d3b2c4e-8a51-4f0e-9c07-2f6a1b7e4d10"),
        "seats.0.holder",
    ),
}


class People(dict[str, str]):
    """People by their refs, and every id for itself."""

    def __contains__(self, ref: object) -> bool:
        return True

    def __missing__(self, ref: str) -> str:
        return ref


def milestone(details: dict[str, Any]) -> Any:
    return meaning_of(MILESTONE.validate_python(details, context={"people": People(p1=DANA)}), None)


def client(details: dict[str, Any]) -> Any:
    return meaning_of(ClientLine.model_validate(details), None)


@examples(60)
@given(st.lists(st.sampled_from(sorted(SAME_MILESTONE)), unique=True), st.sampled_from(sorted(OTHER_MILESTONE)))
def test_a_milestone_is_the_same_however_it_is_spelt_and_a_difference_names_the_field(
    spellings: list[str], change: str
) -> None:
    other = deepcopy(CHOSEN)
    for spelling in spellings:
        SAME_MILESTONE[spelling](other)
    hashes = field_hashes_of(milestone(deepcopy(CHOSEN)))
    assert digest_of(milestone(other)) == digest_of(milestone(deepcopy(CHOSEN)))
    assert differing_fields(hashes, milestone(other)) == []
    make, field = OTHER_MILESTONE[change]
    make(other)
    assert differing_fields(hashes, milestone(other)) == [field]


@pytest.mark.parametrize(
    "spelt",
    [
        {"name": unicodedata.normalize("NFD", "Café Zoë")},
        {"slug": None, "fiscal_year_start_month": None},
        {"slug": "cafe-zoe"},
        {"profile": {**RICH["profile"], "headcount": 24.0}},
        {"profile": {**RICH["profile"], "annual_revenue": {"amount": "4200000", "currency": "USD"}}},
        {"profile": {**RICH["profile"], "engineers": None}},
    ],
)
def test_a_client_is_the_same_however_it_is_spelt(spelt: dict[str, Any]) -> None:
    assert client({**RICH, **spelt}) == client(RICH)


def test_a_correction_tells_null_from_what_is_left_out() -> None:
    def correction(**details: Any) -> Any:
        return meaning_of(CorrectionLine.model_validate({**CORRECTION, **details}), None)

    fee = {"seats": [{"functions": ["ai", "technology"], "monthly_fee": {"amount": "10", "currency": "USD"}}]}
    again = {"seats": [{"functions": ["technology", "ai"], "monthly_fee": {"amount": "10.00", "currency": "USD"}}]}
    assert correction(details=fee) == correction(details=again)
    assert correction(note=None) != correction()
    assert correction(links=[]) != correction()
    assert correction(details={"rationale": None}) != correction(details={})
    assert correction(precision=None) == correction()


@pytest.mark.parametrize(
    ("written", "spelt"),
    [
        (
            {"details": {"technology": {"interim": True}}},
            {"technology": {"functions": ["technology"], "interim": True}},
        ),
        ({"details": {"reason": None}}, {"reason": ""}),
        ({"details": {"reason": "moved"}}, {"reason": " moved"}),
    ],
)
def test_a_correction_is_the_same_however_its_details_are_spelt(written: dict[str, Any], spelt: Any) -> None:
    lines_read = [CorrectionLine.model_validate({**CORRECTION, **said}) for said in (written, {"details": spelt})]
    assert meaning_of(lines_read[0], None) == meaning_of(lines_read[1], None)


def test_functions_that_a_filled_seat_is_given_are_a_difference() -> None:
    both = {"seat": {"functions": ["technology", "ai"]}}
    assert meaning_of(CorrectionLine.model_validate({**CORRECTION, "details": both}), None) != meaning_of(
        CorrectionLine.model_validate({**CORRECTION, "details": {"seat": {}}}), None
    )


def changes(**own: Any) -> Any:
    corrected = {"correct": {"milestone": DANA, "note": "n", **own}}
    said = {"type": "changes", "ref": "k1", "engagement": "e1", "reason": "late", "changes": [corrected]}
    return meaning_of(ChangesLine.model_validate(said), None)


def test_a_change_is_the_same_with_the_common_reason_as_its_own() -> None:
    assert changes(reason="late ") == changes(reason=None) == changes()
    assert changes(reason="early") != changes()


def person(**said: Any) -> Any:
    return meaning_of(PersonLine.model_validate({**PERSON, **said}), None)


def test_a_person_is_the_same_with_a_null_for_no_address_and_its_ascii_letters_in_either_case() -> None:
    assert person(email=None) == person()
    assert person(email="Dana@Example.org") == person(email="dana@EXAMPLE.org")
    assert person(email="\u017fam@example.org") != person(email="sam@example.org")


def test_an_empty_text_is_no_text() -> None:
    assert (
        milestone({**CHOSEN, "note": " "}) == milestone({**CHOSEN, "note": None}) == milestone({**CHOSEN, "note": ""})
    )


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("meaning")) as running:
        yield running


def test_rows_are_recognised_by_meaning_and_rows_of_earlier_versions_by_their_spelling(firm: Served) -> None:
    story: list[dict[str, Any]] = [PERSON, RICH, ENGAGEMENT, MILESTONE_LINE]
    assert outcomes(send(firm, lines(*story))) == ["new"] * 4
    spelt = deepcopy(MILESTONE_LINE)
    for name in set(SAME_MILESTONE) - {"the person's id"}:
        SAME_MILESTONE[name](spelt)
    respelt = [
        {**PERSON, "email": None},
        {**RICH, "slug": None},
        {**ENGAGEMENT, "precision": "day", "links": []},
        spelt,
    ]
    assert outcomes(send(firm, lines(*respelt))) == ["same"] * 4
    problem = send(firm, lines(*story[:3], {**MILESTONE_LINE, "note": "other"}), status=409)
    refused = problem["rows"][3]["problem"]
    assert refused["type"] == "/problems/import-ref-changed"
    assert [error["field"] for error in refused["errors"]] == ["note"]
    assert "note" in refused["detail"]

    def age(connection: sa.Connection) -> None:
        for line in story:
            which = (import_refs.c.type == line["type"]) & (import_refs.c.ref == line["ref"])
            was = {"content_hash": legacy_content_hash(json.loads(json.dumps(line))), "field_hashes": None}
            connection.execute(sa.update(import_refs).where(which).values(**was))

    firm.context.log.write(age)
    assert outcomes(send(firm, lines(*story))) == ["same"] * 4
    other = send(firm, lines(*story[:3], {**MILESTONE_LINE, "note": "other"}), status=409)
    assert other["rows"][3]["problem"]["type"] == "/problems/import-ref-changed"
    assert "errors" not in other["rows"][3]["problem"]


def test_rows_that_were_imported_with_values_that_go_without_saying_are_the_same_rows(firm: Served) -> None:
    story = [
        {**PERSON, "ref": "p7", "email": "Noor@Example.org"},
        {"type": "client", "ref": "c7", "name": "Plain Seven"},
    ]
    story[1]["slug"] = "plain-seven"
    assert outcomes(send(firm, lines(*story))) == ["new"] * 2
    models = (PersonLine.model_validate(story[0]), ClientLine.model_validate(story[1]))

    def age(connection: sa.Connection) -> None:
        for line in models:
            which = (import_refs.c.type == line.type.value) & (import_refs.c.ref == line.ref)
            was = {"content_hash": digest_of(written_meaning_of(line, None))}
            connection.execute(sa.update(import_refs).where(which).values(**was))

    firm.context.log.write(age)
    assert outcomes(send(firm, lines(*story))) == ["same"] * 2


def test_a_null_for_what_may_be_left_out_is_the_same_row(firm: Served) -> None:
    head = {"engagement": "e8", "effective_on": "2024-03-01"}
    story: list[dict[str, Any]] = [
        {**PERSON, "ref": "p8"},
        {"type": "client", "ref": "c8", "name": "Plain Eight"},
        {"type": "engagement", "ref": "e8", "client": "c8", "name": "E", "started_on": "2024-01-15"},
        {"type": "milestone", "ref": "m8", "kind": "alignment_held", "participants": ["p8"], **head},
        {
            "type": "changes",
            "ref": "k8",
            "engagement": "e8",
            "changes": [{"log": {"kind": "paused", "effective_on": "2024-04-01"}}],
        },
    ]
    assert outcomes(send(firm, lines(*story))) == ["new"] * 5
    spelt = deepcopy(story)
    for line, nulls in zip(
        spelt, (["email"], ["profile"], ["precision", "links"], ["topics", "links"], []), strict=True
    ):
        line.update(dict.fromkeys(nulls))
    spelt[4]["changes"][0]["log"].update(precision=None, links=None, reason=None)
    assert outcomes(send(firm, lines(*spelt))) == ["same"] * 5
    nameless = {"type": "client", "ref": "c9", "name": None, "profile": None}
    refused = send(firm, lines(nameless), status=422)["rows"][0]["problem"]
    assert [error["field"] for error in refused["errors"]] == ["name"]


def letter(ref: str, client: str, started_on: str, closed_on: str | None) -> list[dict[str, Any]]:
    """An engagement's lines, with its close where it has one."""
    opening = {"type": "engagement", "ref": ref, "client": client, "name": ref, "started_on": started_on}
    close = {"kind": "closed", "effective_on": closed_on, "outcome": "completed"}
    return [opening, *([{"type": "milestone", "ref": f"{ref}-c", "engagement": ref, **close}] if closed_on else [])]


def test_a_clients_engagements_may_stand_in_any_order_in_one_file_and_in_later_ones(firm: Served) -> None:
    company = {"type": "client", "ref": "any", "name": "Any Order"}
    later, earlier = letter("l25", "any", "2025-06-01", "2025-12-31"), letter("l20", "any", "2020-01-01", "2020-12-31")
    open_one, between = letter("l26", "any", "2026-01-01", None), letter("l22", "any", "2022-01-01", "2022-12-31")
    done = send(firm, lines(company, open_one[0], later[0], earlier[0], later[1], earlier[1]))
    assert outcomes(done) == ["new"] * 6
    assert outcomes(send(firm, lines(*between))) == ["new"] * 2
    shown = firm.admin.get("/clients/any-order/engagements", params={"as_of": "2026-11-30"})["items"]
    assert [row["started_on"][:4] for row in shown] == ["2020", "2022", "2025", "2026"]


def test_the_lines_that_make_engagements_overlap_are_named_and_the_others_stand(firm: Served) -> None:
    company = {"type": "client", "ref": "lap", "name": "Overlapping"}
    later = letter("o25", "lap", "2025-06-01", None)
    earlier = letter("o20", "lap", "2020-01-01", "2025-08-01")
    unclosed = letter("o19", "lap", "2019-01-01", None)
    fits = letter("o18", "lap", "2018-01-01", "2018-12-31")
    problem = send(firm, lines(company, *later, *earlier, *unclosed, *fits), status=409)
    refused = {row["line"]: row["problem"]["type"] for row in problem["rows"] if row["problem"]}
    assert refused.pop(4) == "/problems/engagements-overlap"
    assert refused == {3: "/problems/engagement-still-open", 5: "/problems/engagement-still-open"}
    partial = send(firm, lines(company, *later, *earlier, *unclosed, *fits), query="?partial=true")
    assert outcomes(partial) == ["new", "new", "refused", "refused", "refused", "new", "new"]
    shown = firm.admin.get("/clients/overlapping/engagements", params={"as_of": "2026-11-30"})["items"]
    assert [row["started_on"][:4] for row in shown] == ["2018", "2025"]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_what_is_not_json_is_named_by_its_line_in_the_file(firm: Served, newline: bytes, mark: bytes) -> None:
    content = newline.join([json.dumps(PERSON).encode(), b"", b"", b'{"type": "person",', b"\xff"])
    problem = send(firm, mark + content, status=422)
    details = {row["line"]: row["problem"]["detail"] for row in problem["rows"] if row["problem"]}
    assert sorted(details) == [4, 5]
    assert "at line 4, column" in details[4]
    assert details[5] == "Line 5 is not UTF-8."


def test_a_file_of_blank_lines_holds_nothing(firm: Served) -> None:
    problem = send(firm, b"\n  \r\n", status=422)
    assert problem["errors"][0]["field"] == "file"
