"""AI initiatives over time: from the start to production to each measurement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from web.charts.annotations import Annotation, AnnotationStrip, strip_height
from web.charts.annotations import lay_out as lay_out_annotations
from web.charts.axis import DateAxis, Tick, YearBand, axis_of
from web.charts.grid import NAMES, RowName
from web.charts.measure import px, shorten, text_width
from web.charts.wording import counted

_TOP, _ROW, _BOTTOM = 44.0, 34.0, 6.0
_NAME_SIZE, _DAYS_SIZE = 12.0, 10.5
_RIGHT = 8.0
_FEWEST_QUARTERS = 4


@dataclass(frozen=True, slots=True)
class InitiativeTrack:
    """An initiative at a client; `measured_on` are the days of its measurements. `title` describes all in words."""

    client: str
    name: str
    title: str
    started_on: date
    live_on: date | None
    measured_on: tuple[date, ...]
    href: str | None = None


@dataclass(frozen=True, slots=True)
class DrawnTrack:
    """The positions of one initiative: `live_x` is null until it is live; `days` fits between start and live."""

    y: float
    title: str
    href: str | None
    start_x: float
    live_x: float | None
    end_x: float
    measured_x: tuple[float, ...]
    days: str
    days_x: float


@dataclass(frozen=True, slots=True)
class InitiativesChart:
    """The laid-out chart; `subtitles` are the names of the initiatives below those of their clients."""

    width: float
    height: float
    left: float
    right: float
    names: tuple[RowName, ...]
    subtitles: tuple[RowName, ...]
    tracks: tuple[DrawnTrack, ...]
    bands: tuple[YearBand, ...]
    ticks: tuple[Tick, ...]
    as_of_x: float
    strip: AnnotationStrip

    @property
    def summary(self) -> str:
        """The chart in words."""
        words = f"{counted(len(self.tracks), 'initiative')} from the start to production to measured."
        return f"{words} {self.strip.summary}".rstrip()


def axis_for(
    tracks: Sequence[InitiativeTrack], as_of: date, fiscal_year_start_month: int = 1, width: float = 1120.0
) -> DateAxis:
    """The axis of these initiatives: whole quarters from the first start to the day, four at least."""
    first = min((track.started_on for track in tracks), default=as_of)
    return axis_of(first, as_of, fiscal_year_start_month, NAMES, width - NAMES - _RIGHT, _FEWEST_QUARTERS)


def lay_out(
    tracks: Sequence[InitiativeTrack],
    as_of: date,
    fiscal_year_start_month: int = 1,
    width: float = 1120.0,
    annotations: Sequence[Annotation] = (),
) -> InitiativesChart:
    """Lay out one page of initiatives, in this order, on one axis up to the day.

    `annotations` explain the quarters: they are shown above the initiatives.
    """
    axis = axis_for(tracks, as_of, fiscal_year_start_month, width)
    places = {quarter.label: (axis.x(quarter.start), axis.width / len(axis.quarters)) for quarter in axis.quarters}
    top = _TOP + strip_height(annotations)
    tops = [top + place * _ROW for place in range(len(tracks))]
    room = NAMES - 14
    return InitiativesChart(
        width=px(width),
        height=px(top + _ROW * len(tracks) + _BOTTOM),
        left=NAMES,
        right=px(width - _RIGHT),
        names=tuple(
            RowName(shorten(track.client, room, _NAME_SIZE), px(top + 14), track.client, track.href)
            for track, top in zip(tracks, tops, strict=True)
        ),
        subtitles=tuple(
            RowName(shorten(track.name, room, _DAYS_SIZE), px(top + 28), track.name, None)
            for track, top in zip(tracks, tops, strict=True)
        ),
        tracks=tuple(_track(track, top + _ROW / 2, axis, as_of) for track, top in zip(tracks, tops, strict=True)),
        bands=axis.year_bands(),
        ticks=axis.ticks(as_of),
        as_of_x=px(axis.x(as_of)),
        strip=lay_out_annotations(annotations, places, _TOP - 4, width - _RIGHT),
    )


def _track(track: InitiativeTrack, middle: float, axis: DateAxis, as_of: date) -> DrawnTrack:
    start, live = axis.x(track.started_on), None if track.live_on is None else axis.x(track.live_on)
    until = track.live_on or as_of
    days = counted((until - track.started_on).days, "day")
    room = (axis.x(as_of) if live is None else live) - start
    return DrawnTrack(
        y=px(middle),
        title=track.title,
        href=track.href,
        start_x=px(start),
        live_x=None if live is None else px(live),
        end_x=px(axis.x(as_of)),
        measured_x=tuple(px(axis.x(day)) for day in track.measured_on),
        days=days if text_width(days, _DAYS_SIZE) + 18 <= room else "",
        days_x=px(start + room / 2),
    )
