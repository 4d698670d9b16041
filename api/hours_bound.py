"""The bound on a person's reported hours across the engagements that a caller may see."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from uuid import UUID

from api.auth.access import Caller
from api.context import AppContext
from api.queries import QueryContext
from domain.unit_of_work import UnitOfWork
from projections.holder_hours import engagements_with_hours
from projections.log import NotCached


def bound_hours(context: AppContext, caller: Caller, unit: UnitOfWork) -> None:
    """Refuse hours beyond 24 a day of a month for a person in all engagements together.

    Only engagements of clients that are visible to the caller count and are named, so that a refusal reveals nothing
    about other clients. What `UnitOfWork.bound_hours` says about commands that race each other applies.
    """

    @lru_cache(maxsize=10_000)  # an import asks again and again; what is recorded meanwhile is seen by the next attempt
    def find(month: str, holder: UUID) -> Collection[UUID]:
        if not unit.may_read:
            raise NotCached
        with QueryContext(context, caller, None).snapshot() as snapshot:
            return engagements_with_hours(snapshot, month, holder, visible=caller.visible)

    unit.bound_hours(find)
