"""The base class of milestone details: what each kind defines, and the defaults.

A kind is a frozen dataclass whose fields have types of `domain.field_types`. Field checks, people references,
redaction, JSON and forms are derived from these types.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from enum import EnumMeta
from itertools import product
from typing import Any, ClassVar, Protocol, Self, cast
from uuid import UUID

from domain.field_types import FieldSpec, FieldType, field_specs
from domain.kinds.kind import Kind
from domain.kinds.state import State
from domain.precision import Precision
from domain.seats import BOTH, Commitment, Function, Money, Provider, SeatTerms, SeatWithFunctions, in_order

NOBODY = UUID(int=0)
NEW = "\0"
"""A name not on record, for probes; `NOBODY` is such a holder."""
SEATS = ((Function.TECHNOLOGY,), (Function.AI,), BOTH)
"""The combinations of functions that a seat may carry."""


class Occurrence(Protocol):
    """What the step of a kind may read of its milestone, besides the details."""

    @property
    def id(self) -> UUID:
        """The id of the milestone."""

    @property
    def effective_on(self) -> date:
        """The date as recorded: the first day of its period."""

    @property
    def precision(self) -> Precision:
        """The precision of that date."""


class Details:
    """The details of a milestone. Every kind is a frozen dataclass, identified by its `kind`."""

    __slots__ = ()
    kind: ClassVar[Kind]
    changes_holders: ClassVar[bool] = False
    """Whether it changes who holds a seat, or under which conditions."""

    def check(self, before: Details | None = None) -> None:
        """Refuse (`InvalidField`) invalid combinations of fields; single fields are checked by their types.

        `before` are the details that a correction replaces.
        """

    def step(self, state: State, on: date, milestone: Occurrence) -> State:
        """The state after it takes effect on a day. Raises an `Unfitting` refusal if it does not fit.

        `milestone` has these details. The engagement is open.
        """
        return state

    @classmethod
    def probes(cls, state: State) -> Iterator[Self]:
        """Details with every difference that `step` distinguishes, to find out whether any milestone of the kind fits.

        The default combines every function, seat and commitment that the required fields can hold. A kind that refers
        to names on record yields those instead.
        """
        required = [spec for spec in field_specs(cls) if spec.is_required]
        for values in product(*(tuple(_probe_values(spec)) for spec in required)):
            yield cls(**dict(zip((spec.name for spec in required), values, strict=True)))

    def comparable(self) -> Self:
        """A copy without insignificant differences: the order of functions, and verdicts."""
        return cast(Self, _comparable(self))


def _comparable(value: Any) -> Any:
    changed: dict[str, Any] = {}
    for spec in field_specs(type(value)):
        member = getattr(value, spec.name)
        if spec.type is FieldType.VERDICTS:
            changed[spec.name] = None
        elif spec.value is Function and spec.is_list:
            changed[spec.name] = in_order(member)
        elif spec.value is SeatWithFunctions:
            changed[spec.name] = tuple(map(_comparable, member)) if spec.is_list else _comparable(member)
    return replace(value, **changed) if changed else value


def _probe_values(spec: FieldSpec) -> Iterable[object]:
    if spec.value is Function:
        return SEATS if spec.is_list else Function
    if spec.value is SeatTerms:
        return (SeatTerms(NOBODY, commitment, Provider.FIRM) for commitment in Commitment)
    if spec.value is SeatWithFunctions:
        return _chosen_seats() if spec.is_list else (seat for (seat,) in _single_seats())
    if isinstance(spec.value, EnumMeta):
        return list(spec.value)[:1]
    return (() if spec.is_list else _PLAIN.get(spec.value, {}),)


_PLAIN: Mapping[Any, object] = {
    str: NEW,
    UUID: NOBODY,
    Decimal: Decimal(0),
    Money: Money(Decimal(0), "USD"),
    date: date(2000, 1, 1),
    bool: False,
}


def _seat(functions: tuple[Function, ...], commitment: Commitment) -> SeatWithFunctions:
    return SeatWithFunctions(functions, NOBODY, commitment, Provider.FIRM)


def _single_seats() -> Iterator[tuple[SeatWithFunctions, ...]]:
    return ((_seat(functions, commitment),) for functions, commitment in product(SEATS, Commitment))


def _chosen_seats() -> Iterator[tuple[SeatWithFunctions, ...]]:
    yield from _single_seats()
    for technology, ai in product(Commitment, repeat=2):
        yield _seat((Function.TECHNOLOGY,), technology), _seat((Function.AI,), ai)
