"""The addresses that webhooks may be sent to: URLs as people write them, and the network addresses behind them.

Without the operator's permission a webhook reaches only public addresses, so that it cannot be used to call services
of the server's own network. The rule is applied to the URL, and again to every address that its name resolves to.
"""

from __future__ import annotations

import socket
import string
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TypeAlias
from urllib.parse import SplitResult, urlsplit

import idna

IPAddress: TypeAlias = IPv4Address | IPv6Address

LONGEST_URL = 2000
HTTPS_PORT = 443
FIRST_FREE_PORT = 1024
"""The first port that any service may use; below it only HTTPS is allowed, so that no mail server is called."""

NOT_PUBLIC = "must not lead to a private, local or reserved address"

_IPV4_NOT_PUBLIC = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "168.63.129.16/32",  # a cloud's metadata service, at an address that looks public
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",
        ),
    )
)
_IPV6_PUBLIC = IPv6Network("2000::/3")
_IPV6_NOT_PUBLIC = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments; Teredo carries an IPv4 address
            "2001:db8::/32",
            "2002::/16",  # 6to4 carries an IPv4 address
            "3fff::/20",
        ),
    )
)
_LOCAL_SUFFIXES = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "home.arpa")
_HOST_CHARACTERS = frozenset(string.ascii_lowercase + string.digits + "-._")
_ISATAP = (0x00005EFE, 0x02005EFE)


def is_public(address: IPAddress) -> bool:
    """Whether an address belongs to the public internet. An address that carries another one is never public."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _IPV4_NOT_PUBLIC)
    if address not in _IPV6_PUBLIC or any(address in network for network in _IPV6_NOT_PUBLIC):
        return False
    return (int(address) >> 32) & 0xFFFFFFFF not in _ISATAP


@dataclass(frozen=True, slots=True)
class Target:
    """A parsed URL: `host` is a lower-case ASCII name, or an address in its canonical form without brackets."""

    scheme: str
    host: str
    port: int
    path: str
    address: IPAddress | None
    """The host, if it is an address."""

    @property
    def authority(self) -> str:
        """The host and, unless it is the scheme's own, the port: the `Host` header."""
        host = f"[{self.host}]" if isinstance(self.address, IPv6Address) else self.host
        return host if self.port == _port_of(self.scheme) else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL in its canonical form."""
        return f"{self.scheme}://{self.authority}{self.path}"

    def url_at(self, address: IPAddress) -> str:
        """The URL with an address instead of the host, for a connection to that very address."""
        host = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def parse_target(url: str, *, allow_private: bool) -> Target:
    """Parse and check the URL of a webhook, without looking its name up.

    `https` only, unless private addresses are allowed. Raises `ValueError` with a message for the field.
    """
    parts = _split(url)
    _check_scheme(parts.scheme, allow_private=allow_private)
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise ValueError("must not contain a user name or password")
    if "#" in url:
        raise ValueError("must not contain a fragment (#)")
    host = _ascii_host(parts.hostname or "")
    port = _port(parts)
    address = _address_of(host, bracketed="[" in parts.netloc)
    if not allow_private:
        _check_public(host, port, address)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host if address is None else str(address), port, path, address)


def check_addresses(addresses: list[IPAddress], *, allow_private: bool) -> list[IPAddress]:
    """The addresses that a name resolved to. Raises `ValueError` if one of them is not public."""
    if not allow_private and not all(map(is_public, addresses)):
        raise ValueError(NOT_PUBLIC)
    return addresses


def _split(url: str) -> SplitResult:
    message = "must be a URL like https://example.org/webhooks"
    if not 0 < len(url) <= LONGEST_URL:
        raise ValueError(f"must be a URL of at most {LONGEST_URL} characters")
    if "\\" in url or any(character.isspace() or not character.isprintable() for character in url):
        raise ValueError(message)
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError(message) from None
    if not parts.scheme or not parts.netloc:
        raise ValueError(message)
    if not (parts.path + parts.query).isascii():
        raise ValueError("must have a path in ASCII; encode other characters like %C3%A9")
    return parts


def _check_scheme(scheme: str, *, allow_private: bool) -> None:
    allowed = ("https", "http") if allow_private else ("https",)
    if scheme not in allowed:
        raise ValueError(f"must begin with {' or '.join(f'{name}://' for name in allowed)}")


def _ascii_host(host: str) -> str:
    """The host in lower-case ASCII, with wide digits and other full stops mapped as browsers do."""
    message = "must have a valid host name"
    if not host:
        raise ValueError(message)
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode()
        except UnicodeError:
            raise ValueError(message) from None
    host = host.lower().removesuffix(".")
    if ":" not in host and (not host or not _HOST_CHARACTERS.issuperset(host) or ".." in host or len(host) > 253):
        raise ValueError(message)
    return host


def _port(parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0 or parts.netloc.endswith(":"):
        raise ValueError("must have a valid port")
    return port or _port_of(parts.scheme)


def _port_of(scheme: str) -> int:
    return HTTPS_PORT if scheme == "https" else 80


def _address_of(host: str, *, bracketed: bool) -> IPAddress | None:
    """The address that a host is, in any spelling that a resolver accepts: decimal, octal, hexadecimal, shortened."""
    message = "must have a valid address"
    if bracketed or ":" in host:
        try:
            address = IPv6Address(host)
        except ValueError:
            raise ValueError(message) from None
        if address.scope_id is not None:
            raise ValueError(message)
        return address
    last = host.rpartition(".")[2]
    if not (last.isdigit() or last.startswith("0x")):
        return None
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        raise ValueError(message) from None


def _check_public(host: str, port: int, address: IPAddress | None) -> None:
    if port != HTTPS_PORT and port < FIRST_FREE_PORT:
        raise ValueError(f"must have the port {HTTPS_PORT}, or one from {FIRST_FREE_PORT}")
    if address is not None:
        if not is_public(address):
            raise ValueError(NOT_PUBLIC)
    elif "." not in host or any(host == suffix or host.endswith(f".{suffix}") for suffix in _LOCAL_SUFFIXES):
        raise ValueError(NOT_PUBLIC)
