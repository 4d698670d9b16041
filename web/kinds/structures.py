"""Shapes of a chosen structure: its number of seats and their functions."""

from __future__ import annotations

from collections.abc import Sequence

from domain.seats import BOTH, Function
from web.components import Choice

SHAPES: tuple[Choice, ...] = (
    Choice("both", "Unified seat"),
    Choice("two", "Two seats"),
    Choice("technology", "A CTO seat; AI unowned"),
    Choice("ai", "A CAIO seat; technology unowned"),
)
"""The shapes that the form of a chosen structure offers."""


def seat_numbers(shape: str) -> tuple[tuple[int, str, tuple[Function, ...]], ...]:
    """The seats of a shape: index, heading, functions."""
    match shape:
        case "two":
            return (0, "CTO seat", (Function.TECHNOLOGY,)), (1, "CAIO seat", (Function.AI,))
        case "technology":
            return ((0, "CTO seat", (Function.TECHNOLOGY,)),)
        case "ai":
            return ((0, "CAIO seat", (Function.AI,)),)
        case _:
            return ((0, "The unified seat", BOTH),)


def shape_of_seats(functions: Sequence[Sequence[str]]) -> str:
    """The name of the shape of a structure; `functions` are those of each of its seats."""
    if len(functions) > 1:
        return "two"
    return "both" if len(functions[0]) > 1 else functions[0][0]
