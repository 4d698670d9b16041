"""The routes of all reports in the catalog."""

from __future__ import annotations

from importlib import import_module

from fastapi import APIRouter

from api.reports import then_and_now
from projections.reports.catalog import REPORTS

router = APIRouter()
for report in REPORTS.values():
    router.include_router(import_module(f"api.reports.{report.module}").router)
router.include_router(then_and_now.router)
