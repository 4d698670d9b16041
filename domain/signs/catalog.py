"""The list of all detectors and of all named signs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from domain.signs.ai_bottleneck import AI_BOTTLENECK
from domain.signs.ai_depth_unproven import AI_DEPTH_UNPROVEN
from domain.signs.ai_half_dropped import AI_HALF_DROPPED
from domain.signs.ai_risk_unowned import AI_RISK_UNOWNED
from domain.signs.ai_unowned import AI_UNOWNED
from domain.signs.ai_without_technology import AI_WITHOUT_TECHNOLOGY
from domain.signs.bundled_paper import BUNDLED_PAPER
from domain.signs.central_ai_without_leader import CENTRAL_AI_WITHOUT_LEADER
from domain.signs.clean_boundary import CLEAN_BOUNDARY
from domain.signs.conflict_unsettled import CONFLICT_UNSETTLED
from domain.signs.detector import Detector, SignDefinition
from domain.signs.governance_gaps import GOVERNANCE_GAPS
from domain.signs.hours_too_few import HOURS_TOO_FEW
from domain.signs.no_alignment import NO_ALIGNMENT
from domain.signs.observed import OBSERVED_ONLY
from domain.signs.one_hat_wins import ONE_HAT_WINS
from domain.signs.outcomes_unmeasured import OUTCOMES_UNMEASURED
from domain.signs.pilots_without_production import PILOTS_WITHOUT_PRODUCTION
from domain.signs.renewal_unprepared import RENEWAL_UNPREPARED
from domain.signs.roles_undefined import ROLES_UNDEFINED
from domain.signs.strategy_without_shipping import STRATEGY_WITHOUT_SHIPPING
from domain.signs.technology_decides_conflicts import TECHNOLOGY_DECIDES_CONFLICTS
from domain.signs.two_seats_too_early import TWO_SEATS_TOO_EARLY

DETECTORS: Mapping[str, Detector] = MappingProxyType(
    {
        detector.id: detector
        for detector in (
            CLEAN_BOUNDARY,
            PILOTS_WITHOUT_PRODUCTION,
            AI_BOTTLENECK,
            CENTRAL_AI_WITHOUT_LEADER,
            STRATEGY_WITHOUT_SHIPPING,
            ROLES_UNDEFINED,
            NO_ALIGNMENT,
            AI_HALF_DROPPED,
            AI_WITHOUT_TECHNOLOGY,
            TWO_SEATS_TOO_EARLY,
            AI_DEPTH_UNPROVEN,
            ONE_HAT_WINS,
            BUNDLED_PAPER,
            OUTCOMES_UNMEASURED,
            AI_UNOWNED,
            RENEWAL_UNPREPARED,
            CONFLICT_UNSETTLED,
            TECHNOLOGY_DECIDES_CONFLICTS,
            HOURS_TOO_FEW,
            AI_RISK_UNOWNED,
            GOVERNANCE_GAPS,
        )
    }
)
"""Every detector by the id of its sign, in the order of ids."""

NAMED_SIGNS: Mapping[str, SignDefinition] = MappingProxyType(
    {sign.id: sign for sign in sorted((*DETECTORS.values(), *OBSERVED_ONLY), key=lambda sign: sign.id)}
)
"""Every named sign by its id, in the order of ids: those with a detector, and those that only people can see."""
