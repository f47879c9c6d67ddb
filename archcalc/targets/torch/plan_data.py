"""Facts to what data.py prints: how a picture becomes a sample."""

from __future__ import annotations

from archcalc.analysis.walk import Facts
from archcalc.sizes.rules import known_sizes
from archcalc.spec.training import Training
from archcalc.targets.python import source
from archcalc.targets.python.source import Code


def plan_data(facts: Facts, training: Training) -> dict[str, object]:
    """How a digit of 8 x 8 becomes a sample, and whether pictures can."""
    shape = facts.input
    spatial = shape[1:]
    digit_shape, mode = {
        0: ("1, 64", "linear"),
        1: ("1, 64", "linear"),
        2: ("1, 8, 8", "bilinear"),
        3: ("1, 1, 8, 8", "trilinear"),
    }[len(spatial)]
    pictures = len(spatial) == 2 and shape[0] in (1, 3)
    last = (facts.outputs[0] if facts.outputs else None) or (1,)
    return {
        "classes": last[0],
        "pictures": pictures,
        "or_pictures": Code(", or pictures in folders" if pictures else ""),
        "spatial_sizes": source.bare(spatial),
        "resize": training.augment.resize or max(known_sizes(spatial), default=0),
        "augment": training.augment,
        "imagenet": shape[0] == 3,
        "mode": Code("RGB" if shape[0] == 3 else "L"),
        "digit_shape": Code(digit_shape),
        "interpolation": Code(mode),
        "interpolated": spatial or shape,
        "channels_last": {3: "channels_last", 4: "channels_last_3d"}.get(len(shape)),
        "layout": Code(".contiguous(memory_format=LAYOUT)" if len(shape) > 2 else ""),
        "data_help": "digits, synthetic" + (", or a folder with train/ and val/" if pictures else ""),
        "and_layout": Code(", memory_format=LAYOUT" if len(shape) > 2 else ""),
        "digit": Code(f"image[0].expand({source.bare(shape)})" if spatial else "image[0, 0]"),
    }
