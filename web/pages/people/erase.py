"""Erasing a person permanently, after their name was typed as confirmation."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.http.problems import UNKNOWN_PERSON, Problem
from api.people.routes import delete_person, visible_person
from web.components import Link
from web.form_fields import FormField
from web.pages.flash import Flash
from web.pages.form_submit import writer_of
from web.pages.page_context import Form, GovernorPage, PageContext

router = APIRouter(include_in_schema=False)

_NAME = FormField("name", "Their name, exactly as shown", required=True, options={"autocomplete": "off"})


@router.get("/people/{person}/erase")
def show_erasure_form(person: UUID, page: GovernorPage, undo: Annotated[Literal["", "yes"], Query()] = "") -> Response:
    """The form that erases a person; it explains the effect. `undo`: the person was just added."""
    return _erasure_page(page, person, is_undo=bool(undo))


@router.post("/people/{person}/erase")
def erase(person: UUID, page: GovernorPage, typed: Form) -> Response:
    """Erase a person after their name was typed as confirmation; this cannot be undone."""
    shown_person = visible_person(person, page.queries)
    if " ".join(typed.text("name").split()) != " ".join(shown_person.name.split()):
        return _erasure_page(page, person, "The name does not match. Enter it exactly as shown.", 422)
    try:
        delete_person(person, writer_of(page, typed))
    except Problem as problem:
        if problem.status_code != 409:
            raise
        return _erasure_page(page, person, problem.detail, 409)
    return page.redirect("/people", Flash("person-erased"))


def _erasure_page(
    page: PageContext, person: UUID, error: str = "", status: int = 200, *, is_undo: bool = False
) -> Response:
    shown_person = visible_person(person, page.queries)
    if shown_person.erased_at is not None:
        raise Problem(UNKNOWN_PERSON)
    return page.render(
        "erase",
        f"Erase {shown_person.name}",
        here="people",
        crumbs=(Link("People", "/people"), Link(shown_person.name, f"/people/{person}"), Link("Erase")),
        status=status,
        person=shown_person,
        field=_NAME.field("", error),
        is_undo=is_undo,
        form_id=page.context.new_id(),
    )
