"""Links from a report's rows to the clients that they count."""

from __future__ import annotations

from urllib.parse import urlencode

from api.schemas.scalars import Answer
from projections.reports.question import Link

CLIENTS = "/api/v1/clients"


class LinksAnswer(Answer):
    """The way from a row to what it counts."""

    clients: str


class ClientLinkAnswer(Answer):
    """The way from a row to its one client."""

    client: str


def links(link: Link) -> LinksAnswer:
    """The address of the clients that a row counts."""
    return LinksAnswer(clients=f"{CLIENTS}?{urlencode(link)}")


def link_to(slug: str) -> ClientLinkAnswer:
    """The address of one client."""
    return ClientLinkAnswer(client=f"{CLIENTS}/{slug}")
