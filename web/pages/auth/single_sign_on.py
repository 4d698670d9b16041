"""Single sign-on: redirect to the provider, and the callback."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.auth.access import cookie_name, set_session_cookie
from api.auth.sign_in import browser_of, sign_on
from api.auth.single_sign_on import Flow, NotSignedOn, Provider
from api.context import AppContext, AppContextDep
from api.http.parameters import checked_parameters
from api.http.problems import NOT_FOUND, Problem
from api.http.public_address import public_address_of
from api.state.secrets import new_secret
from web.components import Refusal
from web.pages.auth.sign_in import onward_to, sign_in_page

router = APIRouter(prefix="/single-sign-on", include_in_schema=False, dependencies=[Depends(checked_parameters)])

LASTS_SECONDS = 600
Text = Annotated[str, Query(max_length=4000)]


@router.get("")
def leave(request: Request, context: AppContextDep, next: Text = "") -> Response:  # noqa: A002
    """Redirect to the provider; a cookie keeps the secret of this sign-in."""
    provider, flow = _provider(context), Flow(new_secret())
    try:
        target = provider.address(flow, _callback(request))
    except NotSignedOn as fault:
        return _refused(request, context, str(fault), 503)
    response = RedirectResponse(target, 303, {"Referrer-Policy": "no-referrer"})
    encoded_target = base64.urlsafe_b64encode(next.encode()).decode().rstrip("=")
    secure = request.url.scheme == "https"
    response.set_cookie(
        _cookie(request),
        f"{flow.secret}.{encoded_target}",
        LASTS_SECONDS,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )
    return response


@router.get("/callback")
def come_back(request: Request, context: AppContextDep, code: Text = "", state: Text = "", iss: Text = "") -> Response:
    """The callback of the provider: start a session for the verified identity."""
    provider = _provider(context)
    secret, _, encoded_target = request.cookies.get(_cookie(request), "").partition(".")
    flow = Flow(secret)
    if not secret or not flow.is_answered_by(state):
        return _refused(
            request, context, "This response does not match a sign-in started in this browser. Try again.", 400
        )
    if not code or iss not in ("", provider.issuer):
        return _refused(request, context, "The provider did not sign you in.", 422)
    try:
        identity = provider.identity(code, flow, _callback(request))
    except NotSignedOn as fault:
        return _refused(request, context, str(fault), 422)
    left = request.cookies.get(cookie_name(request), "")
    cookie = sign_on(context, identity, browser=browser_of(request), replaced_cookie=left)
    if cookie is None:
        return _refused(
            request,
            context,
            "No user here has the email address that the provider verified. Ask an admin for an invitation.",
            422,
        )
    response = RedirectResponse(onward_to(_read(encoded_target)), 303)
    set_session_cookie(request, response, cookie)
    _forget(request, response)
    return response


def _provider(context: AppContext) -> Provider:
    if context.provider is None:
        raise Problem(NOT_FOUND)
    return context.provider


def _callback(request: Request) -> str:
    return f"{public_address_of(request)}/single-sign-on/callback"


def _cookie(request: Request) -> str:
    return f"{cookie_name(request)}_journey"


def _forget(request: Request, response: Response) -> None:
    secure = request.url.scheme == "https"
    response.delete_cookie(_cookie(request), path="/", secure=secure, httponly=True, samesite="lax")


def _refused(request: Request, context: AppContext, sentence: str, status: int) -> Response:
    response = sign_in_page(request, context, refusal=Refusal("Sign-in failed", sentence), status=status)
    _forget(request, response)
    return response


def _read(encoded_target: str) -> str:
    try:
        return base64.b64decode(
            encoded_target + "=" * (-len(encoded_target) % 4), altchars=b"-_", validate=True
        ).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
