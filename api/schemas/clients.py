"""Schemas for clients and their engagements."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeAlias
from uuid import UUID

from pydantic import (
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    StringConstraints,
    ValidationInfo,
    create_model,
    model_validator,
)

from api.schemas.details import Part, make_part
from api.schemas.milestones import AnyMilestone
from api.schemas.positions import with_ids
from api.schemas.scalars import (
    Answer,
    Body,
    Day,
    Id,
    Instant,
    Link,
    MoneyAnswer,
    Name,
    Note,
    Number,
    PersonId,
    Reason,
    WholeNumber,
)
from domain.decisions import Log
from domain.field_types import FieldType
from domain.milestones import Precision
from domain.profile import PROFILE_FIELDS, Profile
from domain.seats import Commitment, Function, Money, Provider, ReportsTo, SeatTerms, Structure
from domain.timeline import Status
from projections.clients import ClientRow, ClientSeat, ClientStatus, ProfileSpan
from projections.details_json import details_to_json, money_to_json
from projections.engagements import EngagementRow
from projections.sign_runs import SignCounts


class ProfileFields(Part):
    """Profile fields shared by request bodies."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sector": "health",
                    "headcount": 24,
                    "annual_revenue": {"amount": "4200000.00", "currency": "USD"},
                    "regulated": True,
                }
            ]
        }
    )

    def values_set(self) -> dict[str, Any]:
        """The fields that were set, in the domain's form."""
        return {name: self.model_dump(mode="json")[name] for name in self.names_set()}

    def names_set(self) -> set[str]:
        """The names of the profile fields that were set."""
        return self.model_fields_set & PROFILE_FIELDS.keys()


if TYPE_CHECKING:
    ProfileBody: TypeAlias = ProfileFields
else:
    ProfileBody = make_part(
        "ProfileBody",
        ProfileFields,
        Profile,
        "Facts about a company; null means unknown. Counts are current, amounts are per year.",
    )


class ClientBody(Body):
    """A client to register. Without a slug, one is made from the name."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Halcyon Health", "profile": {"sector": "health", "headcount": 24}}]}
    )
    name: Name
    slug: Annotated[str, StringConstraints(min_length=1, max_length=80)] | None = Field(
        default=None, examples=["halcyon-health"]
    )
    profile: ProfileBody = Field(default_factory=ProfileBody)
    fiscal_year_start_month: Annotated[WholeNumber, Field(ge=1, le=12)] | None = None


class ProfileChangeBody(ProfileBody):
    """Profile changes from a day on; missing fields are unchanged."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"effective_on": "2025-01-01", "headcount": 61, "name": "Halcyon"}]}
    )
    effective_on: Day
    name: Name | None = None


class EngagementHead(Body):
    """Fields of the opening of an engagement."""

    name: Name
    started_on: Day
    practice_lead: PersonId | None = None
    precision: Precision = Precision.DAY
    note: Note | None = None
    links: Annotated[list[Link], Field(max_length=50)] = Field(default_factory=list)


class EngagementBody(EngagementHead):
    """An engagement to open, with `milestones` to log with it. Everything is recorded, or nothing.

    With a close among the milestones, a past engagement can be recorded after a later one. `assessment` can be
    `milestones.0`: the assessment that is the first of the milestones, before this one.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "CTO and CAIO",
                    "started_on": "2020-02-20",
                    "practice_lead": "0d3b2c4e-8a51-4f0e-9c07-2f6a1b7e4d10",
                    "milestones": [{"kind": "closed", "effective_on": "2020-12-31", "outcome": "completed"}],
                }
            ]
        }
    )
    milestones: Annotated[list[AnyMilestone], Field(max_length=200)] = Field(default_factory=list)

    _ids: Mapping[int, UUID] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _resolve_positions(cls, content: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        """Replace `milestones.0` by the id of that assessment; imports use refs instead."""
        resolved, ids = (content, {}) if info.context else with_ids(content, "milestones")
        body = handler(resolved)
        body._ids = ids
        return body

    def use_ids(self, ids: Mapping[int, UUID]) -> None:
        """Give milestones at some positions their ids."""
        self._ids = {**self._ids, **ids}

    def logs(self, new_id: Callable[[], UUID]) -> list[Log]:
        """The requests to log the milestones. They take their ids from `new_id` unless another refers to them."""
        return [body.to_log(self._ids.get(number) or new_id()) for number, body in enumerate(self.milestones)]


class WholeRetractionBody(Body):
    """The retraction of a whole engagement or client."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "opened at the wrong client"}]})
    reason: Reason


_FACTS: Mapping[Any, Any] = {FieldType.COUNT: int, FieldType.FACT: str, Money: MoneyAnswer, bool: bool}

if TYPE_CHECKING:
    ProfileAnswer: TypeAlias = Answer
else:
    ProfileAnswer = create_model(
        "ProfileAnswer",
        __base__=Answer,
        __doc__="Facts about a company on a day; null: unknown.",
        **{name: (_FACTS[spec.type or spec.value] | None, ...) for name, spec in PROFILE_FIELDS.items()},
    )


class TermsAnswer(Answer):
    """The terms of a seat; null: unknown."""

    holder: Id
    commitment: Commitment
    provider: Provider
    interim: bool
    reports_to: ReportsTo | None
    hours_per_month: dict[Function, Number] | None = Field(description="Agreed hours per month, by function.")
    monthly_fee: MoneyAnswer | None


class SeatAnswer(TermsAnswer):
    """A seat on a day, with its functions and the start of its current terms."""

    seat: Id
    functions: list[Function]
    since: Day


class SignCountsAnswer(Answer):
    """How many warning signs hold on a day, by severity."""

    high: int
    medium: int
    low: int


class ClientSummary(Answer):
    """A client on a day; `structure` and `since`, its first day, are null if no engagement is open.

    `monthly_fees` are the sums of the fees in force, by currency; a seat with both functions counts once, and a paused
    engagement has none. `monthly_fee` is the sum if all fees are in one currency, or else null.
    """

    id: Id
    slug: str
    name: str
    profile: ProfileAnswer
    fiscal_year_start_month: int | None
    status: ClientStatus
    structure: Structure | None
    since: Day | None
    seats: list[SeatAnswer]
    engagement: Id | None
    practice_lead: Id | None
    monthly_fee: MoneyAnswer | None
    monthly_fees: list[MoneyAnswer]
    signs: SignCountsAnswer
    version: int
    registered_at: Instant


class ProfileSpanAnswer(Answer):
    """A name and a profile over `[start, end)`; a null `start` means from the beginning, a null `end` ongoing."""

    name: str
    profile: ProfileAnswer
    start: Day | None
    end: Day | None


class EngagementAnswer(Answer):
    """An engagement on a day; `outcome` is from its close."""

    id: Id
    client: Id
    name: str
    started_on: Day
    closed_on: Day | None
    outcome: str | None
    status: Status | None
    structure: Structure | None
    practice_lead: Id | None
    version: int


class ClientAnswer(ClientSummary):
    """A client with its profile history, its engagements, and the names of the people in them."""

    profile_history: list[ProfileSpanAnswer]
    engagements: list[EngagementAnswer]
    people: dict[str, str]


class ClientsAnswer(Answer):
    """A page of clients, sorted by name."""

    items: list[ClientSummary]
    next: str | None


class EngagementsAnswer(Answer):
    """A client's engagements, sorted by start date."""

    items: list[EngagementAnswer]
    next: str | None


def profile_answer(profile: Profile) -> ProfileAnswer:
    """The response for a profile."""
    facts = ((field.name, getattr(profile, field.name)) for field in fields(profile))
    return ProfileAnswer.model_validate(
        {name: money_to_json(fact) if isinstance(fact, Money) else fact for name, fact in facts}
    )


def terms_of(terms: SeatTerms) -> dict[str, Any]:
    """A seat's terms as JSON."""
    return details_to_json(terms)


def seat_answer(seat: ClientSeat) -> SeatAnswer:
    """The response for a seat."""
    return SeatAnswer(seat=seat.id, functions=list(seat.functions), since=seat.since, **terms_of(seat.terms))


def client_fields(row: ClientRow, signs: SignCounts) -> dict[str, Any]:
    """The fields shared by all responses about a client."""
    fees = [MoneyAnswer.model_validate(money_to_json(fee)) for fee in row.monthly_fees]
    return {
        "id": row.id,
        "slug": row.slug,
        "name": row.name,
        "profile": profile_answer(row.profile),
        "fiscal_year_start_month": row.fiscal_year_start_month,
        "status": row.status,
        "structure": row.structure,
        "since": row.since,
        "seats": [seat_answer(seat) for seat in row.seats],
        "engagement": row.engagement,
        "practice_lead": row.practice_lead,
        "monthly_fee": fees[0] if len(fees) == 1 else None,
        "monthly_fees": fees,
        "signs": signs._asdict(),
        "version": row.version,
        "registered_at": row.registered_at,
    }


def span_answer(span: ProfileSpan) -> ProfileSpanAnswer:
    """The response for a span of a profile."""
    return ProfileSpanAnswer(name=span.name, profile=profile_answer(span.profile), start=span.start, end=span.end)


def engagement_answer(row: EngagementRow) -> EngagementAnswer:
    """The response for an engagement."""
    return EngagementAnswer(
        id=row.id,
        client=row.client,
        name=row.name,
        started_on=row.started_on,
        closed_on=row.closed_on,
        outcome=row.outcome,
        status=row.status,
        structure=row.structure,
        practice_lead=row.practice_lead,
        version=row.version,
    )


def people_in(client: ClientRow, engagements: tuple[EngagementRow, ...]) -> set[UUID]:
    """The ids of all people named in a client response."""
    leads = {row.practice_lead for row in engagements if row.practice_lead is not None}
    return leads | {seat.terms.holder for seat in client.seats}
