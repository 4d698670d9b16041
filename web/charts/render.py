"""From a layout to markup: the one Jinja2 environment, and charts as files that stand on their own."""

from __future__ import annotations

import logging
import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

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
# What a browser forgives in a page, and XML does not: control characters and lone surrogates.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LEAST_SCALE = 0.86
"""How small a chart may be in a page before it scrolls: its smallest letters, of 10.5, are 9 pixels high then."""
_FONT_FAMILY = "Inter, Helvetica, Arial, sans-serif"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The environment of every page and chart: autoescape always on, unknown names an error, `parts` at hand.

    Pages may add to its `globals` and `filters` once, at start-up.
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
    """What a macro of a template paints for these arguments."""
    painted: Markup = getattr(environment().get_template(template).module, name)(*arguments, **named)
    return painted


def standalone(kind: str, layout: object, heading: str = "") -> str:
    """A chart as an SVG file of its own: literal colours of the light theme, no links, no scripts, no style sheet,
    its legend below it and the heading, where one is given, above.

    `kind` is the module that laid it out: `timeline`, `columns`, `grid`, `flow`, `survival` or `sparkline`.
    """
    painted = macro(f"charts/{kind}.html", f"{kind}_svg", layout, p=colors.LIGHT, export=True, heading=heading)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        + _NOT_XML.sub("", unicodedata.normalize("NFC", painted)).strip()
        + "\n"
    )


def png(svg: str, scale: int = 2) -> bytes:
    """The picture of a standalone SVG, `scale` pixels for one of its own, set in the bundled Inter.

    Letters that Inter lacks are set in fonts of the system. Where there is none either, they are transliterated, and
    a sentence below the drawing names the package to install.
    """
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
