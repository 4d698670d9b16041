"""The firm's own people in the demonstration. Everyone else works for a client."""

PARTNERS = ("Nneka Okafor", "Tomás Arriaga", "Ingrid Solheim", "Declan Byrne")

FIRM_PEOPLE = (
    *PARTNERS,
    "Carla Jimenez",
    "Dana Whitfield",
    "Rafael Quintero",
    "Priya Raman",
    "Owen Gallagher",
    "Mei-Lin Zhou",
    "Kwabena Asante",
    "Lucie Fontaine",
    "Stefan Novak",
    "Amara Dixon",
    "Yuki Tanabe",
    "Samir Haddad",
    "Beatriz Moura",
    "Noah Feldman",
    "Hanna Lindqvist",
    "Sofia Lind",
)
