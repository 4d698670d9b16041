"""How many examples a property test tries: few in the suite, many in the drills, fewer per mutant."""

from __future__ import annotations

import os

from hypothesis import Phase, settings

DRILLS = os.environ.get("SEATLINE_DRILLS") == "true"
"""Whether these are the drills (`make drills`)."""

IN_THE_SUITE = 100
"""The examples of a test that does not state a number."""

# No deadline: on cores shared with others a slow example is no fault.
settings.register_profile("suite", deadline=None, print_blob=True, max_examples=IN_THE_SUITE)
settings.register_profile("drills", settings.get_profile("suite"), max_examples=5 * IN_THE_SUITE)
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
