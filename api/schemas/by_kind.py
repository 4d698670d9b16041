"""Answers about milestones as the document describes them: a schema for each kind, told apart by `kind`.

What is answered is made of plain mappings, which is faster; these models only describe them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from pydantic import BaseModel, Field, GetJsonSchemaHandler, TypeAdapter, create_model
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from api.schemas.scalars import Answer, Day, Id, MoneyAnswer, Number, without_default
from domain.milestones import DETAILS, Keep, Kind
from domain.seats import Hours, Money


class AgreedHoursAnswer(Answer):
    """Agreed hours a month; a function for which none are agreed is left out."""

    technology: Number = Field(default=Decimal(), json_schema_extra=without_default)
    ai: Number = Field(default=Decimal(), json_schema_extra=without_default)


class WithDetails(Answer):
    """An answer with the `details` of a milestone; the answers declare their fields themselves, in their own order."""

    @classmethod
    def of_kind(cls, kind: Kind) -> type[WithDetails]:
        """The model that describes an answer about a milestone of one kind."""
        return _of_kind(cls, kind)

    @classmethod
    def lists_by_kind(cls) -> Mapping[str, type[WithDetails]]:
        """Fields that are lists of other answers about the same milestone."""
        return {}


@cache
def _of_kind(answer: Any, kind: Kind) -> type[WithDetails]:
    described: dict[str, Any] = {"details": (details_of(kind), ...)}
    if "kind" in answer.model_fields:
        described["kind"] = (Literal[kind.value], ...)
    for name, variant in answer.lists_by_kind().items():
        described[name] = (list[variant.of_kind(kind)], ...)  # type: ignore[misc]
    model: type[WithDetails] = create_model(
        f"{DETAILS[kind].__name__}{answer.__name__}", __base__=answer, __doc__=answer.__doc__, **described
    )
    return model


class ByKind(WithDetails):
    """An answer with the `kind` and the `details` of a milestone of any kind."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schemas of all kinds; of a kind's own model, its own."""
        if get_origin(cls.model_fields["kind"].annotation) is Literal:
            return handler(core_schema)
        return handler(one_of("kind", [cls.of_kind(kind) for kind in DETAILS]))


def one_of(field: str, models: Sequence[type[BaseModel]]) -> CoreSchema:
    """The schema of what is one of several models, told apart by a field."""
    union: Any = Annotated[Union[tuple(models)], Field(discriminator=field)]  # noqa: UP007  (made of a list)
    schema: CoreSchema = TypeAdapter(union).core_schema
    return schema


@cache
def details_of(kind: Kind) -> type[BaseModel]:
    """The model that describes the details of a kind."""
    domain_class: Any = DETAILS[kind]
    return _model_of(domain_class, "Details")


@cache
def _model_of(domain_class: Any, suffix: str) -> type[BaseModel]:
    hints = get_type_hints(domain_class)
    described: dict[str, Any] = {}
    for field in fields(domain_class):
        options = get_args(hints[field.name])
        is_left_out = Keep in options and field.default is not MISSING
        default = Field(default=None, json_schema_extra=without_default) if is_left_out else ...
        described[field.name] = (_described(hints[field.name]), default)
    return create_model(f"{domain_class.__name__}{suffix}", __base__=Answer, __doc__=domain_class.__doc__, **described)


_PLAIN: Mapping[Any, Any] = {UUID: Id, Decimal: Number, date: Day, Money: MoneyAnswer, Hours: AgreedHoursAnswer}


def _described(hint: Any) -> Any:
    options, origin = get_args(hint), get_origin(hint)
    if origin is tuple:
        return list[_described(options[0])]  # type: ignore[misc]
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return dict[str, Any]
    if NoneType in options:
        return _described(_only(option for option in options if option not in (NoneType, Keep))) | None
    if is_dataclass(hint) and hint not in _PLAIN:
        return _model_of(hint, "Answer")  # type: ignore[arg-type]
    return _PLAIN.get(hint, hint)


def _only(options: Iterable[Any]) -> Any:
    (only,) = options
    return only
