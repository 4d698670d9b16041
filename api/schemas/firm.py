"""Validation of firm settings: time zones, origins and currencies."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import idna
from pydantic import AfterValidator, Field, StringConstraints

from api.schemas.scalars import Currency
from domain.currencies import check_currency
from domain.errors import InvalidField
from domain.text import clean

_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:.]+\]")
DEFAULT_PORTS = {"http": 80, "https": 443}
NOT_AN_ORIGIN = "must be an https or http address without a path, like https://seatline.example.org"


def as_origin(text: str) -> str:
    """Normalize an origin (scheme, host, port), with the host in IDNA form. Raises `ValueError`."""
    try:
        parts = urlsplit(clean(text))
        port = parts.port
        hostname = parts.hostname or ""
        host = hostname if hostname.isascii() else idna.encode(hostname, uts46=True).decode()
    except ValueError:  # includes unclean text and IDNA errors
        raise ValueError(NOT_AN_ORIGIN) from None
    has_more = parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc or "?" in text
    if parts.scheme not in DEFAULT_PORTS or has_more or not host:
        raise ValueError(NOT_AN_ORIGIN)
    origin = origin_of(parts.scheme, host, port)
    if not _HOST.fullmatch(f"[{host}]" if ":" in host else host):
        raise ValueError(NOT_AN_ORIGIN)
    return origin


def origin_of(scheme: str, host: str, port: int | None) -> str:
    """An origin without the default port."""
    bracketed = f"[{host}]" if ":" in host else host
    return f"{scheme}://{bracketed}" if port in (None, DEFAULT_PORTS[scheme]) else f"{scheme}://{bracketed}:{port}"


@lru_cache(maxsize=1024)
def time_zones() -> frozenset[str]:
    """The names of the IANA time zones available on this machine."""
    return frozenset(available_timezones() - {"localtime", "posixrules", "Factory"})


def as_time_zone(name: str) -> str:
    """Check the name of an IANA time zone. Raises `ValueError`."""
    if name not in time_zones():
        raise ValueError("must be an IANA time zone, like Europe/Berlin")
    return name


def as_currency(code: str) -> str:
    """Check an ISO 4217 currency code. Raises `ValueError`."""
    try:
        return check_currency("currency", code)
    except InvalidField as fault:
        raise ValueError(fault.message) from None


TimeZone = Annotated[str, StringConstraints(max_length=100), AfterValidator(as_time_zone)]
Origin = Annotated[str, StringConstraints(max_length=300), AfterValidator(as_origin)]
FirmCurrency = Annotated[Currency, AfterValidator(as_currency), Field(examples=["USD"])]
