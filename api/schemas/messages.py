"""Rewords pydantic's validation messages for callers and users."""

from __future__ import annotations

import re

from api.schemas.scalars import CURRENCY, EMAIL, MONTH, NOT_BLANK, QUARTER, SLUG

PATTERNS = {
    EMAIL: "must be an email address like dana@example.org",
    CURRENCY: "must be three capital letters, like USD",
    SLUG: "must start with a lowercase letter and contain only lowercase letters, digits and underscores",
    MONTH: "must be a month like 2026-03",
    QUARTER: "must be a quarter like 2026-Q1",
    NOT_BLANK: "must not be empty",
}
"""Messages for known patterns; for others the message contains the pattern."""

_REWORDED = (
    (re.compile(r"Value error, (.*)", re.DOTALL), r"\1"),
    (re.compile(r"String should have at least 1 character"), "must not be empty"),
    (re.compile(r"String should have (at (?:least|most) \d+ characters?)"), r"must have \1"),
    (re.compile(r"String should match pattern (.*)", re.DOTALL), r"must match the pattern \1"),
    (re.compile(r"Input should be greater than or equal to (.*)"), r"must be at least \1"),
    (re.compile(r"Input should be less than or equal to (.*)"), r"must be at most \1"),
    (re.compile(r"Input should be a valid dictionary.*"), "must be an object"),
    (re.compile(r"Input should be a valid integer.*"), "must be a whole number"),
    (re.compile(r"Input should be a valid (boolean|number|list|string)\b.*"), r"must be a \1"),
    (re.compile(r"Input should be (.*)", re.DOTALL), r"must be \1"),
    (re.compile(r"Extra inputs are not permitted"), "is not a known field"),
)


def message_of(text: str) -> str:
    """A validation message in plain words, to follow the name of a field."""
    pattern = text.removeprefix("String should match pattern '").removesuffix("'")
    if pattern in PATTERNS:
        return PATTERNS[pattern]
    for message_pattern, words in _REWORDED:
        if match := message_pattern.fullmatch(text):
            return match.expand(words)
    return text
