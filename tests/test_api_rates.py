"""How often one may ask: told on every answer, counted by credential and by address, and 429 beyond it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from api_client import Caller, Served, served
from browsing import HTML
from pydantic import ValidationError
from starlette.responses import PlainTextResponse
from starlette.types import Scope

from api.auth.rate_limits import SWEEP_INTERVAL_SECONDS, RateLimits
from api.state.roles import Role
from web.settings import Settings


@pytest.fixture
def firm(data_dir: Path) -> Iterator[Served]:
    with served(data_dir, rate_limit_per_key="8/minute", rate_limit_per_address="20/minute") as running:
        yield running


class Asking:
    """An application behind the limits, asked at times of our own."""

    def __init__(self, per_key: str, per_address: str) -> None:
        self.now = 1000.0
        self.limits = RateLimits(
            PlainTextResponse("yes"), per_key, per_address, lambda _, problem: problem.response(), lambda: self.now
        )

    def ask(
        self, address: str = "192.0.2.1", path: str = "/api/v1/clients", **headers: str
    ) -> tuple[int, dict[str, str]]:
        scope: Scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "client": (address, 1),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "http.request"}

        # in a thread of its own: a browser that was used before leaves its event loop in this one
        with start_blocking_portal() as portal:
            portal.call(self.limits, scope, receive, send)
        response_headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], response_headers

    def statuses(self, count: int, **options: str) -> list[int]:
        return [self.ask(**options)[0] for _ in range(count)]


def test_every_answer_tells_how_much_is_left() -> None:
    limiter = Asking("5/minute", "100/hour")
    _, headers = limiter.ask(authorization="Bearer x")
    assert headers["ratelimit-policy"] == '"key";q=5;w=60, "address";q=100;w=3600'
    assert headers["ratelimit"] == '"key";r=4;t=60'
    limiter.now += 20
    assert limiter.ask(authorization="Bearer x")[1]["ratelimit"] == '"key";r=3;t=40'
    assert limiter.ask()[1]["ratelimit"] == '"address";r=97;t=3580'


def test_beyond_the_limit_it_is_429_until_the_window_ends() -> None:
    limiter = Asking("3/minute", "")
    assert limiter.statuses(5, authorization="Bearer x") == [200, 200, 200, 429, 429]
    limiter.now += 45
    status, headers = limiter.ask(authorization="Bearer x")
    assert (status, headers["retry-after"], headers["ratelimit"]) == (429, "15", '"key";r=0;t=15')
    limiter.now += 15
    assert limiter.statuses(4, authorization="Bearer x") == [200, 200, 200, 429]


def test_credentials_are_counted_each_and_made_up_ones_by_their_address_all_the_same() -> None:
    limiter = Asking("3/minute", "10/minute")
    assert limiter.statuses(4, authorization="Bearer a")[-1] == 429
    assert limiter.statuses(1, authorization="Bearer b") == [200]
    assert limiter.statuses(1, cookie="seatline_theme=dark; seatline=c") == [200]
    made_up = [limiter.ask(authorization=f"Bearer {number}")[0] for number in range(6)]
    assert made_up == [200, 200, 200, 200, 429, 429]
    assert limiter.statuses(1, address="192.0.2.2", authorization="Bearer b") == [200]


def test_a_session_is_one_whatever_other_cookies_come_with_it() -> None:
    limiter = Asking("3/minute", "")
    cookies = [f"seatline=x; seatline_theme={theme}" for theme in ("a", "b", "c", "d")]
    assert [limiter.ask(cookie=cookie)[0] for cookie in cookies] == [200, 200, 200, 429]
    assert limiter.statuses(5, cookie="seatline_theme=a") == [200] * 5


def test_of_ipv6_a_customers_whole_network_is_one_address() -> None:
    limiter = Asking("", "2/minute")
    assert limiter.statuses(2, address="2001:db8::1") == [200, 200]
    assert limiter.statuses(1, address="2001:db8::ffff:1") == [429]
    assert limiter.statuses(1, address="2001:db8:0:1::1") == [200]


def test_health_and_static_files_are_not_counted() -> None:
    limiter = Asking("", "1/minute")
    for path in ("/healthz", "/readyz", "/static/app.css"):
        assert limiter.statuses(3, path=path) == [200] * 3
    assert limiter.statuses(2) == [200, 429]


def test_who_asks_no_more_is_forgotten() -> None:
    limiter = Asking("", "5/second")
    for number in range(50):
        limiter.ask(address=f"192.0.2.{number}")
    limiter.now += SWEEP_INTERVAL_SECONDS + 1
    limiter.ask()
    assert limiter.limits._addresses is not None
    assert len(limiter.limits._addresses._open) == 1


def test_no_limit_is_none() -> None:
    status, limiter = Asking("", "").ask()
    assert status == 200
    assert "ratelimit" not in limiter


def test_the_application_holds_its_callers_to_the_settings(firm: Served) -> None:
    viewer = firm.caller(Role.VIEWER)
    answers = [
        viewer.client.get("/api/v1/clients", headers={"Authorization": f"Bearer {viewer.key}"}) for _ in range(9)
    ]
    assert [answer.status_code for answer in answers] == [200] * 8 + [429]
    problem = answers[-1]
    assert problem.json()["type"] == "/problems/too-many-requests"
    assert int(problem.headers["retry-after"]) <= 60
    assert problem.headers["x-content-type-options"] == "nosniff"
    assert Caller(firm.client, firm.admin.key).get("/clients") is not None
    for _ in range(10):
        page = firm.client.get("/sign-in", headers=HTML)
    page = firm.client.get("/sign-in", headers=HTML)
    assert page.status_code == 429
    assert "Too many requests" in page.text


@pytest.mark.parametrize("rate", ["often", "10", "10/fortnight", "-1/minute"])
def test_a_limit_that_cannot_be_read_stops_the_program_at_its_start(rate: str) -> None:
    with pytest.raises(ValidationError):
        Settings(rate_limit_per_key=rate)
