"""All read models."""

from __future__ import annotations

from projections import engagements, hours, milestone_versions, profiles, spans

READ_MODELS = (profiles.MODEL, engagements.MODEL, spans.MODEL, milestone_versions.MODEL, hours.MODEL)
