"""Single sign-on by OpenID Connect: the authorization code flow with PKCE, state and nonce, at one provider.

It signs in invited users and creates none. A user is matched by a verified email address at first, and by issuer and
subject afterwards. Requires the extra `oidc`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx

ALGORITHMS = ("RS256", "ES256")
SCOPE = "openid email profile"
TIMEOUT_SECONDS = 10.0
CACHE_SECONDS = 3600.0
KEY_REFRESH_INTERVAL_SECONDS = 60.0
LEEWAY_SECONDS = 60
LARGEST_ANSWER = 1_000_000
LONGEST_SUBJECT = 255
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class NotSignedOn(Exception):  # noqa: N818  (named like the domain's refusals)
    """The provider's response does not prove an identity."""


@dataclass(frozen=True, slots=True)
class Identity:
    """An identity that the provider confirmed; `email` is null unless the provider has verified it."""

    issuer: str
    subject: str
    email: str | None


@dataclass(frozen=True, slots=True)
class Flow:
    """One authorization flow, bound to the browser whose cookie holds `secret`."""

    secret: str

    @property
    def state(self) -> str:
        """The `state` parameter, which the provider must return unchanged."""
        return self._derived("state")

    @property
    def nonce(self) -> str:
        """The nonce that the ID token must contain."""
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """The PKCE code verifier, sent with the code."""
        return self._derived("verifier")

    @property
    def challenge(self) -> str:
        """The PKCE code challenge (S256), sent with the authorization request."""
        return _encoded(hashlib.sha256(self.verifier.encode()).digest())

    def is_answered_by(self, state: str) -> bool:
        """Whether a returned `state` belongs to this flow."""
        return hmac.compare_digest(self.state.encode(), state.encode("utf-8", "surrogatepass"))

    def _derived(self, name: str) -> str:
        return _encoded(hmac.digest(self.secret.encode(), name.encode(), "sha256"))


@dataclass(slots=True)
class _CachedResponse:
    """A cached response of the provider and when it was fetched."""

    content: Mapping[str, Any] = field(default_factory=dict)
    fetched_at: float = float("-inf")


@dataclass(slots=True)
class Provider:
    """The firm's identity provider. Its metadata is fetched when first needed and cached for an hour."""

    issuer: str
    client_id: str
    client_secret: str | None = None
    name: str = "single sign-on"
    clock: Callable[[], float] = time.time
    _metadata: _CachedResponse = field(default_factory=_CachedResponse)
    _keys: _CachedResponse = field(default_factory=_CachedResponse)
    _lock: Lock = field(default_factory=Lock)

    def address(self, flow: Flow, redirect_uri: str) -> str:
        """The URL to which a browser is sent to sign in. Raises `NotSignedOn`."""
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "scope": SCOPE,
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": flow.challenge,
            "code_challenge_method": "S256",
        }
        endpoint = self._endpoint("authorization_endpoint")
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(query)}"

    def identity(self, code: str, flow: Flow, redirect_uri: str) -> Identity:
        """The identity that an authorization code stands for. Raises `NotSignedOn`."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": self.client_id,
            "code_verifier": flow.verifier,
        }
        auth = None if self.client_secret is None else httpx.BasicAuth(self.client_id, self.client_secret)
        response = _fetch_json("POST", self._endpoint("token_endpoint"), data=form, auth=auth)
        token = response.get("id_token")
        if not isinstance(token, str):
            raise NotSignedOn("The provider returned no ID token.")
        claims = self._claims(token)
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), flow.nonce.encode()):
            raise NotSignedOn("The ID token belongs to another sign-in.")
        email = claims.get("email") if claims.get("email_verified") is True else None
        return Identity(self.issuer, _subject_in(claims), email if isinstance(email, str) else None)

    def _claims(self, token: str) -> Mapping[str, Any]:
        """The claims of an ID token, after checking its signature, issuer, audience and expiry."""
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError, JoseError
        from joserfc.jwk import KeySet

        def decoded(keys: Any) -> Mapping[str, Any]:
            claims: Mapping[str, Any] = jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS).claims
            return claims

        try:
            try:
                claims = decoded(self._signing_keys())
            except InvalidKeyIdError:  # the provider may have rotated its keys
                claims = decoded(self._signing_keys(refresh=True))
            jwt.JWTClaimsRegistry(
                now=int(self.clock()),
                leeway=LEEWAY_SECONDS,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": self.client_id},
                sub={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
            ).validate(dict(claims))
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise NotSignedOn(f"The ID token is not valid ({type(error).__name__}).") from None
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != self.client_id:
            raise NotSignedOn("The ID token was issued to another application.")
        return claims

    def _endpoint(self, name: str) -> str:
        with self._lock:
            if self.clock() - self._metadata.fetched_at > CACHE_SECONDS:
                metadata = _fetch_json("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
                if metadata.get("issuer") != self.issuer:
                    raise NotSignedOn("The provider's issuer differs from the configured one.")
                self._metadata = _CachedResponse(metadata, self.clock())
            url = self._metadata.content.get(name)
        if not isinstance(url, str) or not is_safe(url):
            raise NotSignedOn(f"The provider's {name} is missing or does not use HTTPS.")
        return url

    def _signing_keys(self, *, refresh: bool = False) -> Mapping[str, Any]:
        url = self._endpoint("jwks_uri")
        with self._lock:
            age = self.clock() - self._keys.fetched_at
            if age > (KEY_REFRESH_INTERVAL_SECONDS if refresh else CACHE_SECONDS):
                self._keys = _CachedResponse(_fetch_json("GET", url), self.clock())
            return self._keys.content


def _subject_in(claims: Mapping[str, Any]) -> str:
    """The provider's id of the user (`sub`), compared exactly. OpenID Connect allows at most 255 characters."""
    subject = claims["sub"]
    if not isinstance(subject, str) or not 1 <= len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise NotSignedOn("The ID token has no valid subject.")
    return subject


def is_safe(url: str) -> bool:
    """Whether a URL is protected against eavesdropping: HTTPS, or this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _fetch_json(method: str, url: str, **options: Any) -> Mapping[str, Any]:
    try:
        answer = httpx.request(method, url, timeout=TIMEOUT_SECONDS, follow_redirects=False, **options)
        answer.raise_for_status()
        content = answer.json() if len(answer.content) <= LARGEST_ANSWER else None
    except (httpx.HTTPError, ValueError) as error:
        raise NotSignedOn(f"The provider's response is not valid ({type(error).__name__}).") from None
    if not isinstance(content, dict):
        raise NotSignedOn("The provider's response is not valid.")
    return content


def _encoded(secret: bytes) -> str:
    return base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
