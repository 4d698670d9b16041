"""Scalar types of request and response bodies: dates, instants, ids, numbers, money and text, each with one format."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Self, TypeAlias
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictInt,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
)

from api.schemas.positions import POSITION_IDS, REFERENCE
from api.state.addresses import LONGEST_EMAIL, canonical_email
from domain.text import clean, clean_name, is_visible

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII)
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_AMOUNT = re.compile(r"\d{1,16}(\.\d{1,4})?", re.ASCII)
_NEGATIVE = re.compile(r"-[\d.,]+", re.ASCII)
_LINK = re.compile(r"https?://[^\s<>\"'`\\^{|}]+", re.IGNORECASE)

EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
CURRENCY = r"^[A-Z]{3}$"
SLUG = r"^[a-z][a-z0-9_]{0,79}$"
MONTH = r"^[0-9]{4}-(0[1-9]|1[0-2])$"
QUARTER = r"^(FY)?[0-9]{4}-Q[1-4]$"
NOT_BLANK = r"\S"

NOT_AN_AMOUNT = 'must be an amount as text like "8500.00"'
NEGATIVE_AMOUNT = 'must be an amount as text like "8500.00" that is not negative'

STANDING = "standing"
"""The context key of the current strings, which are accepted unchanged: ids instead of refs, and stored text."""


def _cleaned(clean_text: Callable[[str], str]) -> AfterValidator:
    """A validator that cleans text; current strings are unchanged."""

    def read(value: str, info: ValidationInfo) -> str:
        return value if value in (info.context or {}).get(STANDING, ()) else clean_text(value)

    return AfterValidator(read)


def _visible(text: str) -> str:
    """Require at least one visible character."""
    if not is_visible(text):
        raise ValueError("must not be empty")
    return text


def _cleaned_json(value: Any, info: ValidationInfo) -> Any:
    """Clean every string in free-form JSON."""
    if isinstance(value, str):
        return value if value in (info.context or {}).get(STANDING, ()) else clean(value, multiline=True)
    if isinstance(value, list):
        return [_cleaned_json(member, info) for member in value]
    if isinstance(value, dict):
        return {name: _cleaned_json(member, info) for name, member in value.items()}
    return value


CLEAN_NAME = _cleaned(clean_name)
CLEAN_LINE = _cleaned(clean)
CLEAN_LINES = _cleaned(partial(clean, multiline=True))
CLEAN_JSON = AfterValidator(_cleaned_json)
VISIBLE = AfterValidator(_visible)


def any_member_of(*kinds: Iterable[str]) -> BeforeValidator:
    """A validator for the members of several enums, with a single error message."""
    members = {str(member): member for kind in kinds for member in kind}

    def read(value: object) -> str:
        if isinstance(value, str) and value in members:
            return members[value]
        raise ValueError(f"must be one of {', '.join(members)}")

    return BeforeValidator(read)


def as_date(value: object) -> date:
    """Parse a date `YYYY-MM-DD`, years 1900 to 2199."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DATE.fullmatch(value):
        parsed = date.fromisoformat(value)
        if 1900 <= parsed.year <= 2199:
            return parsed
        raise ValueError("must be between 1900 and 2199")
    raise ValueError("must be a date like 2026-03-31")


def as_instant(value: object) -> datetime:
    """Parse an RFC 3339 instant with a zone and convert it to UTC.

    A space from an undecoded `+` in a URL is accepted.
    """
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, str) and _INSTANT.fullmatch(text := value.replace(" ", "+")):
        try:
            return datetime.fromisoformat(text.upper().replace("Z", "+00:00")).astimezone(UTC)
        except OverflowError:
            raise ValueError("is out of range") from None
    raise ValueError("must be an instant like 2026-03-31T09:30:00.000000Z")


def instant_text(instant: datetime) -> str:
    """The format of an instant: UTC, microseconds, `Z`."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def as_id(value: object) -> UUID:
    """Parse a UUID in its canonical format."""
    if isinstance(value, UUID):
        return value
    if isinstance(value, str) and _ID.fullmatch(value):
        return UUID(value)
    raise ValueError("must be a UUID")


def as_number(value: object) -> Decimal:
    """A decimal from a JSON number without loss of digits."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(str(value))
    raise ValueError("must be a number")


def number_of(value: Decimal) -> int | float:
    """A decimal as a JSON number."""
    return int(value) if value == value.to_integral_value() else float(value)


def as_whole_number(value: object) -> object:
    """An integer also if it is written with a zero fraction (`24.0`), as JSON allows; anything else is unchanged."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def as_amount(value: object) -> Decimal:
    """Parse an amount of money from a string; a JSON number could have lost digits.

    The domain checks the decimals of the currency.
    """
    if isinstance(value, str) and _AMOUNT.fullmatch(value):
        return Decimal(value)
    if isinstance(value, str) and _NEGATIVE.fullmatch(value):
        raise ValueError(NEGATIVE_AMOUNT)
    raise ValueError(NOT_AN_AMOUNT)


def as_link(value: str) -> str:
    """Check an absolute http(s) URL."""
    if not _LINK.fullmatch(value):
        raise ValueError("must be an http or https URL")
    return value


def _reference_to(table: str) -> Any:
    def resolve(value: object, info: ValidationInfo) -> UUID:
        context = info.context or {}
        refs = context.get(table)
        if refs is None or value in context.get(STANDING, ()) or value in context.get(POSITION_IDS, ()):
            if table == "milestones" and isinstance(value, str) and REFERENCE.fullmatch(value):
                raise ValueError("must be a UUID, or refer to an assessment in an earlier item of the same list")
            return as_id(value)
        if isinstance(value, str) and value in refs:
            return UUID(str(refs[value]))
        raise ValueError(f"must be the ref of one of the {table} on an earlier line")

    return BeforeValidator(resolve)


_ID_SCHEMA = WithJsonSchema({"type": "string", "format": "uuid"})
_INSTANT_SCHEMA = WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-03-31T09:30:00.000000Z"]})

Day: TypeAlias = Annotated[
    date,
    BeforeValidator(as_date),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-03-31"]}),
]
Instant: TypeAlias = Annotated[
    datetime, BeforeValidator(as_instant), PlainSerializer(instant_text, return_type=str), _INSTANT_SCHEMA
]
Id: TypeAlias = Annotated[UUID, BeforeValidator(as_id), _ID_SCHEMA]
PersonId: TypeAlias = Annotated[UUID, _reference_to("people"), _ID_SCHEMA]
"""A person's id; in an import, the ref of a person."""
MilestoneId: TypeAlias = Annotated[UUID, _reference_to("milestones"), _ID_SCHEMA]
"""A milestone's id; in an import, the ref of a milestone."""
Number: TypeAlias = Annotated[
    Decimal,
    BeforeValidator(as_number),
    PlainSerializer(number_of, return_type=int | float, when_used="json"),
    WithJsonSchema({"type": "number"}),
]
WholeNumber: TypeAlias = Annotated[StrictInt, BeforeValidator(as_whole_number)]
Amount: TypeAlias = Annotated[
    Decimal,
    BeforeValidator(as_amount),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,16}(\.[0-9]{1,4})?$", "examples": ["8500.00"]}),
]
Currency: TypeAlias = Annotated[str, StringConstraints(pattern=CURRENCY), Field(examples=["USD"])]
Name: TypeAlias = Annotated[
    str, StringConstraints(min_length=1, max_length=200), CLEAN_NAME, Field(examples=["Halcyon Health"])
]
Email: TypeAlias = Annotated[
    str,
    BeforeValidator(lambda value: value.strip() if isinstance(value, str) else value),
    StringConstraints(max_length=LONGEST_EMAIL, pattern=EMAIL),
    AfterValidator(canonical_email),
    Field(examples=["dana@example.org"]),
]
Secret: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Reason: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=2000), CLEAN_LINES, VISIBLE]
Note: TypeAlias = Annotated[str, StringConstraints(max_length=10_000), CLEAN_LINES]
Link: TypeAlias = Annotated[
    str,
    StringConstraints(max_length=2000),
    CLEAN_LINE,
    AfterValidator(as_link),
    WithJsonSchema({"type": "string", "format": "uri", "maxLength": 2000, "examples": ["https://example.org/letter"]}),
]
Links: TypeAlias = Annotated[list[Link], Field(max_length=50)]


def without_default(schema: dict[str, Any]) -> None:
    """Remove the default from the schema of an optional field."""
    schema.pop("default", None)


class Body(BaseModel):
    """A request body; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Answer(BaseModel):
    """A response body."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def of(cls, source: object, /, **own: object) -> Self:
        """A response with the attributes of `source` that have the names of its fields, except those in `own`."""
        return cls(**{name: getattr(source, name) for name in cls.model_fields.keys() - own.keys()}, **own)


class MoneyAnswer(Answer):
    """A decimal amount as a string, and its currency (ISO 4217)."""

    amount: str = Field(examples=["8500.00"])
    currency: str = Field(examples=["USD"])
