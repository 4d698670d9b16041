"""The watch list of random firms against the signs of each client, asked for one by one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from examples import whole_firms
from hypothesis import given
from portfolios import firm_of, question_about, seeds, store_of
from test_projections_reports_paths import scope_of

from projections.client_facts import client_facts
from projections.reports.catalog import UnknownRow, clients_of_row
from projections.reports.watch_list import REPORT, watch_list
from projections.reports.watch_list_places import Grouping
from projections.sign_runs import ShownSign, signs_of


def key(sign: ShownSign) -> tuple[object, ...]:
    return (sign.client, sign.engagement, sign.sign, sign.detected, sign.since, sign.until, sign.severity, sign.subject)


@whole_firms(100)
@given(seeds)
def test_the_watch_list_has_the_signs_of_every_visible_client_that_hold_or_overlap_the_quarters(seed: int) -> None:
    events = firm_of(seed)
    question = question_about(events, seed)
    with store_of(events) as snapshot:
        scope = scope_of(question, seed)
        visible = [
            facts.client
            for facts in client_facts(snapshot, known_at=question.known_at)
            if question.visible is None or facts.client in question.visible
        ]
        expected = []
        for client in visible:
            for sign in signs_of(snapshot, client, as_of=question.as_of, known_at=question.known_at):
                last_day = question.as_of if sign.until is None else sign.until - timedelta(days=1)
                is_listed = sign.until is None
                if scope.first or scope.last:
                    is_early = scope.first is not None and last_day < scope.first.start
                    is_late = scope.last is not None and sign.since > scope.last.end
                    is_listed = not is_early and not is_late
                if is_listed:
                    expected.append(key(sign))
        answer = watch_list(snapshot, scope)
        assert sorted(map(key, (row.shown for row in answer.rows)), key=str) == sorted(expected, key=str)
        severities = [row.shown.severity.order for row in answer.rows]
        assert severities == sorted(severities)
        for by in Grouping:
            paged, after = [], None
            while True:
                page = watch_list(snapshot, scope, by=by, limit=3, after=after)
                paged += [key(row.shown) for row in page.rows]
                after = page.next
                if after is None:
                    break
            assert paged == [key(row.shown) for row in watch_list(snapshot, scope, by=by).rows]
            assert len(paged) == len(expected)
        for count in answer.counts:
            link = count.link
            assert clients_of_row(snapshot, REPORT, link["row"], scope) == {
                row.shown.client
                for row in answer.rows
                if (row.shown.sign, row.shown.severity, row.shown.detected)
                == (count.sign, count.severity, count.detected)
            }
        for began in answer.began:
            assert len(clients_of_row(snapshot, REPORT, began.link["row"], scope)) == began.clients
        assert sum(began.runs for began in answer.began) == answer.runs


def test_the_name_of_a_row_has_a_quarter_a_sign_a_severity_and_what_detected_it() -> None:
    events = firm_of(1)
    question = scope_of(question_about(events, 1), 1)
    with store_of(events) as snapshot:
        for name in (
            "A07",
            "any.A07.high",
            "any..high.rule",
            "any.A07.grave.rule",
            "any.A07.high.rule.now",
            "2026.A.b.c",
        ):
            with pytest.raises(UnknownRow):
                clients_of_row(snapshot, REPORT, name, question)
        assert clients_of_row(snapshot, REPORT, "any.own%2Esign.high.rule", question) == frozenset()
