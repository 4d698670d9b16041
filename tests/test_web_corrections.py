"""Correcting by a page: what nobody touched stays exactly as it stands, whatever the form can show of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from api_client import Served, served
from browsing import Visitor, sent_unchanged, text_of
from hypothesis import given
from hypothesis import strategies as st

from api.schemas.details import as_recorded
from api.state.people import OWNER, Employer, Person, add_people
from api.state.roles import Role
from domain.decisions import Correct
from domain.kinds.seats import SplitToTwoRoles
from domain.kinds.work import OutcomeMeasured
from domain.milestones import Details, Kind
from domain.seats import Commitment, Hours, Money, Provider, SeatTerms
from web.pages.milestones.correction_merge import merge_typed_changes

CROWD = 5_200
SOMEBODY = UUID(int=1)


@dataclasses.dataclass
class Walked:
    """A client with a milestone of every kind, in a firm with more people than any list is long."""

    firm: Served
    admin: Visitor
    engagement: str
    people: Mapping[str, str]
    milestones: list[dict[str, Any]]

    def path(self, milestone: Mapping[str, Any]) -> str:
        return f"/engagements/{self.engagement}/milestones/{milestone['id']}"

    def of(self, kind: str) -> dict[str, Any]:
        return next(m for m in self.milestones if m["kind"] == kind)

    def now(self, milestone: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.firm.admin.get(self.path(milestone))
        return {name: answer[name] for name in ("effective_on", "precision", "details", "note", "links", "reported_on")}


def milestones_told(people: Mapping[str, str]) -> list[dict[str, Any]]:
    last, other, erased = people["Zz Last"], people["Zy Other"], people["Zx Erased"]
    seat = {"holder": last, "commitment": "fractional", "provider": "firm"}
    fee = {"amount": "8500.50", "currency": "CHF"}
    return [
        {"kind": "structure_chosen", "effective_on": "2024-02-01", "rationale": "one\r\ntwo", "seats": [
            {**seat, "functions": ["technology", "ai"], "hours_per_month": {"ai": 12.25}, "monthly_fee": fee}]},
        {"kind": "split_to_two_roles", "effective_on": "2024-06-01", "precision": "month",
         "technology": {**seat, "interim": True, "reports_to": "other"}, "ai": {**seat, "holder": other}},
        {"kind": "transitioned_to_full_time", "effective_on": "2024-09-01", "functions": ["ai"], "holder": last,
         "reports_to": None},
        {"kind": "transitioned_to_fractional", "effective_on": "2024-11-01", "functions": ["ai"], "holder": other},
        {"kind": "merged_to_one_role", "effective_on": "2025-01-01", "precision": "quarter", "seat": seat},
        {"kind": "terms_changed", "effective_on": "2025-02-01", "functions": ["technology", "ai"],
         "reports_to": None, "monthly_fee": None, "hours_per_month": None},
        {"kind": "seat_vacated", "effective_on": "2025-03-01", "functions": ["ai"], "reason": " two  blanks "},
        {"kind": "hat_added", "effective_on": "2025-04-01", "function": "ai", "hours_per_month": {"ai": 7}},
        {"kind": "seat_vacated", "effective_on": "2025-05-01", "functions": ["technology", "ai"]},
        {"kind": "seat_filled", "effective_on": "2025-06-01", "seat": {**seat, "functions": ["technology"]}},
        {"kind": "handed_over", "effective_on": "2025-07-01", "functions": ["technology"], "holder": other},
        {"kind": "assessment_taken", "effective_on": "2025-07-02", "assessor": erased, "answers": {
            "headcount": {"value": 240, "as_of": "2025-01-01", "source": "payroll"}, "ai_spend": "unknown"}},
        {"kind": "advice_declined", "effective_on": "2025-07-02", "assessment": "taken", "reason": "no money"},
        {"kind": "renewal_set", "effective_on": "2025-07-02", "renews_on": "2026-03-10"},
        {"kind": "spending_limit_set", "effective_on": "2025-07-02", "function": "ai", "limit": fee},
        {"kind": "decision_right_assigned", "effective_on": "2025-07-03", "area": "x1__unlisted", "owner": "ai",
         "spending_limit": fee},
        {"kind": "deliverable_issued", "effective_on": "2025-07-04", "deliverable": "a_b_", "function": "ai"},
        {"kind": "hours_reported", "effective_on": "2025-07-31", "month": "2025-07", "function": "technology",
         "hours": 31.75},
        {"kind": "alignment_held", "effective_on": "2025-08-01", "participants": [last, erased],
         "topics": ["one two", "three"]},
        {"kind": "conflict_raised", "effective_on": "2025-08-02", "conflict": "c 1", "topic": "a b"},
        {"kind": "conflict_resolved", "effective_on": "2025-08-03", "conflict": "c 1", "resolved_by": "ceo"},
        {"kind": "initiative_started", "effective_on": "2025-08-04", "initiative": "triage"},
        {"kind": "initiative_live", "effective_on": "2025-08-05", "initiative": "triage"},
        {"kind": "outcome_measured", "effective_on": "2025-08-06", "initiative": "triage", "metric": "m",
         "value": 0.12345678901, "unit": "h", "baseline": -1e-7},
        {"kind": "sign_observed", "effective_on": "2025-08-07", "sign": "A12", "evidence": "x"},
        {"kind": "sign_cleared", "effective_on": "2025-08-08", "sign": "A12"},
        {"kind": "paused", "effective_on": "2025-09-01"},
        {"kind": "resumed", "effective_on": "2025-10-01", "reason": "enough"},
        {"kind": "closed", "effective_on": "2026-01-01", "precision": "year", "outcome": "done and dusted"},
    ]  # fmt: skip


SEVERAL_LINES: Mapping[str, Mapping[str, Any]] = {
    "alignment_held": {"topics": ("one\ntwo", "three")},
    "conflict_raised": {"topic": "a\nb"},
    "closed": {"outcome": "done\nand dusted"},
}
"""Texts of one line that an earlier version took with several."""


def replaced(details: Any, **fields: Any) -> Details:
    changed: Details = dataclasses.replace(details, **fields)
    return changed


def correct_as_an_earlier_version(firm: Served, engagement: str, milestone: str, fields: Mapping[str, Any]) -> None:
    correction = Correct(UUID(milestone), "as it was", details=lambda details: replaced(details, **fields))
    with pytest.MonkeyPatch.context() as earlier:
        earlier.setattr("domain.validation.clean", lambda text, **_: text)
        firm.context.log.engagements.run(lambda unit: unit.change(UUID(engagement), [correction], recorded_by=SOMEBODY))


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walked]:
    with served(tmp_path_factory.mktemp("corrected")) as firm:
        crowd = [Person(firm.context.new_id(), f"Aa {n:05}", None, Employer.FIRM) for n in range(CROWD)]
        firm.context.log.write(lambda c: add_people(c, crowd, made_by=OWNER, made_at=firm.context.now()))
        people = {
            name: firm.admin.post("/people", {"name": name, "employer": "firm"})["id"]
            for name in ("Zx Erased", "Zy Other", "Zz Last")
        }
        firm.admin.post("/clients", {"name": "Walked"})
        opening = {"name": "All kinds", "started_on": "2024-01-01", "practice_lead": people["Zz Last"]}
        engagement = firm.admin.post("/clients/walked/engagements", opening)["id"]
        common = {"note": "first\r\nsecond\r\n", "links": ["https://example.org/b", "https://example.org/a"]}
        ids: dict[str, str] = {}
        for milestone in milestones_told(people):
            if milestone.get("assessment") == "taken":
                milestone["assessment"] = ids["assessment_taken"]
            logged = firm.admin.post(f"/engagements/{engagement}/milestones", {**common, **milestone})
            ids[milestone["kind"]] = logged["id"]
        for kind, fields in SEVERAL_LINES.items():
            correct_as_an_earlier_version(firm, engagement, ids[kind], fields)
        firm.admin.ask("DELETE", f"/people/{people['Zx Erased']}")
        milestones = firm.admin.get(f"/engagements/{engagement}/milestones?limit=100")["items"]
        yield Walked(firm, Visitor(firm), engagement, people, milestones)


def test_every_kind_is_walked(walked: Walked) -> None:
    assert {milestone["kind"] for milestone in walked.milestones} == {kind.value for kind in Kind}


def test_a_page_sent_back_untouched_changes_nothing(walked: Walked) -> None:
    for milestone in walked.milestones:
        path, before = walked.path(milestone), walked.now(milestone)
        unchanged = sent_unchanged(walked.admin.get(f"{path}/correct"))
        page = walked.admin.send(f"{path}/correct", {**unchanged, "reason": "none", "do": "record"}, status=409)
        assert "Nothing has changed" in text_of(page), milestone["kind"]
        assert walked.now(milestone) == before


def test_a_page_of_which_the_note_alone_was_touched_changes_the_note_alone(walked: Walked) -> None:
    for milestone in walked.milestones:
        path, before = walked.path(milestone), walked.now(milestone)
        unchanged = sent_unchanged(walked.admin.get(f"{path}/correct"))
        fields = {**unchanged, "note": "another note", "reason": "a slip", "do": "record"}
        walked.admin.send(f"{path}/correct", fields)
        assert walked.now(milestone) == {**before, "note": "another note"}, milestone["kind"]


def test_texts_of_several_lines_where_one_is_taken_stay_until_they_are_touched(walked: Walked) -> None:
    alignment = walked.of("alignment_held")
    path, before = f"{walked.path(alignment)}/correct", walked.now(alignment)
    assert before["details"]["topics"] == ["one\ntwo", "three"]
    fields = {**sent_unchanged(walked.admin.get(path)), "reason": "a slip", "do": "record"}
    walked.admin.send(path, {**fields, "effective_on": "2025-07-31"})
    assert walked.now(alignment) == {**before, "effective_on": "2025-07-31"}
    correction = {"details": {"topics": ["one\nthree"]}, "reason": "a slip"}
    problem = walked.firm.admin.ask("POST", f"{walked.path(alignment)}/corrections", correction, status=422).json()
    assert [error["field"] for error in problem["errors"]] == ["details.topics.0"]


def test_one_touched_detail_leaves_the_others(walked: Walked) -> None:
    split = walked.of("split_to_two_roles")
    before = walked.now(split)
    path = f"{walked.path(split)}/correct"
    unchanged = sent_unchanged(walked.admin.get(path))
    other = {"ai.holder.name": "zz last", "reason": "so it was", "do": "record"}
    walked.admin.send(path, {**unchanged, **other})
    ai = {**before["details"]["ai"], "holder": walked.people["Zz Last"]}
    assert walked.now(split) == {**before, "details": {**before["details"], "ai": ai}}


def test_a_chosen_structure_is_corrected_to_other_seats_and_back(walked: Walked) -> None:
    firm, admin, last = walked.firm, walked.admin, walked.people["Zz Last"]
    firm.admin.post("/clients", {"name": "Reshaped"})
    opening = {"name": "Seats", "started_on": "2024-01-01"}
    engagement = firm.admin.post("/clients/reshaped/engagements", opening)["id"]
    unified = {
        "functions": ["technology", "ai"],
        "holder": last,
        "commitment": "fractional",
        "provider": "firm",
        "hours_per_month": {"technology": 20, "ai": 12.25},
        "monthly_fee": {"amount": "8500.50", "currency": "CHF"},
    }
    chosen = {"kind": "structure_chosen", "effective_on": "2024-02-01", "seats": [unified], "note": "a note"}
    path = f"/engagements/{engagement}/milestones"
    path += f"/{firm.admin.post(path, chosen)['id']}"

    def seats() -> list[dict[str, Any]]:
        answer = firm.admin.get(path)
        assert answer["note"] == "a note"
        found: list[dict[str, Any]] = answer["details"]["seats"]
        return found

    before = seats()
    fields = {**sent_unchanged(admin.get(f"{path}/correct")), "reason": "two from the first day"}
    assert fields["shape"] == ["both"]
    shown = admin.send(f"{path}/correct", {**fields, "shape": "two", "do": "shape"})
    two = {**sent_unchanged(shown), "reason": "two from the first day"}
    assert two["shape"] == ["two"]
    assert {"seats.0.holder.name", "seats.1.holder.name"} <= two.keys()
    refused = admin.send(f"{path}/correct", {**two, "do": "record"}, status=422)
    assert sent_unchanged(refused)["shape"] == ["two"]
    assert seats() == before
    second = {"seats.1.holder.name": "Zy Other", "seats.1.commitment": "full_time", "seats.1.provider": "client"}
    preview = admin.send(f"{path}/correct", {**two, **second, "do": "check"})
    assert "Zy Other" in preview
    assert seats() == before
    admin.send(f"{path}/correct", {**two, **second, "do": "record"})
    technology, ai = seats()
    assert technology == {**before[0], "functions": ["technology"], "hours_per_month": {"technology": 20}}
    assert (ai["functions"], ai["holder"], ai["commitment"]) == (["ai"], walked.people["Zy Other"], "full_time")
    assert (ai["provider"], ai["hours_per_month"], ai["monthly_fee"]) == ("client", None, None)

    for shape, functions in (("technology", ["technology"]), ("ai", ["ai"]), ("both", ["technology", "ai"])):
        fields = {**sent_unchanged(admin.get(f"{path}/correct")), "reason": f"only {shape}", "shape": shape}
        again = {**sent_unchanged(admin.send(f"{path}/correct", {**fields, "do": "shape"})), "reason": f"only {shape}"}
        admin.send(f"{path}/correct", {**again, "do": "record"})
        assert [(seat["functions"], seat["holder"]) for seat in seats()] == [(functions, last)]


@pytest.mark.parametrize(
    ("typed", "words", "next_day"),
    [
        ("2025-12-31", "31 Dec 2025", "1 Jan 2026"),
        ("28 Feb 2028", "28 Feb 2028", "29 Feb 2028"),
        ("2025-Q4", "Q4 2025", "1 Jan 2026"),
    ],
)
def test_a_close_offers_the_day_after_the_day_typed(walked: Walked, typed: str, words: str, next_day: str) -> None:
    admin, closed = walked.admin, walked.of("closed")
    path = f"{walked.path(closed)}/correct"
    correction = {**sent_unchanged(admin.get(path)), "effective_on": typed, "reason": "it ended then"}
    logged = {"client": "walked", "engagement": walked.engagement, "kind": "closed", "effective_on": typed}
    for address, fields in ((path, correction), ("/milestones/new", logged)):
        shown = admin.send(address, {**fields, "do": "check"})
        assert f"{words} no longer counts" in text_of(shown)
        assert f"Close on {next_day}" in text_of(shown)
        moved = sent_unchanged(admin.send(address, {**fields, "do": "day-after"}))
        assert moved["effective_on"] == [next_day]
        unread = text_of(admin.send(address, {**fields, "effective_on": "one day", "do": "check"}))
        assert "Close on" not in unread
    assert f"Close on {next_day}" in admin.send("/milestones/check", logged)
    paused = admin.send("/milestones/check", {**logged, "kind": "paused"})
    assert "no longer counts" not in paused


def test_an_assessment_is_corrected_like_any_milestone(walked: Walked) -> None:
    taken = walked.of("assessment_taken")
    before = walked.now(taken)["details"]
    path = f"{walked.path(taken)}/correct"
    unchanged = sent_unchanged(walked.admin.get(path))
    refused = {**unchanged, "headcount": "many", "reason": "payroll was wrong", "do": "record"}
    assert "whole number" in text_of(walked.admin.send(path, refused, status=422))
    walked.admin.send(path, {**refused, "headcount": "260"})
    after = walked.now(taken)["details"]
    assert after["assessor"] == before["assessor"]
    assert after["answers"] == {**before["answers"], "headcount": {"value": 260}}


def test_an_erased_participant_stays_beside_a_new_one(walked: Walked) -> None:
    alignment = walked.of("alignment_held")
    before = walked.now(alignment)["details"]
    path = f"{walked.path(alignment)}/correct"
    unchanged = sent_unchanged(walked.admin.get(path))
    walked.admin.send(path, {**unchanged, "participants.name": "Zy Other", "reason": "she came", "do": "record"})
    participants = [*before["participants"], walked.people["Zy Other"]]
    assert walked.now(alignment)["details"] == {**before, "participants": participants}


def test_a_correction_made_meanwhile_is_not_undone_by_a_form_opened_before(walked: Walked) -> None:
    raised = walked.of("conflict_raised")
    path = walked.path(raised)
    form = sent_unchanged(walked.admin.get(f"{path}/correct"))
    correction = {"details": {"topic": "another topic"}, "reason": "told since"}
    walked.firm.admin.post(f"{path}/corrections", correction)
    fields = {**form, "note": "mine", "reason": "a note", "do": "record"}
    again = sent_unchanged(walked.admin.send(f"{path}/correct", fields, status=412))
    walked.admin.send(f"{path}/correct", {**again, "do": "record"})
    now = walked.now(raised)
    assert (now["note"], now["details"]["topic"]) == ("mine", "another topic")


def test_people_beyond_every_list_are_found_and_namesakes_are_asked_about(walked: Walked) -> None:
    firm, admin = walked.firm, walked.admin
    namesakes = [
        firm.admin.post("/people", {"name": "Kim Lee", "employer": employer, "email": f"kim@{employer}.example"})["id"]
        for employer in ("firm", "client")
    ]
    body = admin.client.get("/people.json", params={"q": "zz last"}).json()
    assert [item["value"] for item in body["items"]] == [walked.people["Zz Last"]]
    opened = walked.of("opened")
    path = f"{walked.path(opened)}/correct"
    unchanged = sent_unchanged(admin.get(path))
    text = admin.send(
        path, {**unchanged, "practice_lead.name": "Kim Lee", "reason": "she leads", "do": "record"}, status=422
    )
    words = text_of(text)
    assert "Several people have this name" in words
    assert "kim@firm.example" in words
    assert "kim@client.example" in words
    admin.send(path, {**sent_unchanged(text), "practice_lead.pick": namesakes[1], "do": "record"})
    assert walked.now(opened)["details"]["practice_lead"] == namesakes[1]


def test_a_name_that_only_resembles_another_is_asked_about_and_a_new_person_is_added_in_place(walked: Walked) -> None:
    admin = walked.admin
    path = f"{walked.path(walked.of('handed_over'))}/correct"
    unchanged = sent_unchanged(admin.get(path))
    resembling = {**unchanged, "holder.name": "Zz", "reason": "who else", "do": "record"}
    assert "Did you mean" in text_of(admin.send(path, resembling, status=422))
    del resembling["do"]
    added = admin.send(path, {**resembling, "holder.name": "Zz Brand-New", "add": "holder:client"})
    admin.send(path, {**sent_unchanged(added), "do": "record"})
    holder = walked.now(walked.of("handed_over"))["details"]["holder"]
    person = walked.firm.admin.get(f"/people/{holder}")
    assert (person["name"], person["employer"]) == ("Zz Brand-New", "client")


def test_a_viewer_adds_nobody(walked: Walked) -> None:
    answer = Visitor(walked.firm, Role.VIEWER).client.get("/people.json", params={"q": "Zz"})
    assert answer.json()["may_add"] is False


_JSON = st.recursive(
    st.none() | st.integers(0, 3) | st.sampled_from(["a", "b"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=8,
)


@given(_JSON, _JSON, _JSON)
def test_merging_gives_what_was_typed_where_all_is_shown_and_what_stands_where_nothing_was_touched(
    standing: Any, before: Any, after: Any
) -> None:
    assert merge_typed_changes(standing, before, before) == standing
    assert merge_typed_changes(before, before, after) == after


def test_numbers_on_record_keep_the_digits_that_json_has_not() -> None:
    exact = Decimal("0.1234567890123456789012345")
    before = OutcomeMeasured("triage", "m", exact, "h", exact)
    assert as_recorded(before, dataclasses.replace(before, value=Decimal(3), baseline=Decimal(float(exact)))) == (
        OutcomeMeasured("triage", "m", Decimal(3), "h", exact)
    )
    terms = SeatTerms(SOMEBODY, Commitment.FRACTIONAL, Provider.FIRM, False, None, Hours(exact), Money(exact, "KWD"))
    split = SplitToTwoRoles(terms, terms)
    read = dataclasses.replace(terms, hours_per_month=Hours(Decimal(float(exact))), interim=True)
    assert as_recorded(split, SplitToTwoRoles(read, read)).ai == dataclasses.replace(terms, interim=True)
