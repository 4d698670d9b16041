"""Advice of random firms against a look at every evening, and one firm written out by hand."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from statistics import median
from typing import Any
from uuid import UUID

from firms import UNOBSERVED
from oracle import Evening
from portfolios import Case, Letter, clients_behind
from test_domain_assessment_following import lived

from domain.assessment.following import AdviceReply, AdviceStatus, outcome_in, reply_of
from domain.kinds.engagement import AssessmentTaken
from domain.milestones import Milestone
from domain.quarters import quarter_of
from projections.client_advice import newest_answers
from projections.reports.advice import advice_by_client, advice_report
from projections.reports.drift import drift_report
from projections.reports.question import ReportQuestion


def what_became_of_assessments_is_what_every_evening_after_them_says(case: Case) -> None:
    question, snapshot = case.question, case.snapshot
    month = question.quarters[0].fiscal_year_start_month
    asked = ReportQuestion(
        question.quarters[0],
        question.quarters[-1],
        question.as_of,
        question.known_at,
        visible=question.visible,
        fiscal_year_start_month=month,
    )
    expected: dict[Any, list[tuple[UUID, AdviceStatus, int | None]]] = defaultdict(list)
    newest: dict[UUID, UUID] = {}
    for client, letters in _by_client(question.letters).items():
        for taken_on, assessment, status, days in _became(letters, question.as_of):
            newest[client] = assessment
            quarter = quarter_of(taken_on, month)
            if quarter in question.quarters:
                expected[quarter].append((client, status, days))
    answer = advice_report(snapshot, asked)
    assert [row.quarter for row in answer.rows] == sorted(expected)
    for row in answer.rows:
        became = expected[row.quarter]
        counts = Counter(status for _, status, _ in became)
        assert {status: row.count(status) for status in AdviceStatus} == {s: counts[s] for s in AdviceStatus}
        followed = [days for _, status, days in became if status is AdviceStatus.FOLLOWED and days is not None]
        assert row.median_days == (median(followed) if followed else None)
        assert clients_behind(snapshot, row.link, question) == {client for client, _, _ in became}
        for status, link in row.links.items():
            of_status = {client for client, other, _ in became if other is status}
            assert clients_behind(snapshot, link, question) == of_status
            assert row.clients[status] == len(of_status)
    by_client = advice_by_client(snapshot, asked)
    assert sum(sum(map(int, rows.values())) for rows in by_client.values()) == sum(map(len, expected.values()))
    drifting = drift_report(snapshot, asked).rows
    assert {row.client: row.assessment for row in drifting} == {row.client: newest.get(row.client) for row in drifting}


def seats_are_answered_by_the_record_of_the_day(case: Case) -> None:
    question = case.question
    for client, letters in _by_client(question.letters).items():
        evening = _evening(letters, question.as_of)
        answers = newest_answers(case.snapshot, client, as_of=question.as_of, known_at=question.known_at)
        technology, ai = evening.technology, evening.ai
        is_unified = technology is not None and ai is not None and technology.label == ai.label
        expected = {
            "technology_seat": technology.commitment if technology else None,
            "ai_seat": "same_person" if is_unified else ai.commitment if ai else None,
        }
        by_name = answers.by_question
        assert {name: by_name[name].value if name in by_name else None for name in expected} == expected


def _by_client(letters: Sequence[Letter]) -> dict[UUID, list[Letter]]:
    by_client: dict[UUID, list[Letter]] = defaultdict(list)
    for letter in letters:
        by_client[letter.client].append(letter)
    return by_client


def _evening(letters: Sequence[Letter], day: date) -> Evening:
    evenings = [letter.on(day) for letter in letters]
    return next((evening for evening in evenings if evening.structure is not None), UNOBSERVED)


def _became(letters: Sequence[Letter], as_of: date) -> list[tuple[date, UUID, AdviceStatus, int | None]]:
    """What became of a client's assessments by a day, in effective order: when taken, status and days until then."""
    milestones = sorted(
        (
            (_day(m, letter), letter.opening.effective_on, letter.id, m.order, m)
            for letter in letters
            for m in letter.milestones
        ),
        key=lambda place: place[:4],
    )
    taken = [(day, m) for day, *_, m in milestones if isinstance(m.details, AssessmentTaken) and day <= as_of]
    became = []
    for number, (day, assessment) in enumerate(taken):
        assert isinstance(assessment.details, AssessmentTaken)
        recommendation: Any = (assessment.details.verdicts or {})["recommendation"]
        replies: list[AdviceReply] = []
        for on, *_, m in milestones:
            reply = reply_of(m.id, m.details, on)
            if reply is not None and reply.assessment == assessment.id and on <= as_of:
                replies.append(reply)
        newer = taken[number + 1][0] if number + 1 < len(taken) else None
        status, since, _ = lived(
            outcome_in(recommendation), day, newer, as_of, lambda on: _evening(letters, on).structure, replies
        )
        became.append((day, assessment.id, status, None if since is None else max(0, (since - day).days)))
    return became


def _day(milestone: Milestone, letter: Letter) -> date:
    return milestone.takes_effect_on(letter.opening.effective_on)
