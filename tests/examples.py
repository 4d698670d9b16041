"""How many examples a property test tries: few in the suite, many in the drills."""

from __future__ import annotations

import os

from hypothesis import settings

DRILLS = os.environ.get("SEATLINE_DRILLS") == "true"
"""Whether these are the drills (`make drills`)."""

TIMES_IN_DRILLS = 5


def examples(in_the_suite: int) -> settings:
    """Of a test that does not try as many as all others, because each takes long or few are of interest."""
    return settings(max_examples=in_the_suite * (TIMES_IN_DRILLS if DRILLS else 1))
