"""Single sign-on by OpenID Connect: the code flow with PKCE, state and nonce, at the one provider that is set.

It lets in users whom an admin has invited, and makes nobody: somebody is recognised by issuer and subject once they
have come in, and the first time by an address that the provider has verified. Needs the extra `oidc`.
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
PATIENCE_SECONDS = 10.0
KNOWN_FOR_SECONDS = 3600.0
KEYS_ASKED_EVERY_SECONDS = 60.0
LEEWAY_SECONDS = 60
LARGEST_ANSWER = 1_000_000
LONGEST_SUBJECT = 255
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class NotSignedOn(Exception):  # noqa: N818  (said like the domain's refusals)
    """The provider did not say who somebody is, or not so that it may be believed."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider has signed in; `email` is null unless the provider has verified it."""

    issuer: str
    subject: str
    email: str | None


@dataclass(frozen=True, slots=True)
class Flow:
    """One journey to the provider and back, bound to the browser that holds its secret."""

    secret: str

    @property
    def state(self) -> str:
        """What the provider must bring back unchanged."""
        return self._derived("state")

    @property
    def nonce(self) -> str:
        """What the identity must be signed together with."""
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """What shows that whoever redeems the code has asked for it."""
        return self._derived("verifier")

    @property
    def challenge(self) -> str:
        """What is told of the verifier beforehand (S256)."""
        return _encoded(hashlib.sha256(self.verifier.encode()).digest())

    def is_answered_by(self, state: str) -> bool:
        """Whether an answer belongs to this journey."""
        return hmac.compare_digest(self.state.encode(), state.encode("utf-8", "surrogatepass"))

    def _derived(self, name: str) -> str:
        return _encoded(hmac.digest(self.secret.encode(), name.encode(), "sha256"))


@dataclass(slots=True)
class _Known:
    """Something of the provider's that is not asked for each time, and when it was."""

    content: Mapping[str, Any] = field(default_factory=dict)
    asked_at: float = float("-inf")


@dataclass(slots=True)
class Provider:
    """The firm's provider. What it says of itself is read when it is first needed, and again after an hour."""

    issuer: str
    client_id: str
    client_secret: str | None = None
    name: str = "single sign-on"
    clock: Callable[[], float] = time.time
    _metadata: _Known = field(default_factory=_Known)
    _keys: _Known = field(default_factory=_Known)
    _lock: Lock = field(default_factory=Lock)

    def address(self, flow: Flow, redirect_uri: str) -> str:
        """Where a browser goes to be signed in. Raises `NotSignedOn`."""
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
        """Whom a code stands for. Raises `NotSignedOn`."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": self.client_id,
            "code_verifier": flow.verifier,
        }
        auth = None if self.client_secret is None else httpx.BasicAuth(self.client_id, self.client_secret)
        told = _asked("POST", self._endpoint("token_endpoint"), data=form, auth=auth)
        token = told.get("id_token")
        if not isinstance(token, str):
            raise NotSignedOn("The provider gave no identity.")
        claims = self._claims(token)
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), flow.nonce.encode()):
            raise NotSignedOn("The identity was signed for another journey.")
        email = claims.get("email") if claims.get("email_verified") is True else None
        return Identity(self.issuer, _subject_in(claims), email if isinstance(email, str) else None)

    def _claims(self, token: str) -> Mapping[str, Any]:
        """What a token claims, once its signature, issuer, audience and time are found good."""
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError, JoseError
        from joserfc.jwk import KeySet

        def decoded(keys: Any) -> Mapping[str, Any]:
            found: Mapping[str, Any] = jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS).claims
            return found

        try:
            try:
                claims = decoded(self._signing_keys())
            except InvalidKeyIdError:  # the provider may have begun to sign with another key
                claims = decoded(self._signing_keys(anew=True))
            jwt.JWTClaimsRegistry(
                now=int(self.clock()),
                leeway=LEEWAY_SECONDS,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": self.client_id},
                sub={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
            ).validate(dict(claims))
        except (JoseError, ValueError, TypeError, KeyError) as fault:
            raise NotSignedOn(f"The identity is not to be believed ({type(fault).__name__}).") from None
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != self.client_id:
            raise NotSignedOn("The identity was given to somebody else.")
        return claims

    def _endpoint(self, name: str) -> str:
        with self._lock:
            if self.clock() - self._metadata.asked_at > KNOWN_FOR_SECONDS:
                found = _asked("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
                if found.get("issuer") != self.issuer:
                    raise NotSignedOn("The provider calls itself otherwise than it is set.")
                self._metadata = _Known(found, self.clock())
            url = self._metadata.content.get(name)
        if not isinstance(url, str) or not is_safe(url):
            raise NotSignedOn(f"The provider names no safe {name}.")
        return url

    def _signing_keys(self, *, anew: bool = False) -> Mapping[str, Any]:
        url = self._endpoint("jwks_uri")
        with self._lock:
            age = self.clock() - self._keys.asked_at
            if age > (KEYS_ASKED_EVERY_SECONDS if anew else KNOWN_FOR_SECONDS):
                self._keys = _Known(_asked("GET", url), self.clock())
            return self._keys.content


def _subject_in(claims: Mapping[str, Any]) -> str:
    """The provider's own name for somebody, compared letter by letter. OpenID Connect: at most 255 characters."""
    subject = claims["sub"]
    if not isinstance(subject, str) or not 1 <= len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise NotSignedOn("The identity names nobody.")
    return subject


def is_safe(url: str) -> bool:
    """Whether what is sent to an address is read by nobody on the way: HTTPS, or this very machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _asked(method: str, url: str, **given: Any) -> Mapping[str, Any]:
    try:
        answer = httpx.request(method, url, timeout=PATIENCE_SECONDS, follow_redirects=False, **given)
        answer.raise_for_status()
        found = answer.json() if len(answer.content) <= LARGEST_ANSWER else None
    except (httpx.HTTPError, ValueError) as fault:
        raise NotSignedOn(f"The provider does not answer as it should ({type(fault).__name__}).") from None
    if not isinstance(found, dict):
        raise NotSignedOn("The provider does not answer as it should.")
    return found


def _encoded(secret: bytes) -> str:
    return base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
