"""What the kinds of milestones ask for that say what is decided, delivered, worked on, seen and ended."""

from __future__ import annotations

from domain.areas import AI_AREAS, DECISION_AREAS, DELIVERABLES, SEAM_AREAS, SIGNS, TECHNOLOGY_AREAS
from web.forms import words_of
from web.pages.asking import Ask, Block, Reads
from web.pages.offered import Blocks, Surroundings
from web.pages.seat_asks import NUMERIC, ONE_FUNCTION, money, required_money, which_assessment
from web.parts import Choice

_OWNERS = (Choice("technology", "Technology"), Choice("ai", "AI"), Choice("joint", "Both together"))
_SPENDERS = (Choice("technology", "CTO"), Choice("ai", "CAIO"))
_RESOLVERS = (*_OWNERS, Choice("ceo", "CEO"))


def assessment(around: Surroundings) -> Blocks:
    """Who took an assessment, when it is corrected; its questions are a form of their own."""
    return (Block("", (Ask("assessor", "Assessor", Reads.PERSON, required=True),)),)


def decision_right(around: Surroundings) -> Blocks:
    """An area and who decides in it."""
    areas = tuple(words_of(slug) for slug in DECISION_AREAS)
    hint = (
        f"Usually technology's: {_listed(TECHNOLOGY_AREAS)}. Usually AI's: {_listed(AI_AREAS)}. "
        f"On the seam, for both: {_listed(SEAM_AREAS[:4])} and more. Any other area can be typed too."
    )
    return (
        Block(
            "",
            (
                Ask("area", "Area", Reads.SLUG, required=True, proposals=areas, hint=hint),
                Ask("owner", "Who decides", Reads.CHOICE, required=True, choices=_OWNERS),
                *money("spending_limit", "Decides alone up to", around),
            ),
        ),
    )


def _listed(slugs: tuple[str, ...]) -> str:
    return ", ".join(words_of(slug).lower().replace("ai ", "AI ").replace("mlops", "MLOps") for slug in slugs)


def deliverable(around: Surroundings) -> Blocks:
    """What the client has."""
    return (
        Block(
            "",
            (
                Ask(
                    "deliverable",
                    "Deliverable",
                    Reads.SLUG,
                    required=True,
                    proposals=tuple(words_of(slug) for slug in DELIVERABLES),
                    hint="One of the usual ones, or any other in a few words.",
                ),
                Ask("function", "Issued under which hat", Reads.CHOICE, required=True, choices=ONE_FUNCTION),
            ),
        ),
    )


def hours_reported(around: Surroundings) -> Blocks:
    """Hours of a month."""
    return (
        Block(
            "",
            (
                Ask("month", "Month", Reads.MONTH, required=True, hint="Like 2026-03 or Mar 2026."),
                Ask("function", "Under which hat", Reads.CHOICE, required=True, choices=ONE_FUNCTION),
                Ask("hours", "Hours", Reads.NUMBER, required=True, options=NUMERIC),
            ),
        ),
    )


def alignment(around: Surroundings) -> Blocks:
    """Who met, about what."""
    return (
        Block(
            "",
            (
                Ask("participants", "Who took part", Reads.PEOPLE, required=True, choices=around.involved),
                Ask("topics", "Topics", Reads.LINES, hint="One a line."),
            ),
        ),
    )


def conflict_raised(around: Surroundings) -> Blocks:
    """The conflict and its topic."""
    return (
        Block(
            "",
            (
                Ask("conflict", "Short name", required=True, hint="Used once in an engagement, like gpu-budget."),
                Ask("topic", "What about", required=True),
            ),
        ),
    )


def conflict_resolved(around: Surroundings) -> Blocks:
    """The conflict and who settled it."""
    hint = "" if around.conflicts else "No conflict is open at present."
    return (
        Block(
            "",
            (
                Ask("conflict", "Which conflict", required=True, proposals=around.conflicts, hint=hint),
                Ask("resolved_by", "Who settled it", Reads.CHOICE, required=True, choices=_RESOLVERS),
            ),
        ),
    )


def _initiative(around: Surroundings) -> Ask:
    hint = "" if around.initiatives else "No initiative was started yet."
    return Ask("initiative", "Which initiative", required=True, proposals=around.initiatives, hint=hint)


def initiative_started(around: Surroundings) -> Blocks:
    """The name of new work."""
    return (Block("", (Ask("initiative", "Short name", required=True, hint="Used once in an engagement."),)),)


def initiative_live(around: Surroundings) -> Blocks:
    """The work that is live."""
    return (Block("", (_initiative(around),)),)


def outcome(around: Surroundings) -> Blocks:
    """What was measured."""
    return (
        Block(
            "",
            (
                _initiative(around),
                Ask("metric", "Metric", required=True, hint="Like median handling time."),
                Ask("baseline", "Before", Reads.NUMBER, options=NUMERIC),
                Ask("value", "Now", Reads.NUMBER, required=True, options=NUMERIC),
                Ask("unit", "Unit", required=True, hint="Like minutes, percent or USD."),
            ),
        ),
    )


def sign_observed(around: Surroundings) -> Blocks:
    """The sign and the evidence."""
    sign = Ask(
        "sign",
        "Warning sign",
        Reads.SIGN,
        required=True,
        proposals=tuple(SIGNS.values()),
        hint="One of the known signs, or any other in a few words.",
    )
    return (Block("", (sign, Ask("evidence", "What was seen", required=True, long=True))),)


def sign_cleared(around: Surroundings) -> Blocks:
    """The sign that is gone."""
    hint = "" if around.signs else "No sign stands at present."
    return (
        Block(
            "",
            (
                Ask(
                    "sign",
                    "Which sign",
                    Reads.STANDING_SIGN,
                    required=True,
                    proposals=tuple(SIGNS.get(sign, sign) for sign in around.signs),
                    hint=hint,
                ),
                Ask("evidence", "How we know", long=True),
            ),
        ),
    )


def advice_declined(around: Surroundings) -> Blocks:
    """The assessment whose advice is not followed, and why."""
    return (
        Block(
            "",
            (
                which_assessment(around, "Assessment of", required=True),
                Ask("reason", "Why it is not followed", required=True, long=True),
            ),
        ),
    )


def renewal(around: Surroundings) -> Blocks:
    """The day of the renewal, and the last day to give notice."""
    return (
        Block(
            "",
            (
                Ask("renews_on", "Renews on", Reads.DAY, required=True, hint="The first day of the next term."),
                Ask("notice_by", "Last day to give notice", Reads.DAY),
            ),
        ),
    )


def spending_limit(around: Surroundings) -> Blocks:
    """What one function may spend a month."""
    return (
        Block(
            "",
            (
                Ask("function", "Who may spend it", Reads.CHOICE, required=True, choices=_SPENDERS),
                *required_money("limit", "Limit a month", around),
            ),
        ),
    )


def reason(around: Surroundings) -> Blocks:
    """A reason, if there is one to tell."""
    return (Block("", (Ask("reason", "Reason"),)),)


def closed(around: Surroundings) -> Blocks:
    """How the engagement ended."""
    return (
        Block(
            "",
            (
                Ask("outcome", "Outcome", required=True, hint="Like handed to a full-time pair."),
                Ask("reason", "Reason"),
            ),
            "The closing day itself no longer counts: if the last day of work is 31 Dec, close on 1 Jan.",
        ),
    )
