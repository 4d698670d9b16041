"""All read models."""

from __future__ import annotations

from projections import engagements, hours, milestones, profiles, spans

READ_MODELS = (profiles.MODEL, engagements.MODEL, spans.MODEL, milestones.MODEL, hours.MODEL)
