"""Maps free-text sectors to the kinds that the rules distinguish."""

from __future__ import annotations

import re

HEALTH, FINANCE, LEGAL, OTHER = "health", "finance", "legal", "other"

_WORDS = {
    HEALTH: "health healthcare healthtech medical medicine medtech hospital hospitals clinic clinics clinical dental "
    "dentist dentists dentistry pharma pharmaceutical pharmaceuticals biotech",
    FINANCE: "finance financial fintech bank banking banks insurance insurer insurtech lending credit payments payment "
    "wealth brokerage investment investments",
    LEGAL: "legal law legaltech lawyers attorneys courts",
    OTHER: "government federal public defense defence retail ecommerce commerce manufacturing industrial logistics "
    "transport transportation mobility travel hospitality education edtech media entertainment gaming games energy "
    "utilities agriculture food construction property proptech software saas technology tech telecom "
    "telecommunications "
    "consulting marketing advertising services nonprofit charity sports fashion automotive aerospace consumer",
}
_KIND_OF = {word: kind for kind, words in _WORDS.items() for word in words.split()}


def sector_kind(sector: str) -> str | None:
    """Health, finance, legal or other; None if no word is recognised, which is not the same as other."""
    kinds = {_KIND_OF[word] for word in re.findall(r"[a-z]+", sector.lower()) if word in _KIND_OF}
    for kind in (HEALTH, FINANCE, LEGAL, OTHER):
        if kind in kinds:
            return kind
    return None
