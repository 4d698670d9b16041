"""The template of a table to import: every column, and an example row of every kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from api.http.csv_xlsx import csv_of, workbook_of
from api.imports.tables.cells import cells_of, list_text
from api.imports.tables.columns import COLUMNS
from api.schemas.examples import EXAMPLE_ASSESSMENT, EXAMPLE_PEOPLE, EXAMPLES
from domain.milestones import Kind


class TemplateFormat(StrEnum):
    """The format of the template."""

    CSV = "csv"
    XLSX = "xlsx"


_CLIENT, _ENGAGEMENT = "Halcyon Health", "Two hats"
_ASSESSMENT_REF = "assessment-1"


def template(file_format: TemplateFormat) -> bytes:
    """The file: a head with every column; in a workbook also a sheet with an example of every kind."""
    if file_format is TemplateFormat.CSV:
        return csv_of(COLUMNS, [])
    examples = [[row.get(column) for column in COLUMNS] for row in example_rows()]
    return workbook_of("import template", {"history": (COLUMNS, []), "examples": (COLUMNS, examples)})


def example_rows() -> Iterator[Mapping[str, str]]:
    """An example row of every kind: cells by column."""
    for kind, example in EXAMPLES.items():
        row = {"client": _CLIENT, "engagement": _ENGAGEMENT, "kind": kind.value}
        row["effective_on"] = str(example["effective_on"])
        if "links" in example:
            row["links"] = list_text(list(example["links"]))
        if kind is Kind.ASSESSMENT_TAKEN:
            row["ref"] = _ASSESSMENT_REF
        if kind is Kind.OPENED:
            row["profile.sector"] = "health"
        details = {name: value for name, value in example.items() if not (kind is Kind.OPENED and name == "name")}
        yield row | cells_of(kind, details, _person, _assessment)


def _person(person_id: str) -> str:
    return EXAMPLE_PEOPLE[person_id]


def _assessment(assessment_id: str) -> str:
    return _ASSESSMENT_REF if assessment_id == EXAMPLE_ASSESSMENT else assessment_id
