"""Names of the clients and people of a sample network."""

from __future__ import annotations

_FIRST = (
    *("Amber", "Ash", "Basalt", "Birch", "Blue", "Bright", "Cedar", "Cinder", "Clear", "Cobalt", "Copper", "Coral"),
    *("Crown", "Delta", "Dune", "East", "Elm", "Ember", "Fern", "Field", "Flint", "Fox", "Garnet", "Glass"),
    *("Granite", "Green", "Grove", "Harbour", "Hazel", "Heron", "High", "Iron", "Ivory", "Juniper", "Kestrel", "Lake"),
    *("Larch", "Linden", "Long", "Maple", "Marble", "Meadow", "Mill", "Moss", "North", "Oak", "Ochre", "Old"),
    *("Opal", "Orchard", "Pearl", "Pine", "Quarry", "Red", "River", "Rowan", "Salt", "Silver", "South", "Stone"),
    *("Summit", "Teal", "Thorn", "Tide", "Umber", "Vale", "Violet", "West", "White", "Willow", "Winter", "Yarrow"),
)
_SECOND = (
    *("Bay", "Beacon", "Bridge", "Brook", "Cape", "Castle", "Cliff", "Coast", "Cove", "Creek", "Crest", "Cross"),
    *("Dale", "Dock", "Falls", "Ferry", "Ford", "Forge", "Gate", "Glen", "Haven", "Heath", "Hill", "Hollow"),
    *("Isle", "Junction", "Key", "Landing", "Ledge", "Light", "Loft", "March", "Mesa", "Moor", "Mount", "Notch"),
    *("Park", "Pass", "Peak", "Pier", "Plain", "Point", "Pond", "Port", "Reach", "Ridge", "Road", "Row"),
    *("Sands", "Shore", "Spring", "Square", "Station", "Strand", "Terrace", "Trail", "View", "Wharf", "Wood", "Yard"),
)
_TRADES: tuple[tuple[str, str, bool], ...] = (
    ("Health", "health", True),
    ("Clinics", "clinics", True),
    ("Therapeutics", "biotech", True),
    ("Bank", "banking", True),
    ("Payments", "fintech", True),
    ("Insurance", "insurance", True),
    ("Legal", "legal", True),
    ("Energy", "energy", True),
    ("Software", "software", False),
    ("Analytics", "software", False),
    ("Logistics", "logistics", False),
    ("Freight", "logistics", False),
    ("Retail", "retail", False),
    ("Foods", "food", False),
    ("Farms", "agriculture", False),
    ("Studios", "media", False),
    ("Learning", "education", False),
    ("Robotics", "industrial", False),
    ("Tools", "industrial", False),
    ("Homes", "property", False),
    ("Travel", "travel", False),
    ("Textiles", "industrial", False),
    ("Water", "utilities", True),
    ("Games", "media", False),
    ("Partners", "services", False),
)
_GIVEN = (
    *("Ada", "Amir", "Anna", "Arjun", "Bela", "Bruno", "Chloe", "Dmitri", "Elena", "Emeka", "Eva", "Farid"),
    *("Freya", "Gael", "Hana", "Hugo", "Ines", "Ivan", "Jamal", "Jin", "Joana", "Kaito", "Katya", "Leo"),
    *("Lina", "Lucas", "Maja", "Malik", "Mara", "Milan", "Nadia", "Nico", "Nora", "Omar", "Paula", "Pavel"),
    *("Qing", "Rana", "Rosa", "Ruben", "Sana", "Sven", "Tariq", "Tess", "Uma", "Viktor", "Wanda", "Zoe"),
)
_FAMILY = (
    *("Adler", "Aoki", "Baker", "Banerjee", "Barros", "Berg", "Castillo", "Chen", "Cohen", "Costa", "Dahl", "Diaz"),
    *("Eriksen", "Farouk", "Fischer", "Fontes", "Garcia", "Greene", "Haas", "Hassan", "Ito", "Jansen", "Kaya", "Kern"),
    *("Kim", "Kovacs", "Lang", "Larsen", "Lopez", "Mensah", "Meyer", "Moreau", "Nakata", "Nagy", "Novak", "Obi"),
    *("Okoro", "Park", "Petrov", "Quist", "Rao", "Rossi", "Sato", "Silva", "Tanaka", "Vargas", "Weber", "Yilmaz"),
)
_DIFFERENT = len(_FIRST) * len(_SECOND) * len(_TRADES)
_STRIDE = 40_013
"""Coprime to the number of names, so that neighbouring names differ."""


def client_name(number: int) -> tuple[str, str, bool]:
    """A client's name, its sector, and whether it is regulated. Distinct numbers give distinct names."""
    again, place = divmod(number, _DIFFERENT)
    place = place * _STRIDE % _DIFFERENT
    place, first = divmod(place, len(_FIRST))
    place, second = divmod(place, len(_SECOND))
    trade, sector, regulated = _TRADES[place]
    name = f"{_FIRST[first]} {_SECOND[second]} {trade}"
    return (f"{name} {again + 1}" if again else name), sector, regulated


def person_name(number: int) -> str:
    """A person's name. People may share one."""
    place, first = divmod(number, len(_GIVEN))
    return f"{_GIVEN[first]} {_FAMILY[place % len(_FAMILY)]}"
