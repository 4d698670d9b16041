"""What was read, remembered for as long as nobody changes it."""

from __future__ import annotations

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

MOST = 10_000
"""Beyond so many it is forgotten, and read again as it is asked for."""


class Remembered(Generic[K, V]):
    """Answers by name, all of them of one mark; with another mark all are forgotten.

    A mark is a number that is another one after each change of what was read: `Log.state_version` of the kept state,
    `Log.head` of what was recorded. It is taken before reading: what was read while somebody wrote is then never found.
    A null mark remembers nothing.
    """

    def __init__(self, most: int = MOST) -> None:
        """Nothing is remembered yet; `most` is how many answers may be."""
        self._most = most
        self._held: tuple[int, dict[K, V]] = (-1, {})

    def find(self, mark: int | None, name: K) -> V | None:
        """What was read, or null: it is to be read again."""
        held_mark, held = self._held
        return held.get(name) if held_mark == mark else None

    def keep(self, mark: int | None, name: K, read: V) -> None:
        """Remember what was read when that was the mark."""
        if mark is None:
            return
        held_mark, held = self._held
        if held_mark != mark or len(held) >= self._most:
            held = {}
            self._held = (mark, held)
        held[name] = read
