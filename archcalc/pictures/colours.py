"""The colours of boxes: what a layer does, for eyes that do not tell red from green, too."""

from __future__ import annotations

from archcalc.layers.kinds import FAMILY_OF
from archcalc.pictures.model import BLOCK, CHAIN, GROUP, INPUT, OUTPUT, Box

_SHADES = {
    "#cfe2f7": "conv conv_transpose",
    "#d9d2f0": "linear attention einsum multihead_attention recurrent embedding rotary scan",
    "#fbe3c0": "pool adaptive_pool reduce upsample",
    "#d5ecd4": "norm layer_norm activation softmax dropout scale",
    "#f9d3dc": "join",
    "#e8e8e4": "arrange borders expand fit rearrange pixels parameter embedding unflatten windows",
    "#ffffff": f"{INPUT} {OUTPUT} {GROUP}",
    "#d7ebf0": BLOCK,
}

SHADE = {family: shade for shade, families in _SHADES.items() for family in families.split()}
"""The shade of each family."""

WRONG, DOUBTFUL, LINE, FRAME, TEXT = "#c62828", "#b06000", "#5f6b7a", "#f6f7f9", "#1c2430"
"""The colours of an error, of a warning, of lines, behind the boxes in a box, and of text."""

OTHER = "#e8e8e4"
"""The shade of what is not among them: a kind that does not exist."""


def mark_of(box: Box) -> str:
    """The colour around a box that is wrong, or probably not meant; empty for others."""
    return WRONG if box.errors else DOUBTFUL if box.warnings else ""


def shade(box: Box) -> str:
    """The colour of a box; of a chain its first layer's."""
    return SHADE.get(FAMILY_OF.get(box.kind, "") if box.family == CHAIN else box.family, OTHER)
