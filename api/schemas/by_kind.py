"""OpenAPI schemas of milestone responses, one per kind, with `kind` as the discriminator.

The responses themselves are built from plain mappings, which is faster; these models only document them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
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
    """Agreed hours per month; functions without agreed hours are left out."""

    technology: Number = Field(default=Decimal(), json_schema_extra=without_default)
    ai: Number = Field(default=Decimal(), json_schema_extra=without_default)


class WithDetails(Answer):
    """A response with the `details` of a milestone.

    Subclasses declare the field themselves to control the field order.
    """

    @classmethod
    def of_kind(cls, kind: Kind) -> type[WithDetails]:
        """The documented model for milestones of one kind."""
        return _model_for_kind(cls, kind)

    @classmethod
    def lists_by_kind(cls) -> Mapping[str, type[WithDetails]]:
        """Fields that are lists of other responses about the same milestone."""
        return {}


@lru_cache(maxsize=1024)
def _model_for_kind(answer: Any, kind: Kind) -> type[WithDetails]:
    fields_by_name: dict[str, Any] = {"details": (details_of(kind), ...)}
    if "kind" in answer.model_fields:
        fields_by_name["kind"] = (Literal[kind.value], ...)
    for name, variant in answer.lists_by_kind().items():
        fields_by_name[name] = (list[variant.of_kind(kind)], ...)  # type: ignore[misc]
    model: type[WithDetails] = create_model(
        f"{DETAILS[kind].__name__}{answer.__name__}", __base__=answer, __doc__=answer.__doc__, **fields_by_name
    )
    return model


class ByKind(WithDetails):
    """A response with the `kind` and the `details` of a milestone."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The union of the schemas of all kinds; for the model of a single kind, its own schema."""
        if get_origin(cls.model_fields["kind"].annotation) is Literal:
            return handler(core_schema)
        return handler(discriminated_union("kind", [cls.of_kind(kind) for kind in DETAILS]))


def discriminated_union(field: str, models: Sequence[type[BaseModel]]) -> CoreSchema:
    """The schema of a union of models with a discriminator field."""
    union: Any = Annotated[Union[tuple(models)], Field(discriminator=field)]  # noqa: UP007  (made of a list)
    schema: CoreSchema = TypeAdapter(union).core_schema
    return schema


@lru_cache(maxsize=1024)
def details_of(kind: Kind) -> type[BaseModel]:
    """The documented model of the details of a kind."""
    domain_class: Any = DETAILS[kind]
    return _model_of(domain_class, "Details")


@lru_cache(maxsize=1024)
def _model_of(domain_class: Any, suffix: str) -> type[BaseModel]:
    hints = get_type_hints(domain_class)
    fields_by_name: dict[str, Any] = {}
    for field in fields(domain_class):
        options = get_args(hints[field.name])
        is_left_out = Keep in options and field.default is not MISSING
        default = Field(default=None, json_schema_extra=without_default) if is_left_out else ...
        fields_by_name[field.name] = (_documented_type(hints[field.name]), default)
    return create_model(
        f"{domain_class.__name__}{suffix}", __base__=Answer, __doc__=domain_class.__doc__, **fields_by_name
    )


_PLAIN: Mapping[Any, Any] = {UUID: Id, Decimal: Number, date: Day, Money: MoneyAnswer, Hours: AgreedHoursAnswer}


def _documented_type(hint: Any) -> Any:
    options, origin = get_args(hint), get_origin(hint)
    if origin is tuple:
        return list[_documented_type(options[0])]  # type: ignore[misc]
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return dict[str, Any]
    if NoneType in options:
        return _documented_type(_only(option for option in options if option not in (NoneType, Keep))) | None
    if is_dataclass(hint) and hint not in _PLAIN:
        return _model_of(hint, "Answer")  # type: ignore[arg-type]
    return _PLAIN.get(hint, hint)


def _only(options: Iterable[Any]) -> Any:
    (only,) = options
    return only
