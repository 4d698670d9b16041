"""The options of an import that is sent as a form: each in the query or as a field of the form."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from starlette.datastructures import FormData, QueryParams, UploadFile

from api.http.error_handlers import field_error
from api.http.problems import MALFORMED, Problem, invalid
from api.imports.tables.dates import DateOrder
from api.imports.tables.options import TableOptions, read_mapping

FILE = "file"


class FormOptions(BaseModel):
    """The options of an import. Null: not given."""

    model_config = ConfigDict(extra="forbid")
    mapping: Annotated[str, StringConstraints(max_length=20_000)] | None = None
    encoding: Annotated[str, StringConstraints(max_length=40)] | None = None
    date_order: DateOrder | None = None
    sheet: Annotated[str, StringConstraints(max_length=100)] | None = None
    ignore_unknown: bool | None = None
    dry_run: bool | None = None
    partial: bool | None = None

    def comparable(self, name: str) -> Any:
        """The value of an option, equal however it is written."""
        value = getattr(self, name)
        return read_mapping(value) if name == "mapping" else value


def options_in_form(form: FormData, query: QueryParams) -> FormOptions:
    """The options that the fields of a form give; an empty field gives none.

    Raises `Problem` 422 for unknown fields and where the query says something else, 400 for a repeated field.
    """
    texts = [(name, text) for name, text in form.multi_items() if not isinstance(text, UploadFile)]
    repeated = [name for name, times in Counter(name for name, _ in texts).items() if times > 1]
    if repeated:
        raise Problem(MALFORMED, f"The form has the field {repeated[0]} more than once.")
    try:
        sent = FormOptions.model_validate({name: text for name, text in texts if text != ""})
    except ValidationError as fault:
        raise invalid(*(field_error(error, "form") for error in fault.errors())) from None
    differing = [name for name in sent.model_fields_set if name in query and not _agrees(sent, query, name)]
    if differing:
        raise invalid(*((name, "differs between the form and the query") for name in sorted(differing)))
    return sent


def with_form(options: TableOptions, sent: FormOptions) -> TableOptions:
    """The options of a table, with those of a form."""
    return TableOptions(
        options.mapping if sent.mapping is None else read_mapping(sent.mapping),
        sent.encoding or options.encoding,
        sent.date_order or options.date_order,
        sent.sheet or options.sheet,
        options.ignore_unknown if sent.ignore_unknown is None else sent.ignore_unknown,
    )


def _agrees(sent: FormOptions, query: QueryParams, name: str) -> bool:
    try:
        in_query = FormOptions.model_validate({name: query[name]})
    except ValidationError:
        return True  # refused as a parameter
    return bool(in_query.comparable(name) == sent.comparable(name))
