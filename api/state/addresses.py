"""Email addresses: their canonical form and their comparison."""

from __future__ import annotations

import re
import string

import idna
from email_validator import EmailNotValidError, validate_email

from domain.text import UncleanText, clean

LONGEST_EMAIL = 254
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def canonical_email(text: str) -> str:
    """An email address in NFC, with its domain in lower case and IDNA form. Raises `ValueError` for an invalid one.

    The domain follows the strict rules of IDNA 2008: characters that would have to be mapped are refused, so that no
    two domains become one. No DNS lookup is made.
    """
    message = "must be an email address like dana@example.org"
    address = clean(text)
    if len(address) > LONGEST_EMAIL or _ADDRESS.fullmatch(address) is None:
        raise ValueError(message)
    local, _, domain = address.partition("@")
    try:
        labels = [idna.alabel(label.translate(_ASCII_LOWER)).decode() for label in domain.split(".")]
        # the local part is checked with a fixed domain, because the real one may be on a private network
        local = validate_email(f"{local}@example.org", check_deliverability=False).local_part
    except (EmailNotValidError, UnicodeError):
        raise ValueError(message) from None
    return f"{local}@{'.'.join(labels)}"


def email_key(text: str) -> str:
    """The comparison key of an address: its canonical form with ASCII letters in lower case.

    Other letters are not folded, because that would merge different addresses. Invalid addresses are their own key,
    with characters that a database may refuse escaped.
    """
    try:
        address = canonical_email(text)
    except UncleanText:
        address = text.encode("unicode_escape").decode()
    except ValueError:
        address = clean(text)
    return address.translate(_ASCII_LOWER)
