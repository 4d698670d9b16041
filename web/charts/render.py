"""Renders layouts to markup: the Jinja2 environment, and charts as self-contained files."""

from __future__ import annotations

import logging
import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from api.http.presenter import masked_markup
from web.charts import colors, legend, survival, wording
from web.charts.lettering import needs_other_fonts, with_other_fonts
from web.charts.measure import px, text_width
from web.components import NAVIGATION
from web.isolation import IsolatedText
from web.kinds import FAMILY_OF, KIND_NAMES
from web.kinds.page import FAMILY_WORDS
from web.static_files import static_address

if TYPE_CHECKING:
    from domain.seats import Structure

LOGGER = logging.getLogger(__name__)
TEMPLATES = Path(__file__).parent.parent / "templates"
FONTS = Path(__file__).parent / "fonts"
# Invalid in XML, although browsers accept them in HTML: control characters and lone surrogates.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LEAST_SCALE = 0.86
"""The smallest scale of a chart in a page before it scrolls: its smallest text (10.5) is then 9 pixels high."""
_FONT_FAMILY = "Inter, Helvetica, Arial, sans-serif"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The environment of all pages and charts: autoescape is on, undefined names are errors, `parts` is global.

    Pages may add to its `globals` and `filters` once, at startup.
    """
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=(IsolatedText,),
    )
    made.globals.update(
        PAGE=colors.PAGE,
        LIGHT=colors.LIGHT,
        GROUPS=colors.GROUPS,
        STRUCTURES=wording.STRUCTURES,
        ORDER=wording.ORDER,
        FAMILIES=FAMILY_WORDS,
        FAMILY_OF=FAMILY_OF,
        KINDS=KIND_NAMES,
        COMMITMENTS=wording.COMMITMENTS,
        SEATS=wording.SEATS,
        FUNCTIONS=wording.FUNCTIONS,
        FONT=_FONT_FAMILY,
        LEAST_SCALE=LEAST_SCALE,
        NAVIGATION=NAVIGATION,
        token=colors.structure_token,
        static=static_address,
        legend_of=legend.lay_out,
    )
    made.filters.update(
        px=px,
        day=wording.day_words,
        instant=wording.instant_words,
        effective=wording.effective_words,
        structure=_structure_name,
        text_width=text_width,
        band=survival.band_words,
        median_bounds=lambda median: survival.bounds_words(median, str),
    )
    made.globals["parts"] = made.get_template("parts.html").module
    return made


def _structure_name(structure: Structure | None) -> str:
    return wording.STRUCTURES[structure].name if structure is not None else "Not observed"


def macro(template: str, name: str, *arguments: Any, **named: Any) -> Markup:
    """Render a macro of a template with these arguments."""
    painted: Markup = getattr(environment().get_template(template).module, name)(*arguments, **named)
    return painted


def standalone(kind: str, layout: object, heading: str = "") -> str:
    """A chart as a self-contained SVG file: light theme, no links, scripts or style sheets.

    The legend is below the chart and the heading, if any, above. `kind` is the layout module: `timeline`, `columns`,
    `grid`, `flow`, `survival` or `sparkline`.
    """
    painted = macro(f"charts/{kind}.html", f"{kind}_svg", layout, p=colors.LIGHT, export=True, heading=heading)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        + _NOT_XML.sub("", unicodedata.normalize("NFC", painted)).strip()
        + "\n"
    )


def png(svg: str, scale: int = 2) -> bytes:
    """Render a standalone SVG to PNG at `scale`, set in the bundled Inter.

    Characters that Inter lacks are set in system fonts. If no font has them, they are transliterated, and a note below
    the chart names the package to install.
    """
    svg = masked_markup(svg)
    if not needs_other_fonts(svg):
        return _rasterized(svg, scale, with_system_fonts=False)
    svg, sentence = with_other_fonts(svg, _sampled)
    if sentence:
        LOGGER.warning(sentence)
    return _rasterized(svg, scale, with_system_fonts=True)


def _sampled(svg: str) -> bytes:
    return _rasterized(svg, 1, with_system_fonts=True)


def _rasterized(svg: str, scale: int, *, with_system_fonts: bool) -> bytes:
    import resvg_py

    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            zoom=scale,
            skip_system_fonts=not with_system_fonts,
            font_files=[str(path) for path in sorted(FONTS.glob("*.ttf"))],
            font_family="Inter",
        )
    )
