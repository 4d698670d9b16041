"""Links from report rows to clients."""

from __future__ import annotations

from urllib.parse import urlencode

from api.schemas.scalars import Answer
from projections.reports.question import Link

CLIENTS = "/api/v1/clients"


class LinksAnswer(Answer):
    """A link to the clients that a row counts."""

    clients: str


class ClientLinkAnswer(Answer):
    """A link to the client of a row."""

    client: str


def links(link: Link) -> LinksAnswer:
    """The link to the clients that a row counts."""
    return LinksAnswer(clients=f"{CLIENTS}?{urlencode(link)}")


def link_to(slug: str) -> ClientLinkAnswer:
    """The link to one client."""
    return ClientLinkAnswer(client=f"{CLIENTS}/{slug}")
