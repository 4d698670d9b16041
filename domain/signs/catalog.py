"""The list of all detectors and of all named signs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from domain.signs.conflict_unsettled import CONFLICT_UNSETTLED
from domain.signs.detector import Detector, SignDefinition
from domain.signs.no_alignment import NO_ALIGNMENT
from domain.signs.observed import OBSERVED_ONLY
from domain.signs.outcomes_unmeasured import OUTCOMES_UNMEASURED
from domain.signs.roles_undefined import ROLES_UNDEFINED

DETECTORS: Mapping[str, Detector] = MappingProxyType(
    {
        detector.id: detector
        for detector in (
            ROLES_UNDEFINED,
            NO_ALIGNMENT,
            OUTCOMES_UNMEASURED,
            CONFLICT_UNSETTLED,
        )
    }
)
"""Every detector by the id of its sign, in the order of ids."""

NAMED_SIGNS: Mapping[str, SignDefinition] = MappingProxyType(
    {sign.id: sign for sign in sorted((*DETECTORS.values(), *OBSERVED_ONLY), key=lambda sign: sign.id)}
)
"""Every named sign by its id, in the order of ids: those with a detector, and those that only people can see."""
