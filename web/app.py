"""Builds the application from its settings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from api.app import add_api
from api.assistants import routes as assistants
from api.auth.rate_limits import RateLimits
from api.context import AppContext
from api.http import api_docs, health, verifications
from api.http.cache_metrics import CacheMetrics
from api.http.compression import Compression
from api.http.error_handlers import register_error_handlers
from api.http.json_bodies import StrictBodies
from api.http.metrics import Metrics, MetricsMiddleware
from api.http.openapi import document, operation_id
from api.http.prefix import PREFIX
from api.http.security_middleware import LARGEST_IMPORT, BoundedRequests, HeadRequests, OwnSiteWrites, SecurityHeaders
from api.http.unreadable_rows import StateMetrics, UnreadableRows
from api.webhooks.metrics import WebhookMetrics
from web.board.assessment_report import assessment_pdf
from web.board.render import board_pdf
from web.logging_setup import configure_logging
from web.pages import ROUTERS, error_page
from web.pages.presenter import PresenterMode
from web.runtime_tuning import tune_runtime
from web.settings import Settings
from web.static_files import PREFIX as STATIC
from web.static_files import StaticFiles, static_address
from web.stores import open_context
from web.telemetry import TELEMETRY

IMPORTS = f"{PREFIX}/imports"
IMPORT_PAGE = "/settings/imports"
STREAMS = (f"{PREFIX}/events/stream", "/live")


class Application(FastAPI):
    """FastAPI with the security headers outermost, so that responses to unexpected errors have them too."""

    def build_middleware_stack(self) -> ASGIApp:
        """The complete middleware stack."""
        return SecurityHeaders(super().build_middleware_stack())


def create_app(settings: Settings, opened: Callable[[AppContext], None] = lambda _: None) -> FastAPI:
    """Create the application. Its stores open at startup, then `opened` is called; they close at shutdown."""
    configure_logging()
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with open_context(settings, follow=True) as context:
            app.state.context = context
            metrics.watch(context.log, context.views)
            metrics.registry.register(WebhookMetrics(context))
            metrics.registry.register(StateMetrics(context))
            metrics.registry.register(CacheMetrics(context))
            opened(context)
            tune_runtime()
            yield

    app = Application(
        title="Seatline",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=operation_id,
        telemetry=TELEMETRY,
        middleware=[
            Middleware(HeadRequests, endless=STREAMS),
            Middleware(Compression),
            Middleware(PresenterMode),
            Middleware(MetricsMiddleware, metrics=metrics),
            Middleware(UnreadableRows),
            Middleware(
                RateLimits,
                per_key=settings.rate_limit_per_key,
                per_address=settings.rate_limit_per_address,
                show=error_page,
            ),
            Middleware(OwnSiteWrites),
            Middleware(BoundedRequests, limits={IMPORTS: LARGEST_IMPORT, IMPORT_PAGE: LARGEST_IMPORT}),
            Middleware(StrictBodies, prefix=(f"{PREFIX}/", assistants.MCP_PATH), others=[IMPORTS]),
        ],
    )
    app.state.metrics = metrics
    app.state.board_renderer = board_pdf
    app.state.assessment_renderer = assessment_pdf
    app.state.static_address = static_address
    add_api(app)
    app.include_router(health.router)
    app.include_router(verifications.router)
    app.include_router(api_docs.public)
    app.include_router(assistants.router)
    app.add_route(f"{STATIC}/{{path:path}}", StaticFiles(), methods=["GET"])  # type: ignore[arg-type]
    for router in ROUTERS:
        app.include_router(router)
    register_error_handlers(app, error_page)

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = document(app.routes)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
    return app
