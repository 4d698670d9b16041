"""A column of a table in memory: how its values are selected, and converted to a numpy array."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class ArrayColumn:
    """A column: its name, numpy type, the numbers of enumeration values (if it has them), and the number for null."""

    name: str
    kind: type[Any]
    words: Mapping[str | None, int] | None = None
    null: int | None = None

    @property
    def expression(self) -> str:
        """The SQL expression to select."""
        return self.name if self.null is None else f"coalesce({self.name}, {self.null})"

    def array_of(self, stored: Sequence[Any]) -> Array:
        """Convert stored values to an array."""
        words = self.words
        return np.array(stored if words is None else [words[word] for word in stored], self.kind)
