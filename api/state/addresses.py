"""Email addresses: how one is written, and when two are the same."""

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
    """An address in NFC, its domain in lower case and in its IDNA form. Raises `ValueError` for what is no address.

    The domain is taken by the strict rules of IDNA 2008: a letter that would have to be mapped to another one is
    refused, so that no two domains become one. No name server is asked.
    """
    wrong = "must be an address like dana@example.org"
    address = clean(text)
    if len(address) > LONGEST_EMAIL or _ADDRESS.fullmatch(address) is None:
        raise ValueError(wrong)
    local, _, domain = address.partition("@")
    try:
        labels = [idna.alabel(label.translate(_ASCII_LOWER)).decode() for label in domain.split(".")]
        # what stands before the @ does not depend on the domain, which may be one of a private network
        local = validate_email(f"{local}@example.org", check_deliverability=False).local_part
    except (EmailNotValidError, UnicodeError):
        raise ValueError(wrong) from None
    return f"{local}@{'.'.join(labels)}"


def email_key(text: str) -> str:
    """What two spellings of one address have in common: its canonical form with ASCII letters in lower case.

    Other letters stay as they are: folding them would make one of two addresses. What is no address is only itself,
    and characters that no address may hold are escaped, since not every database takes them.
    """
    try:
        address = canonical_email(text)
    except UncleanText:
        address = text.encode("unicode_escape").decode()
    except ValueError:
        address = clean(text)
    return address.translate(_ASCII_LOWER)
