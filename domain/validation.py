"""Validation of single milestones, independent of the timeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from domain.errors import InvalidField
from domain.field_checks import check_date, check_fields
from domain.milestones import Details, Milestone
from domain.text import UncleanText, clean, clean_name


def check_milestone(milestone: Milestone) -> None:
    """Refuse (`InvalidField`) a milestone that is invalid by itself."""
    check_dates(milestone)
    check_details(milestone.details)


def check_dates(milestone: Milestone) -> None:
    """Refuse (`InvalidField`) dates of a milestone that are invalid by themselves."""
    check_date("effective_on", milestone.effective_on)
    if milestone.reported_on is not None:
        check_date("reported_on", milestone.reported_on)
    if not milestone.precision.is_first_day(milestone.effective_on):
        raise InvalidField(
            "effective_on", f"with the precision {milestone.precision} it must be the period's first day"
        )


def check_details(details: Details, before: Details | None = None) -> None:
    """Refuse (`InvalidField`, naming the field) details that are invalid by themselves.

    `before` are the details that a correction replaces; some of their values may stay although they are no longer
    valid.
    """
    check_fields(details)
    details.check(before)


def check_name(field: str, name: str) -> None:
    """Refuse a name that is not clean or has no visible character."""
    try:
        clean_name(name)
    except UncleanText as fault:
        raise InvalidField(field, str(fault)) from None


def check_texts(after: Milestone, before: Milestone | None = None) -> None:
    """Refuse texts of a milestone that are not clean, except texts it already had `before`."""
    unchanged = set() if before is None else {text for _, text in _texts_in("", before)}
    for field, text in _texts_in("", after):
        if text not in unchanged:
            check_clean(field, text)


def check_clean(field: str, text: str) -> None:
    """Refuse a text with control or invisible characters; line breaks are allowed."""
    try:
        clean(text, multiline=True)
    except UncleanText as fault:
        raise InvalidField(field, str(fault)) from None


def _texts_in(path: str, value: object) -> Iterator[tuple[str, str]]:
    """Every text within a value with its dotted path; `details` adds no path segment."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from _texts_in(f"{path}.{name}", member)
    elif isinstance(value, tuple | list):
        for number, member in enumerate(value):
            yield from _texts_in(f"{path}.{number}", member)
    elif is_dataclass(value):
        for own in fields(value):
            within = path if own.name == "details" else f"{path}.{own.name}".removeprefix(".")
            yield from _texts_in(within, getattr(value, own.name))
