"""The thresholds that a firm has set, with the day from which each counts and the instant at which it was recorded."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from domain.signs.detector import Detector, Thresholds
from domain.signs.runs import ThresholdChange, ThresholdHistory


@dataclass(frozen=True, slots=True)
class ThresholdSetting:
    """One threshold of one detector, as a firm set it."""

    sign: str
    name: str
    value: int
    counts_from: date
    recorded_at: datetime
    recorded_by: UUID


@dataclass(frozen=True, slots=True)
class FirmThresholds:
    """Everything that a firm has set, in the order of recording.

    Each day is judged by the thresholds in force on it. With `throughout`, every day is judged by those in force on
    that one day, as if they had always been.
    """

    settings: tuple[ThresholdSetting, ...] = ()
    throughout: date | None = None

    @property
    def recorded_at(self) -> datetime | None:
        """When the newest one was recorded; null without one."""
        return self.settings[-1].recorded_at if self.settings else None

    def known_at(self, instant: datetime | None) -> FirmThresholds:
        """What had been set by an instant (null: now)."""
        settings = tuple(one for one in self.settings if instant is None or one.recorded_at <= instant)
        return replace(self, settings=settings) if settings else DEFAULTS

    @property
    def version(self) -> int:
        """The number of settings, which increases with every change."""
        return len(self.settings)

    def in_force(self, sign: str, name: str, day: date) -> ThresholdSetting | None:
        """The setting of a threshold that counts on a day; null for the default."""
        until_then = [s for s in self.settings if (s.sign, s.name) == (sign, name) and s.counts_from <= day]
        return max(reversed(until_then), key=lambda setting: setting.counts_from, default=None)

    def on(self, detector: Detector, day: date) -> Thresholds:
        """The thresholds of a detector in force on a day, by name."""
        settings = {name: self.in_force(detector.id, name, day) for name in detector.defaults}
        return {
            name: default if (setting := settings[name]) is None else setting.value
            for name, default in detector.defaults.items()
        }

    def history(self) -> ThresholdHistory:
        """The thresholds over time, as detectors take them; of one day, what was recorded last counts."""
        changes: dict[str, list[ThresholdChange]] = defaultdict(list)
        for setting in sorted(self.settings, key=lambda one: one.counts_from):  # stable: in order of recording
            changes[setting.sign].append(
                ThresholdChange(setting.counts_from.toordinal(), {setting.name: setting.value})
            )
        history = ThresholdHistory({sign: tuple(of_sign) for sign, of_sign in changes.items()})
        return history if self.throughout is None else history.throughout(self.throughout.toordinal())


DEFAULTS = FirmThresholds()
"""No threshold is set: the defaults of the detectors apply."""
