"""How many examples a property test tries: some in the suite, many in drills and `make examples`, few per mutant."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import Phase, settings

Test = TypeVar("Test", bound=Callable[..., object])

PROFILE = "many" if os.environ.get("SEATLINE_MANY_EXAMPLES") == "true" else "suite"
"""The profile that is loaded where no other is named."""

IN_THE_SUITE = 100
"""The examples of a test that does not state a number."""

# No deadline: on cores shared with others a slow example is no fault. Under CI a change is judged by the same examples
# every time; everywhere else, and in `make examples`, new ones are tried.
settings.register_profile(
    "suite",
    deadline=None,
    print_blob=True,
    max_examples=IN_THE_SUITE,
    derandomize=os.environ.get("CI") == "true",
)
settings.register_profile("many", settings.get_profile("suite"), max_examples=5 * IN_THE_SUITE)
# The same examples for every mutant, so that a surviving mutant survives again; the first failure is enough.
settings.register_profile(
    "mutation",
    settings.get_profile("suite"),
    max_examples=IN_THE_SUITE // 5,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)


def examples(in_the_suite: int) -> settings:
    """Of a test that does not try as many as all others, because each takes long or few are of interest."""
    return settings(max_examples=max(1, in_the_suite * settings().max_examples // IN_THE_SUITE))


def whole_firms(in_drills: int) -> Callable[[Test], Test]:
    """Of a property of whole firms, each of which takes long: a fifth of the examples in the suite, all in drills."""

    def decorate(test: Test) -> Test:
        marked: Test = pytest.mark.whole_firms(examples(in_drills // 5)(test))
        return marked

    return decorate
