"""Request bodies for milestones: log, correct, retract, or several of these."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeAlias, Union
from uuid import UUID

from pydantic import (
    ConfigDict,
    Discriminator,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    Tag,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    create_model,
    model_validator,
)

from api.http.problems import Problem, below, invalid, within_request
from api.schemas.details import Part, as_recorded, make_part, merged, part_of
from api.schemas.examples import EXAMPLES
from api.schemas.messages import message_of
from api.schemas.positions import POSITION_IDS, with_ids
from api.schemas.scalars import STANDING, Body, Day, Links, MilestoneId, Note, Reason
from domain.decisions import Correct, Log, Request, Retract
from domain.errors import Refusal
from domain.milestones import DETAILS, KEEP, Details, Kind, Precision
from projections.details_json import details_to_json


class MilestoneBody(Part):
    """Fields of every milestone besides its details."""

    kind: Kind
    effective_on: Day
    precision: Precision = Precision.DAY
    note: Note | None = None
    links: Links = Field(default_factory=list)
    reported_on: Day | None = None

    def to_log(self, milestone: UUID) -> Log:
        """The domain's `Log` request for this body, with the new milestone's id."""
        details: Details = self.to_domain()
        return Log(
            milestone,
            self.effective_on,
            details,
            self.precision,
            self.note,
            tuple(self.links),
            self.reported_on,
        )


def _body_of(details: type[Details]) -> type[MilestoneBody]:
    base = make_part(f"{details.__name__}Milestone", MilestoneBody, details)
    kind = Literal[details.kind.value]  # type: ignore[name-defined]
    example = {"kind": details.kind.value, **EXAMPLES[details.kind]}
    model = create_model(base.__name__, __base__=base, __doc__=base.__doc__, kind=(kind, ...))
    model.model_config = ConfigDict(**{**model.model_config, "json_schema_extra": {"examples": [example]}})
    model.model_rebuild(force=True)
    return model


BODIES: Mapping[Kind, type[MilestoneBody]] = {kind: _body_of(details) for kind, details in DETAILS.items()}

if TYPE_CHECKING:
    AnyMilestone: TypeAlias = MilestoneBody
else:
    AnyMilestone: TypeAlias = Annotated[Union[tuple(BODIES.values())], Field(discriminator="kind")]  # noqa: UP007

MILESTONE: TypeAdapter[MilestoneBody] = TypeAdapter(AnyMilestone)
"""Validates a milestone of any kind; `context` may map refs of `people` and `milestones` to ids."""


class CorrectionBody(Body):
    """A correction of a milestone. `details` holds only the changed members; null means unknown."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reason": "signed a week later",
                    "effective_on": "2023-04-24",
                    "details": {"technology": {"hours_per_month": {"technology": 24}}},
                }
            ]
        }
    )
    reason: Reason
    effective_on: Day | None = None
    precision: Precision | None = None
    details: dict[str, Any] | None = Field(default=None, max_length=50)
    note: Note | None = None
    links: Links = Field(default_factory=list)

    def to_correct(self, milestone: UUID, context: Mapping[str, Any] | None = None) -> Correct:
        """The request to correct a milestone; missing fields are unchanged."""
        fields_set = self.model_fields_set
        return Correct(
            milestone,
            self.reason,
            effective_on=self.effective_on or KEEP,
            precision=self.precision or KEEP,
            details=changed_by(self.details, context) if self.details else None,
            note=self.note if "note" in fields_set else KEEP,
            links=tuple(self.links) if "links" in fields_set else KEEP,
        )


class RetractionBody(Body):
    """A retraction of a milestone that did not happen."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "logged for the wrong client"}]})
    reason: Reason
    links: Links = Field(default_factory=list)

    def to_retract(self, milestone: UUID) -> Retract:
        """The request to retract a milestone."""
        return Retract(milestone, self.reason, tuple(self.links))


CHANGE = "change"
"""The suffix of union tags, which keeps them apart from field names."""


class CorrectionOf(CorrectionBody):
    """A correction as one of several changes; its reason defaults to the common one."""

    milestone: MilestoneId
    reason: Reason | None = None  # type: ignore[assignment]


class RetractionOf(RetractionBody):
    """A retraction as one of several changes; its reason defaults to the common one."""

    milestone: MilestoneId
    reason: Reason | None = None  # type: ignore[assignment]


class LogChange(Body):
    """A milestone to log."""

    log: AnyMilestone


class CorrectChange(Body):
    """A milestone to correct."""

    correct: CorrectionOf


class RetractChange(Body):
    """A milestone to retract."""

    retract: RetractionOf


def _tag_of_change(change: Any) -> str | None:
    names = [name for name in ("log", "correct", "retract") if isinstance(change, dict) and name in change]
    return f"{names[0]} {CHANGE}" if names else None


ChangeBody: TypeAlias = Annotated[
    Annotated[LogChange, Tag(f"log {CHANGE}")]
    | Annotated[CorrectChange, Tag(f"correct {CHANGE}")]
    | Annotated[RetractChange, Tag(f"retract {CHANGE}")],
    Discriminator(
        _tag_of_change,
        custom_error_type="no_change",
        custom_error_message="must have exactly one of log, correct, retract",
    ),
]


class ChangesBody(Body):
    """Several changes that are validated together and recorded all or none.

    `assessment` can be `changes.0`: the assessment that the first change logs, before this one.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reason": "both were a month early",
                    "changes": [
                        {
                            "correct": {
                                "milestone": "018f2d6e-5a0b-4c55-9d5e-4a3f1f1f0a01",
                                "reason": "a month early",
                                "effective_on": "2024-07-01",
                            }
                        }
                    ],
                }
            ]
        }
    )
    reason: Reason | None = None
    changes: list[ChangeBody] = Field(min_length=1, max_length=200)

    _ids: Mapping[int, UUID] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _resolve_positions(cls, content: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        """Replace `changes.0` by the id of the assessment that the change logs.

        The context of an import has the refs of earlier lines as `milestones`, and the line's `PositionIds`.
        """
        context = info.context or {}
        made = {"new_id": context[POSITION_IDS]} if POSITION_IDS in context else {}
        resolved, ids = with_ids(content, "changes", context.get("milestones", ()), **made)
        body = handler(resolved)
        body._ids = ids
        return body

    def use_ids(self, ids: Mapping[int, UUID]) -> None:
        """Give milestones to log at some positions their ids."""
        self._ids = {**self._ids, **ids}

    def to_requests(self, new_id: Callable[[], UUID], context: Mapping[str, Any] | None = None) -> list[Request]:
        """The domain requests. Milestones to log take their ids from `new_id`.

        Raises `Problem` 422 for a correction or retraction without its own or a common reason.
        """
        return [self._request(number, change, new_id, context) for number, change in enumerate(self.changes)]

    def _request(
        self, number: int, change: ChangeBody, new_id: Callable[[], UUID], context: Mapping[str, Any] | None
    ) -> Request:
        match change:
            case LogChange():
                return change.log.to_log(self._ids.get(number) or new_id())
            case CorrectChange(correct=correction):
                reason = self._reason(correction.reason, self._path(number))
                correct = correction.to_correct(correction.milestone, context)
                details = correct.details and _naming(self._path(number), correct.details)
                return replace(correct, reason=reason, details=details)
            case RetractChange(retract=retraction):
                reason = self._reason(retraction.reason, self._path(number))
                return replace(retraction.to_retract(retraction.milestone), reason=reason)

    def refused(self, refusal: Refusal) -> Refusal | Problem:
        """A refusal of one of the changes, with its path in this body."""
        if refusal.request is None:
            return refusal
        return within_request(refusal, self._path(refusal.request))

    def _path(self, number: int) -> str:
        (name,) = type(self.changes[number]).model_fields
        return f"changes.{number}.{name}"

    def _reason(self, own: str | None, path: str) -> str:
        reason = own or self.reason
        if reason is None:
            raise invalid((f"{path}.reason", "is required, here or as the common reason"))
        return reason


def _naming(path: str, change: Callable[[Details], Details]) -> Callable[[Details], Details]:
    """The same function, whose problems have the `path` of the correction before their fields."""

    def change_or_name(details: Details) -> Details:
        try:
            return change(details)
        except Problem as problem:
            raise below(path, problem) from None

    return change_or_name


def changed_by(changes: Mapping[str, Any], context: Mapping[str, Any] | None) -> Callable[[Details], Details]:
    """A function that applies a correction to current details. Raises `Problem` 422 for unknown fields."""

    def change(details: Details) -> Details:
        kind: Any = type(details)
        model = part_of(kind)
        unknown = sorted(set(changes) - set(model.model_fields))
        if unknown:
            raise invalid(*((f"details.{name}", "is not a detail of this kind") for name in unknown))
        current = {name: member for name, member in details_to_json(details).items() if name in model.model_fields}
        validation_context = {**(context or {}), **standing_in(current)}
        try:
            body = model.model_validate(merged(current, changes), context=validation_context)
        except ValidationError as fault:
            raise invalid_details(fault) from None
        corrected: Details = as_recorded(details, body.to_domain())
        return corrected

    return change


def standing_in(details: Mapping[str, Any]) -> Mapping[str, Any]:
    """The validation context in which the texts of details on record may stay as they are."""
    return {STANDING: frozenset(_texts_in(details))}


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for member in value.values() if isinstance(value, Mapping) else value:
            yield from _texts_in(member)


def invalid_details(fault: ValidationError) -> Problem:
    """The 422 problem for invalid details."""
    return invalid(
        *((".".join(("details", *map(str, error["loc"]))), message_of(error["msg"])) for error in fault.errors())
    )
