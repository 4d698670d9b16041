"""The columns of an imported table. Those of milestone details are derived from the typed fields of every kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from domain.assessment.questions import QUESTIONS
from domain.field_types import FieldSpec, FieldType, field_specs
from domain.milestones import DETAILS, Details, Kind
from domain.profile import Profile
from domain.seats import Hours, Money, SeatTerms, SeatWithFunctions

GENERAL = (
    "client",
    "engagement",
    "kind",
    "effective_on",
    "precision",
    "note",
    "links",
    "reported_on",
    "ref",
)
"""Columns of every row."""
OPENING = "opening"
"""The ref of an engagement's first milestone, in the row that opens the engagement."""
PERSON_COLUMNS = ("person.name", "person.email", "person.employer")
"""Columns of a row that adds a person."""
NEW_NAME = "profile.name"
"""The new name of a client, in a row that changes its profile."""
REQUIRED = ("client", "kind", "effective_on")
PROFILE = "profile."
ANSWERS = "answers"
FUNCTIONS = "functions"
SEAT_PLACES = ("technology", "ai", "seat")
"""The columns of a list of seats begin with these: one seat for each function, or one with the functions given."""


def columns_of_field(spec: FieldSpec, path: str) -> Iterator[str]:
    """The columns that may hold a field's value."""
    if spec.type is FieldType.VERDICTS:
        return
    if spec.type is FieldType.ANSWERS:
        yield path
        yield from (f"{path}.{name}" for name in QUESTIONS)
    elif spec.value is Money:
        yield from (path, f"{path}.amount", f"{path}.currency")
    elif spec.value is Hours:
        yield from (path, *(f"{path}.{part.name}" for part in field_specs(Hours)))
    elif spec.value is SeatWithFunctions:
        yield from _columns_of_seats() if spec.is_list else (FUNCTIONS, *columns_of_part(SeatWithFunctions, path))
    elif spec.part is not None:
        yield from columns_of_part(spec.part, path)
        if spec.value is SeatTerms:
            yield f"{path}.{FUNCTIONS}"
    else:
        yield path


def _columns_of_seats() -> Iterator[str]:
    for place in SEAT_PLACES:
        yield from columns_of_part(SeatTerms, place)
    yield from (FUNCTIONS, f"seat.{FUNCTIONS}")


def columns_of_part(owner: Any, path: str) -> Iterator[str]:
    """The columns that may hold the fields of a seat or a profile."""
    for spec in field_specs(owner):
        yield from columns_of_field(spec, f"{path}.{spec.name}")


def _columns_of_kind(details: type[Details]) -> Sequence[str]:
    own = [spec for spec in field_specs(details) if not (details.kind is Kind.OPENED and spec.name == "name")]
    columns = [column for spec in own for column in columns_of_field(spec, spec.name)]
    if any(spec.value is SeatTerms and spec.name == "seat" for spec in own):
        columns.append(FUNCTIONS)
    return tuple(dict.fromkeys(columns))


KIND_COLUMNS: Mapping[Kind, Sequence[str]] = {kind: _columns_of_kind(details) for kind, details in DETAILS.items()}
"""The columns of each kind's details."""
PROFILE_COLUMNS = tuple(columns_of_part(Profile, PROFILE.rstrip(".")))
CLIENT_COLUMNS = ("client.slug", "client.fiscal_year_start_month", *PROFILE_COLUMNS)
"""Columns about the client, which any row may have."""
COLUMNS = tuple(
    dict.fromkeys(
        (
            *GENERAL,
            *CLIENT_COLUMNS,
            *(column for columns in KIND_COLUMNS.values() for column in columns),
            NEW_NAME,
            OPENING,
            *PERSON_COLUMNS,
        )
    )
)
"""All columns, in the order of the template."""
