"""The rules of webhooks that need no server: where they may be sent, and when they are sent again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.state.webhooks import DisabledReason
from api.webhooks.schedule import GIVE_UP_AFTER, RETRIES, AttemptResult, after_failure, retry_after_of
from api.webhooks.target_address import is_public, parse_target

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)

PRIVATE_V4 = st.sampled_from(
    [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "224.0.0.0/4",
        "240.0.0.0/4",
    ]
).flatmap(lambda network: st.ip_addresses(v=4, network=network))


def spellings(address: IPv4Address) -> list[str]:
    """The ways in which people, resolvers and browsers write an IPv4 address."""
    number, octets = int(address), address.packed
    a, b, c, d = octets
    wide = str.maketrans("0123456789.", "".join(chr(0xFF10 + digit) for digit in range(10)) + "\u3002")
    return [
        str(address),
        f"{address}.",
        str(number),
        hex(number),
        hex(number).upper().replace("0X", "0x"),
        f"0{number:o}",
        f"{a}.{(b << 16) + (c << 8) + d}",
        f"{a}.{b}.{(c << 8) + d}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"{a:#x}.{b:#x}.{c:#x}.{d:#x}",
        f"{a:#x}.{b}.0{c:o}.{d}",
        str(address).translate(wide),
        str(address).replace(".", "\u3002"),
        f"[::ffff:{address}]",
        f"[::ffff:{number >> 16:x}:{number & 0xFFFF:x}]",
        f"[::{address}]",
        f"[64:ff9b::{address}]",
        f"[2002:{number >> 16:x}:{number & 0xFFFF:x}::]",
        f"[2001:0:{number >> 16:x}:{number & 0xFFFF:x}::1]",
        f"[2a00:1450::5efe:{number >> 16:x}:{number & 0xFFFF:x}]",
    ]


@given(PRIVATE_V4)
def test_no_spelling_of_a_private_address_is_taken(address: IPv4Address) -> None:
    for host in spellings(address):
        with pytest.raises(ValueError, match="must"):
            parse_target(f"https://{host}/hook", allow_private=False)


@given(st.sampled_from(["fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "::/96", "64:ff9b:1::/48", "2001:db8::/32"]))
def test_no_private_ipv6_address_is_public(network: str) -> None:
    address = ip_address(network.partition("/")[0])
    assert not is_public(address)
    assert not is_public(address + 1)


@given(PRIVATE_V4)
def test_with_permission_every_spelling_leads_to_the_address_that_it_means(address: IPv4Address) -> None:
    for host in spellings(address)[:13]:
        target = parse_target(f"http://{host}:8080/hook", allow_private=True)
        assert target.address == address
        assert target.url == f"http://{address}:8080/hook"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/hook",
        "ftp://example.org/hook",
        "//example.org/hook",
        "example.org/hook",
        "https:///hook",
        "https://",
        "https://user@example.org/",
        "https://user:pass@example.org/",
        "https://@example.org/",
        "https://example.org@10.0.0.1/",
        "https://example.org#@10.0.0.1/",
        "https://example.org\\@10.0.0.1/",
        "https://example.org/a b",
        "https://example.org/\n",
        "https://example.org/é",
        "https://ex%61mple.org/",
        "https://exa mple.org/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://ⓛocalhost/",
        "https://printer/",
        "https://printer.local/",
        "https://metadata.google.internal/computeMetadata/v1/",
        "https://example.org:22/",
        "https://example.org:25/",
        "https://example.org:80/",
        "https://example.org:0/",
        "https://example.org:/",
        "https://example.org:99999/",
        "https://[::1]/",
        "https://[::]/",
        "https://[fe80::1%25eth0]/",
        "https://[fd00:ec2::254]/latest/meta-data/",
        "https://[example.org]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://168.63.129.16/",
        "https://100.100.100.200/",
        "https://256.256.256.256/",
        "https://1.2.3.4.5/",
        "https://127.1/",
        "https://0/",
        "https://0x/",
        "https://..example.org/",
        f"https://example.org/{'a' * 2000}",
        "",
    ],
)
def test_a_url_that_could_lead_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must"):
        parse_target(url, allow_private=False)


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://Example.ORG", "https://example.org/"),
        ("https://example.org:443/a?b=c%20d", "https://example.org/a?b=c%20d"),
        ("https://example.org:8443/hook", "https://example.org:8443/hook"),
        ("https://bücher.example.org/", "https://xn--bcher-kva.example.org/"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
        ("https://134744072/", "https://8.8.8.8/"),
        ("https://[2606:4700::1111]:8443/x", "https://[2606:4700::1111]:8443/x"),
    ],
)
def test_a_public_url_is_taken_in_its_canonical_form(url: str, canonical: str) -> None:
    target = parse_target(url, allow_private=False)
    assert target.url == canonical
    assert parse_target(target.url, allow_private=False) == target


def test_the_connection_goes_to_the_address_and_the_request_to_the_name() -> None:
    target = parse_target("https://example.org:8443/hook?a=b", allow_private=False)
    assert target.authority == "example.org:8443"
    assert target.url_at(IPv4Address("8.8.8.8")) == "https://8.8.8.8:8443/hook?a=b"
    assert target.url_at(IPv6Address("2606:4700::1111")) == "https://[2606:4700::1111]:8443/hook?a=b"


def failures(count: int, *, status: int = 500) -> list[datetime]:
    """The instants of the attempts of a delivery when nothing ever reaches the receiver."""
    at, since, attempts = NOW, None, []
    for number in range(1, count + 1):
        attempts.append(at)
        then = after_failure(AttemptResult(at, status), attempts=number, first_at=NOW, failing_since=since)
        since = then.failing_since
        if then.next_at is None or then.disable is not None:
            break
        at = then.next_at
    return attempts


def test_a_delivery_is_sent_again_by_the_schedule() -> None:
    waits = [later - earlier for earlier, later in zip(failures(10), failures(10)[1:], strict=False)]
    seconds = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert waits == [timedelta(seconds=wait) for wait in seconds] == list(RETRIES)


def test_a_webhook_that_reaches_nobody_is_disabled_after_five_days_and_gives_up_no_event() -> None:
    attempts = failures(50)
    assert attempts[-1] == NOW + GIVE_UP_AFTER
    result = AttemptResult(attempts[-1], None, "No answer within 15 seconds.")
    then = after_failure(result, attempts=len(attempts), first_at=NOW, failing_since=NOW)
    assert then.disable is DisabledReason.FAILING
    assert then.next_at is not None


def test_an_event_that_alone_is_refused_is_given_up_after_the_whole_schedule() -> None:
    others_arrived = NOW + timedelta(days=3)
    for attempts in range(1, len(RETRIES) + 1):
        then = after_failure(
            AttemptResult(others_arrived, 400), attempts=attempts, first_at=NOW, failing_since=others_arrived
        )
        assert then.next_at is not None
    then = after_failure(
        AttemptResult(others_arrived, 400), attempts=len(RETRIES) + 1, first_at=NOW, failing_since=others_arrived
    )
    assert (then.next_at, then.disable) == (None, None)


@given(st.integers(0, 10**7), st.sampled_from([429, 503, 500]), st.integers(1, 9))
def test_the_receiver_may_ask_for_a_longer_wait_of_at_most_a_day(seconds: int, status: int, attempts: int) -> None:
    asked_for = retry_after_of(str(seconds), at=NOW)
    result = AttemptResult(NOW, status, retry_after=asked_for)
    then = after_failure(result, attempts=attempts, first_at=NOW, failing_since=None)
    assert then.next_at is not None
    wait = then.next_at - NOW
    longest = max(RETRIES[attempts - 1], min(timedelta(seconds=seconds), timedelta(days=1)))
    assert wait == (RETRIES[attempts - 1] if status == 500 else longest)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (None, None),
        ("soon", None),
        ("-5", None),
        ("120", timedelta(minutes=2)),
        ("9" * 40, timedelta(days=1)),
        ("Mon, 30 Nov 2026 12:10:00 GMT", timedelta(minutes=10)),
        ("Mon, 30 Nov 2020 12:10:00 GMT", timedelta()),
        ("Mon, 30 Nov 2026 12:10:00", None),
        ("Mon, 30 Nov 99999999999 12:10:00 GMT", None),
        ("Mon, 30 Nov 2026 12:10:00 +99999999999999999999", None),
        ("\N{SUPERSCRIPT TWO}", None),
    ],
)
def test_a_wait_is_read_in_seconds_or_as_a_date(header: str | None, wait: timedelta | None) -> None:
    assert retry_after_of(header, at=NOW) == wait
