"""The correction form: a three-way merge that leaves untouched fields exactly as recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from pydantic import ValidationError

from api.http.problems import Problem, invalid
from api.schemas.details import as_recorded, part_of
from api.schemas.milestones import CorrectionBody, standing_in
from domain.decisions import Correct
from domain.kinds.engagement import AssessmentTaken
from domain.milestones import DETAILS, Details
from projections.milestone_versions import MilestoneVersion
from web.form_fields import body_of
from web.pages.assess.correction import AnswerSheet
from web.pages.milestones.details import in_seat_order
from web.pages.milestones.form import COMMON, EFFECTIVE_ON, REASON, Fault, MilestoneForm, faults_in, read_dates

_ABSENT = object()


@dataclass(frozen=True)
class CorrectionSheet:
    """The correction form. `latest` is the current version, `original` the form as it was opened on version `base`."""

    latest: MilestoneVersion
    base: MilestoneVersion
    original: MilestoneForm
    form: MilestoneForm
    answers: AnswerSheet | None = None

    def correction(self, reason: str) -> Correct:
        """The request that changes only the touched fields. Raises `Problem` 422 naming the invalid ones."""
        faults = [*self.form.typed.unclear(), *(self.answers.faults() if self.answers else ())]
        content = self._common(faults)
        if not reason:
            faults.append(("reason", "enter a reason"))
        try:
            body = CorrectionBody.model_validate({**content, "reason": (reason or "none")[:2000]})
        except ValidationError as fault:
            raise invalid(*faults, *(error for error in faults_in(fault) if error[0] not in dict(faults))) from None
        details = self._details(faults)
        if faults:
            raise invalid(*faults)
        request = body.to_correct(self.latest.id)
        if details is None:
            return request
        return replace(request, details=lambda before: as_recorded(before, details))

    def refused(self, problem: Problem) -> CorrectionSheet:
        """The same form with the problem's error messages."""
        answers = self.answers.refused(problem) if self.answers else None
        return replace(self, form=self.form.refused(problem), answers=answers)

    @property
    def labels(self) -> Mapping[str, tuple[str, str]]:
        """The element id and the label of every field, by name."""
        return {**self.form.labels, **(self.answers.form.labels if self.answers else {})}

    @property
    def faults(self) -> list[Fault]:
        """The fields with an error message, for a preview to mark."""
        answers = self.answers.form if self.answers else None
        wrong = [(f"answers.{name}", message) for name, message in answers.errors.items()] if answers else []
        labels = self.labels
        return [*self.form.faults, *(Fault(labels[name][0], message) for name, message in wrong if name in labels)]

    def _common(self, faults: list[tuple[str, str]]) -> dict[str, Any]:
        typed, before = self.form.typed, self.original.typed
        content: dict[str, Any] = {}
        if typed.text(EFFECTIVE_ON.name) != before.text(EFFECTIVE_ON.name):
            wrong = [fault for fault in read_dates(content, typed) if fault[0] == EFFECTIVE_ON.name]
            faults += wrong
            if not wrong and EFFECTIVE_ON.name not in content:
                faults.append((EFFECTIVE_ON.name, "required"))
        for form_field in COMMON.form_fields:
            if typed.of(form_field) != before.of(form_field):
                content[form_field.name] = body_of((form_field,), typed).get(
                    form_field.name, [] if form_field.name == "links" else None
                )
        return content

    def _details(self, faults: list[tuple[str, str]]) -> Details | None:
        """The changed details; null if none was touched."""
        before, after = self.original.details(), self.form.details()
        if self.answers is not None:
            before["answers"], after["answers"] = self.answers.before, self.answers.after()
        if before == after:
            return None
        model = part_of(cast(Any, DETAILS[self.latest.kind]))
        standing = in_seat_order(self.latest.details)
        merged = merge_typed_changes({n: v for n, v in standing.items() if n in model.model_fields}, before, after)
        try:
            details: Details = model.model_validate(merged, context=standing_in(standing)).to_domain()
        except ValidationError as fault:
            named = [(f"details.{name}" if name == REASON else name, text) for name, text in faults_in(fault)]
            faults += [(name, text) for name, text in named if name not in dict(faults)]
            return None
        return details


def sheet_of(
    latest: MilestoneVersion, base: MilestoneVersion, original: MilestoneForm, form: MilestoneForm
) -> CorrectionSheet:
    """The correction sheet of a form as opened on the version `base` (`original`) and as sent (`form`)."""
    answers = None
    if assessment := base.details_as(AssessmentTaken):
        answers = AnswerSheet.of(assessment.answers, None if form is original else form.typed)
    return CorrectionSheet(latest, base, original, form, answers)


def merge_typed_changes(standing: Any, before: Any, after: Any) -> Any:
    """Three-way merge: the recorded value with the differences between two states of a form applied.

    What the form does not show is in neither of its states, and is kept. Lists of equal length are merged member by
    member; otherwise the list of the form replaces the recorded one.
    """
    if before == after:
        return standing
    if isinstance(standing, Mapping) and isinstance(before, Mapping) and isinstance(after, Mapping):
        merged = dict(standing)
        for name in {**before, **after}:
            was, is_now = before.get(name, _ABSENT), after.get(name, _ABSENT)
            if was == is_now:
                continue
            if is_now is _ABSENT:
                merged.pop(name, None)
            elif was is _ABSENT or name not in standing:
                merged[name] = is_now
            else:
                merged[name] = merge_typed_changes(standing[name], was, is_now)
        return merged
    lists = (standing, before, after)
    if all(isinstance(one, list) for one in lists) and len({len(one) for one in lists}) == 1:
        return [merge_typed_changes(*members) for members in zip(*lists, strict=True)]
    return after
