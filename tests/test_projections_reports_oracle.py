"""Every report against a naive look at every day, on one firm at a time: the laws stand in the files of the reports."""

from __future__ import annotations

from examples import whole_firms
from hypothesis import given
from portfolios import Case, firm_of, question_about, seeds, store_of
from test_projections_reports_advice import (
    seats_are_answered_by_the_record_of_the_day,
    what_became_of_assessments_is_what_every_evening_after_them_says,
)
from test_projections_reports_capacity import hours_are_those_of_every_day_on_which_people_hold_their_seats
from test_projections_reports_changes import every_change_up_to_the_day_is_told_and_no_other
from test_projections_reports_flows import clients_flow_as_they_were_seen_at_the_ends_of_quarters
from test_projections_reports_governance import governance_is_what_the_milestones_until_the_day_say
from test_projections_reports_outcomes import outcomes_are_what_the_milestones_until_the_day_say
from test_projections_reports_paths import clients_are_on_the_path_they_were_seen_to_walk
from test_projections_reports_plan import (
    due_dates_are_those_of_renewals_and_missing_deliverables_of_engagements_open_on_the_day,
    the_plan_holds_every_move_after_the_day_and_no_other,
)
from test_projections_reports_revenue import fees_are_those_of_every_day_on_which_a_seat_is_held_and_work_is_not_paused
from test_projections_reports_then_and_now import everybody_who_makes_a_difference_is_named_with_a_reason
from test_projections_reports_time_to import engagements_are_watched_until_it_happens_they_close_or_the_day_comes

LAWS = (
    hours_are_those_of_every_day_on_which_people_hold_their_seats,
    every_change_up_to_the_day_is_told_and_no_other,
    clients_flow_as_they_were_seen_at_the_ends_of_quarters,
    clients_are_on_the_path_they_were_seen_to_walk,
    governance_is_what_the_milestones_until_the_day_say,
    outcomes_are_what_the_milestones_until_the_day_say,
    seats_are_answered_by_the_record_of_the_day,
    what_became_of_assessments_is_what_every_evening_after_them_says,
    the_plan_holds_every_move_after_the_day_and_no_other,
    due_dates_are_those_of_renewals_and_missing_deliverables_of_engagements_open_on_the_day,
    fees_are_those_of_every_day_on_which_a_seat_is_held_and_work_is_not_paused,
    everybody_who_makes_a_difference_is_named_with_a_reason,
    engagements_are_watched_until_it_happens_they_close_or_the_day_comes,
)


@whole_firms(40)
@given(seeds, seeds)
def test_every_report_says_what_a_look_at_every_day_says(seed: int, number: int) -> None:
    events = firm_of(seed)
    question = question_about(events, number)
    with store_of(events) as snapshot:
        for law in LAWS:
            law(Case(number, events, question, snapshot))
