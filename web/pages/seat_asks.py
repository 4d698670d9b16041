"""What the kinds of milestones ask for that change who holds which seat, and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from domain.seats import BOTH, Function
from web.pages.asking import UNKNOWN, Ask, Block, Reads
from web.pages.offered import Blocks, Surroundings, seat_numbers
from web.parts import Choice

_COMMITMENTS = (Choice("fractional", "Fractional"), Choice("full_time", "Full-time"))
_PROVIDERS = (Choice("firm", "Our firm"), Choice("client", "The client"))
_REPORTING = (
    Choice("ceo", "CEO"),
    Choice("coo", "COO"),
    Choice("cto", "CTO"),
    Choice("board", "Board"),
    Choice("other", "Somebody else"),
)
ONE_FUNCTION = (Choice("technology", "Technology"), Choice("ai", "AI"))
NUMERIC = {"inputmode": "decimal", "autocomplete": "off"}
_HAT = {Function.TECHNOLOGY: "technology", Function.AI: "AI"}


def opened(around: Surroundings) -> Blocks:
    """An opening, when it is corrected."""
    return (
        Block(
            "",
            (
                Ask("name", "Name of the engagement", required=True),
                Ask("practice_lead", "Practice lead", Reads.PERSON),
            ),
        ),
    )


def structure_chosen(around: Surroundings, shape: str) -> Blocks:
    """One seat or two, as the shape says, and why."""
    blocks = [
        Block(title, _seat(f"seats.{number}.", functions, around)) for number, title, functions in seat_numbers(shape)
    ]
    return (*blocks, _reasons(around, "Why this structure"))


def _reasons(around: Surroundings, why: str = "Why this change") -> Block:
    """Why, and which assessment is followed."""
    return Block("", (Ask("rationale", why, long=True), which_assessment(around, "Follows the assessment of")))


def which_assessment(around: Surroundings, label: str, *, required: bool = False) -> Ask:
    """One of the client's assessments, by its date."""
    choices = tuple(Choice(str(milestone), when) for milestone, when in around.assessments)
    hint = "" if choices else "This client has no assessment yet."
    return Ask("assessment", label, Reads.ASSESSMENT, required=required, choices=choices, hint=hint)


def _seat(prefix: str, functions: tuple[Function, ...], around: Surroundings, holder: bool = True) -> tuple[Ask, ...]:
    held = (
        Ask(f"{prefix}holder", "Held by", Reads.PERSON, required=True),
        Ask(f"{prefix}commitment", "Commitment", Reads.CHOICE, required=True, choices=_COMMITMENTS),
    )
    return (
        *(held if holder else ()),
        Ask(f"{prefix}provider", "Whose person", Reads.CHOICE, required=True, choices=_PROVIDERS, preset="firm"),
        Ask(f"{prefix}interim", "Interim: held for the time being", Reads.FLAG),
        Ask(f"{prefix}reports_to", "Reports to", Reads.CHOICE, choices=_REPORTING),
        *_terms(prefix, functions, around),
    )


def _terms(prefix: str, functions: tuple[Function, ...], around: Surroundings) -> tuple[Ask, ...]:
    hours = tuple(
        Ask(
            f"{prefix}hours_per_month.{function.value}",
            f"Hours a month for {_HAT[function]}" if len(functions) > 1 else "Hours a month",
            Reads.NUMBER,
            options=NUMERIC,
            row=f"{prefix}hours",
        )
        for function in functions
    )
    return (*hours, *money(f"{prefix}monthly_fee", "Monthly fee", around))


def money(name: str, label: str, around: Surroundings) -> tuple[Ask, Ask]:
    """An amount and its currency."""
    return (
        Ask(f"{name}.amount", label, Reads.AMOUNT, options=NUMERIC, row=name),
        Ask(
            f"{name}.currency",
            "Currency",
            Reads.CURRENCY,
            preset=around.currency,
            row=name,
            options={"maxlength": "3", "autocomplete": "off"},
            proposals=("USD", "EUR", "GBP", "CHF", "CAD", "AUD"),
        ),
    )


def required_money(name: str, label: str, around: Surroundings) -> tuple[Ask, Ask]:
    """The same where it must be given."""
    amount, currency = money(name, label, around)
    return replace(amount, required=True), replace(currency, required=True)


def which_seat(around: Surroundings, label: str = "Which seat") -> Ask:
    """One of the seats, with who holds it now."""
    technology, ai = (
        f"today: {around.holders[function]}" if function in around.holders else ""
        for function in (Function.TECHNOLOGY, Function.AI)
    )
    return Ask(
        "functions",
        label,
        Reads.FUNCTIONS,
        required=True,
        choices=(
            Choice("technology", "CTO seat", technology),
            Choice("ai", "CAIO seat", ai),
            Choice("technology+ai", "Both hats", ""),
        ),
    )


def _kept_reporting(name: str) -> Ask:
    return Ask(
        name,
        "Reports to",
        Reads.CHOICE,
        choices=(*_REPORTING, Choice(UNKNOWN, "Not known any more")),
        hint="Empty: as before.",
    )


def _holder(label: str = "Held by") -> Ask:
    return Ask("holder", label, Reads.PERSON, required=True)


def transition(provider: str) -> Callable[[Surroundings], Blocks]:
    """Who holds the seat in its new commitment; `provider` is the usual one."""

    def ask(around: Surroundings) -> Blocks:
        return (
            Block(
                "",
                (
                    which_seat(around),
                    _holder(),
                    Ask("provider", "Whose person", Reads.CHOICE, required=True, choices=_PROVIDERS, preset=provider),
                    Ask("interim", "Interim: held for the time being", Reads.FLAG),
                    _kept_reporting("reports_to"),
                ),
            ),
            Block("New terms", _terms("", BOTH, around), "Hours and fee start anew; empty means not known."),
            _reasons(around),
        )

    return ask


def split(around: Surroundings) -> Blocks:
    """Both new seats."""
    return (
        Block("CTO seat", _seat("technology.", (Function.TECHNOLOGY,), around)),
        Block("CAIO seat", _seat("ai.", (Function.AI,), around)),
        _reasons(around),
    )


def merged(around: Surroundings) -> Blocks:
    """The one new seat."""
    return (Block("The seat with both hats", _seat("seat.", BOTH, around)), _reasons(around))


def hat_added(around: Surroundings) -> Blocks:
    """The hat, and the new terms."""
    return (
        Block(
            "",
            (
                Ask("function", "Which hat is taken on", Reads.CHOICE, required=True, choices=ONE_FUNCTION),
                _kept_reporting("reports_to"),
            ),
        ),
        Block("New terms", _terms("", BOTH, around), "Hours and fee start anew; empty means not known."),
        _reasons(around),
    )


def handed_over(around: Surroundings) -> Blocks:
    """The seat and its new holder."""
    return (
        Block(
            "",
            (
                which_seat(around),
                _holder("New holder"),
                Ask("interim", "Interim: held for the time being", Reads.FLAG),
            ),
            "The new holder has the seat from the date above; the day before is the last of the old one.",
        ),
        _reasons(around),
    )


def seat_filled(around: Surroundings) -> Blocks:
    """The vacant functions and who takes them."""
    which = which_seat(Surroundings(), "Which vacant seat")
    functions = Ask("seat.functions", which.label, Reads.FUNCTIONS, required=True, choices=which.choices)
    return (Block("", (functions, *_seat("seat.", BOTH, around))), _reasons(around))


def seat_vacated(around: Surroundings) -> Blocks:
    """The functions that fall vacant."""
    return (
        Block(
            "",
            (which_seat(around, "What falls vacant"), Ask("reason", "Reason")),
            "The seat is vacant from the date above; the day before is the last on which it is held.",
        ),
        _reasons(around),
    )


def terms_changed(around: Surroundings) -> Blocks:
    """The seat and what changes."""
    hours, fee = "hours_per_month", "monthly_fee"
    return (
        Block(
            "",
            (
                which_seat(around),
                *_terms("", BOTH, around),
                _kept_reporting("reports_to"),
                Ask(f"{hours}.cleared", "The hours are not known any more", Reads.CLEARS),
                Ask(f"{fee}.cleared", "The fee is not known any more", Reads.CLEARS),
            ),
            "Leave empty what stays as it is. Hours given for one hat replace the agreement for both.",
        ),
    )
