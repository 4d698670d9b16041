"""Correcting and retracting a milestone, with a reason. Earlier versions are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.commands import CommandContext, PendingCommand
from api.hours_bound import bound_hours
from api.http.problems import Problem, problem_of
from api.milestones import engagement_change, engagement_event, retract_milestone, with_people_checks
from api.replies import Reply
from api.schemas.milestones import RetractionBody
from domain.decisions import Request, Retract
from domain.engagement import Engagement
from domain.errors import NothingToChange, Unknown, UnknownEngagement, UnknownMilestone
from domain.errors import Refusal as Refused
from domain.milestones import Kind
from domain.timeline import Timeline
from domain.unit_of_work import UnitOfWork
from projections.clients import ClientRow, find_client
from projections.engagements import EngagementRow
from projections.log import Recorded
from projections.milestone_versions import MilestoneHistory, RecordingKind
from projections.milestones import milestone_history
from web.charts.wording import day_words, effective_words
from web.components import Link, Refusal
from web.form_fields import FormField, Typed
from web.kinds import KIND_NAMES, describe_version
from web.kinds.structures import SHAPES
from web.pages.flash import Flash
from web.pages.form_submit import VERSION, errors_of, refusal_of, response_body, sentence, validated, writer_of
from web.pages.milestones.change_preview import Effect, effect_of
from web.pages.milestones.correction_merge import CorrectionSheet, sheet_of
from web.pages.milestones.form import form_of
from web.pages.milestones.form_choices import form_context
from web.pages.milestones.log import conflicting_milestone
from web.pages.milestones.milestone_list import people_of
from web.pages.milestones.retracted import log_again_link
from web.pages.page_context import Form, PageContext, RecorderPage
from web.pages.people.picker_fields import wants_person, with_people
from web.pages.time_params import At
from web.pages.urls import address, client_address, milestone_address

router = APIRouter(prefix="/engagements/{engagement}/milestones/{milestone}", include_in_schema=False)

BASE = "of"
"""The hidden field that holds the version of the milestone on which a form was opened."""

REASON = FormField(
    "reason",
    "Why",
    required=True,
    long=True,
    hint="Kept with the change.",
    options={"maxlength": "2000"},
)


@dataclass(frozen=True)
class Subject:
    """The milestone of a form, its engagement and its client."""

    client: ClientRow
    engagement: EngagementRow
    history: MilestoneHistory
    title: str

    @property
    def milestone(self) -> UUID:
        """Its id."""
        return self.history.latest.id

    @property
    def path(self) -> str:
        """Its page."""
        return milestone_address(self.engagement.id, self.milestone)


def subject_of(page: PageContext, at: At, engagement: UUID, milestone: UUID) -> Subject:
    """A milestone that the caller may see. Raises `UnknownMilestone`."""
    with page.snapshot() as snapshot:
        row = page.queries.engagement(snapshot, engagement, at.moment)
        history = milestone_history(snapshot, engagement, milestone)
        client = find_client(snapshot, row.client, as_of=at.as_of, visible=page.visible)
    if history is None or client is None:
        raise UnknownMilestone
    naming = page.naming(people_of(history.versions))
    latest = history.latest
    title = f"{describe_version(latest, naming).title}, {effective_words(latest.effective_on, latest.precision.value)}"
    return Subject(client, row, history, title)


@router.get("/undo")
def undo(engagement: UUID, milestone: UUID, page: RecorderPage, at: At) -> Response:
    """Lead to the form, filled in, that undoes what was recorded last of a milestone."""
    subject = subject_of(page, at, engagement, milestone)
    latest = subject.history.latest
    if subject.history.retraction is not None:
        return page.redirect(log_again_link(latest, subject.client.slug) or subject.path)
    if latest.version > 1:
        return page.redirect(address(f"{subject.path}/correct", undo="yes"))
    if latest.kind is Kind.OPENED:
        return page.redirect(f"/engagements/{engagement}/retract")
    return page.redirect(address(f"{subject.path}/retract", undo="yes"))


@router.get("/correct")
def show_correction_form(
    engagement: UUID,
    milestone: UUID,
    page: RecorderPage,
    at: At,
    undo: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """The correction form, filled in with the current version; to undo a correction, with the version before."""
    subject = subject_of(page, at, engagement, milestone)
    sheet = _sheet(page, subject, at, None)
    if undo and (before := _sheet_of_version_before(page, subject, at, sheet)):
        return _preview_page(page, subject, at, before, Typed(()))
    return _correction_page(page, subject, sheet, version=subject.engagement.version)


@router.post("/correct")
def correct(engagement: UUID, milestone: UUID, page: RecorderPage, at: At, typed: Form) -> Response:
    """Record the correction, or show the form again with the errors."""
    subject = subject_of(page, at, engagement, milestone)
    sheet = _sheet(page, subject, at, typed)
    if typed.text("do") == "day-after":
        sheet = replace(sheet, form=sheet.form.closed_a_day_later())
    if wants_person(typed) or typed.text("do") in ("shape", "day-after"):
        return _correction_page(page, subject, sheet, version=_version(typed, subject))
    if typed.text("do") == "check":
        return _preview_page(page, subject, at, sheet, typed)
    try:
        writer = writer_of(page, typed)
        request = with_people_checks(writer, sheet.correction(typed.text("reason").strip()))
        recorded = response_body(_record(writer, engagement, request))
    except (Problem, Refused) as fault:
        problem = fault if isinstance(fault, Problem) else problem_of(fault)
        return _refused(page, subject, sheet, problem)
    return page.redirect(subject.path, Flash("corrected", recorded["position"], engagement, milestone))


@router.get("/retract")
def show_retraction_form(
    engagement: UUID,
    milestone: UUID,
    page: RecorderPage,
    at: At,
    undo: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """The form that retracts a milestone, with a preview of the timeline without it."""
    subject = subject_of(page, at, engagement, milestone)
    typed = Typed(((REASON.name, "Logged by mistake"),) if undo else ())
    return _retraction_page(page, subject, at, typed, version=subject.engagement.version)


@router.post("/retract")
def retract(engagement: UUID, milestone: UUID, page: RecorderPage, at: At, typed: Form) -> Response:
    """Retract the milestone, or show the form again with the errors."""
    subject = subject_of(page, at, engagement, milestone)
    reason = typed.text("reason").strip()
    if not reason:
        return _retraction_page(
            page, subject, at, typed, version=_version(typed, subject), status=422, error="Enter a reason."
        )
    try:
        body = validated(RetractionBody, {"reason": reason[:2000]})
        recorded = response_body(retract_milestone(engagement, milestone, body, writer_of(page, typed)))
    except Problem as problem:
        if problem.status_code not in (409, 412, 422):
            raise
        return _retraction_page(
            page,
            subject,
            at,
            typed,
            version=subject.engagement.version,
            status=problem.status_code,
            refusal=_refusal(page, problem, subject),
            error=errors_of(problem).get("reason", ""),
        )
    flash = Flash("retracted", recorded["position"], engagement, milestone)
    return page.redirect(client_address(subject.client.slug) + "#milestones", flash)


def _preview_page(page: PageContext, subject: Subject, at: At, sheet: CorrectionSheet, typed: Typed) -> Response:
    """The form with a preview of its effect, or the reason it would be refused. Nothing is recorded."""
    version = _version(typed, subject)
    try:
        effect = _effect(page, subject, at, sheet.correction("a look ahead"))
    except Unknown:
        raise
    except NothingToChange:
        return _correction_page(page, subject, sheet, version=version)
    except (Problem, Refused) as fault:
        problem = fault if isinstance(fault, Problem) else problem_of(fault)
        refused = _refusal(page, problem, subject, sheet)
        return _correction_page(page, subject, sheet.refused(problem), version=version, refused=refused)
    return _correction_page(page, subject, sheet, version=version, effect=effect)


def _sheet(page: PageContext, subject: Subject, at: At, typed: Typed | None) -> CorrectionSheet:
    """The correction form. It is based on the version that was opened, even if a newer one was recorded since."""
    versions = [
        version for version in subject.history.versions if version.recording_kind is not RecordingKind.RETRACTED
    ]
    latest = subject.history.latest
    opened_on = typed.text(BASE) if typed else ""
    base = next((version for version in versions if str(version.version) == opened_on), latest)
    original = form_of(base, form_context(page, subject.engagement, at.today), is_correction=True)
    standing, client = people_of([base]), subject.client.slug
    shown = with_people(page, original.form_fields, original.typed, standing=standing, client=client)
    original = replace(original, typed=shown)
    form = original
    if typed is not None:
        form = original.in_shape(typed.text("shape"))
        form = replace(form, typed=with_people(page, form.form_fields, typed, standing=standing, client=client))
    return sheet_of(latest, base, original, form)


def _sheet_of_version_before(
    page: PageContext, subject: Subject, at: At, current: CorrectionSheet
) -> CorrectionSheet | None:
    """The correction form filled in with the version before the latest; null without one, and for assessments."""
    before = next((v for v in reversed(subject.history.versions) if v.version == current.base.version - 1), None)
    if before is None or current.answers is not None:
        return None
    form = form_of(before, form_context(page, subject.engagement, at.today), is_correction=True)
    typed = with_people(page, form.form_fields, form.typed, standing=people_of([before]), client=subject.client.slug)
    reason = (REASON.name, f"Undoes the correction of {day_words(page.context.day_of(current.latest.recorded_at))}")
    form = replace(form, typed=Typed((*typed.pairs(), reason)))
    return sheet_of(current.latest, current.base, current.original, form)


def _record(writer: CommandContext, engagement: UUID, request: Request) -> Response:
    def answer(_: Engagement, recorded: Sequence[Recorded]) -> Reply:
        position = engagement_event(engagement, recorded).position
        return Reply(200, b'{"position":%d}' % position)

    return writer.run(PendingCommand(engagement_change(writer, engagement, [request]), answer))


def _effect(page: PageContext, subject: Subject, at: At, request: Request) -> Effect:
    def preview(unit: UnitOfWork) -> tuple[Timeline, Timeline]:
        if not page.caller.sees(unit.engagement(subject.engagement.id).client):
            raise UnknownEngagement
        bound_hours(page.context, page.caller, unit)
        return unit.preview(subject.engagement.id, [request])

    before, after = page.context.log.engagements.query(preview)
    naming = page.naming({span.terms.holder for timeline in (before, after) for span in timeline.seat_spans})
    milestone = next((m for m in after.milestones if m.id == subject.milestone), None)
    month = subject.client.fiscal_year_start_month or page.context.fiscal_year_start_month
    return effect_of(before, after, subject.engagement.name, subject.client.name, at.today, naming, milestone, month)


def _version(typed: Typed, subject: Subject) -> int:
    text = typed.text(VERSION)
    return int(text) if text.isdecimal() and len(text) < 16 else subject.engagement.version


def _refusal(page: PageContext, problem: Problem, subject: Subject, sheet: CorrectionSheet | None = None) -> Refusal:
    if problem.status_code == 412:
        return Refusal(
            "Someone else made a change",
            "Something was recorded in this engagement after you opened the form. Check it, then send the form again.",
            more=Link("Show the current version", subject.path),
        )
    labels = {**(sheet.labels if sheet else {}), "reason": (REASON.field("").id, REASON.label)}
    more = (
        conflicting_milestone(page, subject.engagement.id, problem) if problem.milestone != subject.milestone else None
    )
    return refusal_of(problem, labels, "details.", more=more, opened_on=subject.engagement.started_on)


def _refused(page: PageContext, subject: Subject, sheet: CorrectionSheet, problem: Problem) -> Response:
    if problem.status_code not in (409, 412, 422):
        raise problem
    return _correction_page(
        page,
        subject,
        sheet.refused(problem),
        version=subject.engagement.version,
        status=problem.status_code,
        refusal=_refusal(page, problem, subject, sheet),
        error=next((sentence(message) for name, message in problem.errors if name == "reason"), ""),
    )


def _correction_page(
    page: PageContext,
    subject: Subject,
    sheet: CorrectionSheet,
    *,
    version: int,
    status: int = 200,
    effect: Effect | None = None,
    refused: Refusal | None = None,
    refusal: Refusal | None = None,
    error: str = "",
) -> Response:
    if subject.history.retraction is not None:
        raise UnknownMilestone
    return page.render(
        "correct",
        f"Correct: {subject.title}",
        here="clients",
        status=status,
        crumbs=_crumbs(subject, "Correct"),
        subject=subject,
        kind=KIND_NAMES[sheet.form.kind.value],
        form=sheet.form,
        faults=sheet.faults,
        shapes=SHAPES if sheet.form.kind is Kind.STRUCTURE_CHOSEN else (),
        answers=sheet.answers,
        reason=REASON.field(sheet.form.typed.text("reason"), error),
        version=version,
        base=sheet.base.version,
        form_id=page.context.new_id(),
        effect=effect,
        refused=refused,
        refusal=refusal,
    )


def _retraction_page(
    page: PageContext,
    subject: Subject,
    at: At,
    typed: Typed,
    *,
    version: int,
    status: int = 200,
    refusal: Refusal | None = None,
    error: str = "",
) -> Response:
    if subject.history.retraction is not None:
        raise UnknownMilestone
    effect, refused = None, None
    try:
        effect = _effect(page, subject, at, Retract(subject.milestone, "why"))
    except Unknown:
        raise
    except Refused as fault:
        refused = _refusal(page, problem_of(fault), subject)
    return page.render(
        "retract",
        f"Retract: {subject.title}",
        here="clients",
        status=status,
        crumbs=_crumbs(subject, "Retract"),
        subject=subject,
        reason=replace(REASON, options={**REASON.options, "autofocus": ""}).field(typed.text("reason"), error),
        version=version,
        form_id=page.context.new_id(),
        effect=effect,
        refused=refused,
        refusal=refusal,
    )


def _crumbs(subject: Subject, last: str) -> tuple[Link, ...]:
    return (
        Link("Clients", "/clients"),
        Link(subject.client.name, client_address(subject.client.slug)),
        Link(subject.title, subject.path),
        Link(last),
    )
