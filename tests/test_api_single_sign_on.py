# ruff: noqa: RUF001  (letters that look like others are what this is about)
"""Single sign-on: only what the firm's provider has signed, for this journey, lets in only those who were invited."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from api_client import Served, served
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from signing_in import Browser, invite, user_in

from web.settings import Settings

CLIENT, SECRET = "seatline", "a secret of the client's"
RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
STRANGER = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
LATER = ECKey.generate_key("P-256", {"kid": "later", "use": "sig"})


def encoded(content: bytes) -> str:
    """Base64 as tokens write it."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class FakeProvider:
    """A provider on this machine: it signs what it is told to claim, by the key it is told to use."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        self.key: Any = RSA
        self.forged = ""
        self.published: list[Any] = [RSA, EC]
        self.calls_itself: str | None = None
        self.asked: list[dict[str, str]] = []
        provider = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.answer(self, provider.told(self.path))

            def do_POST(self) -> None:
                form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                provider.asked.append({**form, "authorization": self.headers.get("Authorization", "")})
                provider.answer(self, {"id_token": provider.token(), "token_type": "Bearer", "access_token": "x"})

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, request: BaseHTTPRequestHandler, content: Any) -> None:
        body = json.dumps(content).encode()
        request.send_response(200)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def told(self, path: str) -> Any:
        if path.endswith("/openid-configuration"):
            return {
                "issuer": self.calls_itself or self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }
        return KeySet(self.published).as_dict(private=False)

    def token(self) -> str:
        if self.forged:
            parts = ({"alg": self.forged, "kid": "rsa", "typ": "JWT"}, self.claims)
            signed = ".".join(encoded(json.dumps(part).encode()) for part in parts)
            secret = RSA.as_pem(private=False)
            return (
                f"{signed}.{encoded(hmac.digest(secret, signed.encode(), 'sha256')) if self.forged == 'HS256' else ''}"
            )
        algorithm = {"EC": "ES256", "RSA": "RS256"}[self.key.key_type]
        return jwt.encode({"alg": algorithm, "kid": self.key.kid}, self.claims, self.key, algorithms=[algorithm])


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    fake = FakeProvider()
    yield fake
    fake.server.shutdown()
    fake.server.server_close()


@pytest.fixture
def firm(data_dir: Path, provider: FakeProvider) -> Iterator[Served]:
    with served(
        data_dir, oidc_issuer=provider.issuer, oidc_client_id=CLIENT, oidc_client_secret=SECRET, oidc_name="Okapi"
    ) as running:
        yield running


def journey(browser: Browser, provider: FakeProvider, onward: str = "", **claims: Any) -> Any:
    """To the provider and back; `claims` are what it says otherwise than a good one would."""
    left = browser.client.get(f"/single-sign-on?next={onward}", follow_redirects=False)
    assert left.status_code == 303, left.text
    query = {name: values[0] for name, values in parse_qs(urlsplit(left.headers["location"]).query).items()}
    assert (query["response_type"], query["client_id"], query["code_challenge_method"]) == ("code", CLIENT, "S256")
    provider.claims = {
        "iss": provider.issuer,
        "aud": CLIENT,
        "sub": "subject-1",
        "nonce": query["nonce"],
        "iat": int(time.time()),
        "exp": int(time.time()) + 300,
        "email": "noor@example.org",
        "email_verified": True,
        **claims,
    }
    provider.claims = {name: value for name, value in provider.claims.items() if value is not None}
    back = browser.client.get(
        "/single-sign-on/callback", params={"code": "code-1", "state": query["state"]}, follow_redirects=False
    )
    if provider.asked:
        sent = provider.asked[-1]
        assert (sent["code"], sent["redirect_uri"]) == ("code-1", "http://testserver/single-sign-on/callback")
        assert sent["authorization"].startswith("Basic ")
        assert SECRET not in json.dumps(sent)
        assert encoded(hashlib.sha256(sent["code_verifier"].encode()).digest()) == query["code_challenge"]
    return back


@pytest.mark.parametrize("key", [RSA, EC], ids=["RS256", "ES256"])
def test_an_invited_user_signs_on_and_is_known_by_the_providers_name_from_then_on(
    firm: Served, provider: FakeProvider, key: Any
) -> None:
    provider.key = key
    user = invite(firm, "Noor@example.org", role="admin", clients=[])["id"]
    assert "Sign in with Okapi" in firm.client.get("/sign-in").text
    browser = Browser(firm)
    back = journey(browser, provider, onward="/clients", email="NOOR@example.org")
    assert (back.status_code, back.headers["location"]) == (303, "/clients")
    assert browser.ask("GET", "/me")["id"] == user
    assert firm.admin.get(f"/users/{user}")["standing"] == "active"
    later = Browser(firm)
    assert journey(later, provider, email="changed@example.org", email_verified=False).status_code == 303
    assert later.ask("GET", "/me")["id"] == user


def test_nobody_is_let_in_whom_no_admin_has_invited(firm: Served, provider: FakeProvider) -> None:
    browser = Browser(firm)
    assert "No user here has the email address that the provider verified." in journey(browser, provider).text
    browser.ask("GET", "/me", status=401)
    assert firm.admin.get("/users")["items"] == []
    (failed,) = firm.admin.get("/audit?kind=session.refused")["items"]
    assert (failed["by"], failed["subject"], failed["detail"]) == (None, None, {"by": "single sign-on"})


def test_an_address_that_the_provider_has_not_verified_means_nobody(firm: Served, provider: FakeProvider) -> None:
    invite(firm)
    for verified in (False, None, "true", 1):
        assert journey(Browser(firm), provider, email_verified=verified).status_code == 422


@pytest.mark.parametrize(
    ("invited", "verified"),
    [
        *(("noor@straße.de", "noor@strasse.de"), ("noor@strasse.de", "noor@straße.de")),
        *(("ſam@example.org", "sam@example.org"), ("sam@example.org", "ſam@example.org")),
        *(("noor@example.org", "noor@ｅxample.org"), ("noor@example.org", "noor\u200b@example.org")),
        *(("noor@example.org", "ｎoor@example.org"), ("noor@example.org", "noor\0@example.org")),
    ],
)
def test_an_address_that_only_folds_to_the_same_letters_lets_nobody_in(
    firm: Served, provider: FakeProvider, invited: str, verified: str
) -> None:
    user = invite(firm, invited, role="admin")["id"]
    assert journey(Browser(firm), provider, sub="stranger", email=verified).status_code == 422
    browser = Browser(firm)
    assert journey(browser, provider, sub="owner", email=invited).status_code == 303
    assert browser.ask("GET", "/me")["id"] == user


def test_an_address_is_the_same_in_any_ascii_case_and_in_either_form_of_its_domain(
    firm: Served, provider: FakeProvider
) -> None:
    user = invite(firm, "Noor@Straße.de")["id"]
    assert firm.admin.get(f"/users/{user}")["email"] == "noor@xn--strae-oqa.de"
    firm.admin.post("/users", {"name": "N", "email": "NOOR@XN--STRAE-OQA.DE", "role": "viewer"}, status=409)
    for email in ("noor@straße.de", "NOOR@xn--strae-oqa.de"):
        assert journey(Browser(firm), provider, email=email).status_code == 303


@pytest.mark.parametrize("subject", [7, "", "a\0b", "x" * 256, "a\u200bb", ["subject-1"]])
def test_a_subject_that_is_no_name_means_nobody(firm: Served, provider: FakeProvider, subject: Any) -> None:
    invite(firm)
    assert journey(Browser(firm), provider, sub=subject).status_code == 422


def test_another_subject_with_the_same_address_is_somebody_else(firm: Served, provider: FakeProvider) -> None:
    invite(firm)
    assert journey(Browser(firm), provider, sub="first").status_code == 303
    assert journey(Browser(firm), provider, sub="second").status_code == 422
    assert journey(Browser(firm), provider, sub="first").status_code == 303


def test_who_is_disabled_removed_or_erased_signs_on_no_more(firm: Served, provider: FakeProvider) -> None:
    user = invite(firm)["id"]
    assert journey(Browser(firm), provider).status_code == 303
    firm.admin.ask("PATCH", f"/users/{user}", {"active": False})
    assert journey(Browser(firm), provider).status_code == 422
    firm.admin.ask("PATCH", f"/users/{user}", {"active": True})
    assert journey(Browser(firm), provider).status_code == 303
    firm.admin.ask("DELETE", f"/users/{user}", status=204)
    assert journey(Browser(firm), provider).status_code == 422
    other, _ = user_in(firm, "other@example.org")
    assert journey(Browser(firm), provider, sub="other", email="other@example.org").status_code == 303
    firm.admin.ask("DELETE", f"/people/{other}", status=204)
    assert journey(Browser(firm), provider, sub="other", email="other@example.org").status_code == 422


@pytest.mark.parametrize(
    "claims",
    [
        *({"iss": "https://evil.example"}, {"aud": "another client"}, {"aud": [CLIENT, "another"]}, {"aud": None}),
        *({"exp": -600}, {"exp": None}, {"nonce": "another"}, {"nonce": None}, {"sub": None}),
        {"iat": 3600},
    ],
    ids=str,
)
def test_an_identity_for_others_or_of_another_time_is_not_believed(
    firm: Served, provider: FakeProvider, claims: dict[str, Any]
) -> None:
    """Numbers are seconds from now: tests are named before they run, and alike by every worker."""
    invite(firm)
    browser = Browser(firm)
    now = int(time.time())
    told: dict[str, Any] = {name: now + value if isinstance(value, int) else value for name, value in claims.items()}
    assert journey(browser, provider, **told).status_code == 422
    browser.ask("GET", "/me", status=401)


def test_a_signature_that_is_not_the_providers_is_not_believed(firm: Served, provider: FakeProvider) -> None:
    invite(firm)
    provider.key = STRANGER
    assert journey(Browser(firm), provider).status_code == 422
    provider.key = RSA
    for algorithm in ("HS256", "none"):  # the public key as a shared secret, and no signature at all
        provider.forged = algorithm
        assert journey(Browser(firm), provider).status_code == 422
    provider.forged = ""
    assert journey(Browser(firm), provider).status_code == 303


def test_a_key_that_the_provider_has_begun_to_use_is_asked_for_once(
    firm: Served, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    invite(firm)
    assert journey(Browser(firm), provider).status_code == 303
    provider.published, provider.key = [LATER], LATER
    assert journey(Browser(firm), provider).status_code == 422  # asked for within the last minute
    assert firm.context.provider is not None
    monkeypatch.setattr("api.auth.single_sign_on.KEY_REFRESH_INTERVAL_SECONDS", -1.0)
    assert journey(Browser(firm), provider).status_code == 303


def test_an_answer_to_a_journey_of_another_browser_is_refused(firm: Served, provider: FakeProvider) -> None:
    invite(firm)
    mine, theirs = Browser(firm), Browser(firm)
    left = theirs.client.get("/single-sign-on", follow_redirects=False)
    state = parse_qs(urlsplit(left.headers["location"]).query)["state"][0]
    for browser in (mine, Browser(firm)):
        answer = browser.client.get("/single-sign-on/callback", params={"code": "x", "state": state})
        assert answer.status_code == 400
        browser.client.get("/single-sign-on", follow_redirects=False)
    assert mine.client.get("/single-sign-on/callback", params={"code": "x", "state": ""}).status_code == 400
    assert provider.asked == []


def test_a_provider_that_calls_itself_otherwise_is_not_asked(firm: Served, provider: FakeProvider) -> None:
    provider.calls_itself = "https://another.example"
    assert Browser(firm).client.get("/single-sign-on", follow_redirects=False).status_code == 503


def test_without_a_provider_there_is_no_such_way(data_dir: Path) -> None:
    with served(data_dir) as firm:
        assert firm.client.get("/single-sign-on").status_code == 404
        assert "Sign in with" not in firm.client.get("/sign-in").text
    with pytest.raises(ValueError, match="set both SEATLINE_OIDC_ISSUER and SEATLINE_OIDC_CLIENT_ID, or neither"):
        Settings(oidc_issuer="https://example.org")
    with pytest.raises(ValueError, match="https"):
        Settings(oidc_issuer="http://example.org", oidc_client_id="x")
