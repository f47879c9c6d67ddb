"""Facts to what data.py, pictures.py and packed.py print: what a sample is, and how a picture becomes one."""

from __future__ import annotations

from archcalc.analysis.walk import Facts
from archcalc.sizes.rules import Shape, known_sizes, prod
from archcalc.spec.training import Training
from archcalc.targets.python import source
from archcalc.targets.python.source import Code

DIGITS = 10


def plan_data(facts: Facts, training: Training) -> dict[str, object]:
    """How a digit of 8 x 8 becomes a sample, whether pictures can, and what is told of them."""
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
    dense = tells_of_pixels(facts)
    channels_last = {3: "channels_last", 4: "channels_last_3d"}.get(len(shape))
    return {
        "classes": last[0],
        "pictures": pictures,
        "dense": dense,
        "spatial_sizes": source.bare(spatial),
        "channels": shape[0],
        "augment": training.augment,
        "imagenet": shape[0] == 3,
        "mode": Code("RGB" if shape[0] == 3 else "L"),
        "digit_shape": Code(digit_shape),
        "interpolation": Code(mode),
        "interpolated": spatial or shape,
        "digit": Code(f"images.expand(-1, {source.bare(shape)})" if spatial else "images[:, 0]"),
        "positions": "" if dense or len(last) < 2 or prod(last[1:]) == 1 else source.shape_comment(last[1:]),
        "digits_cut": not dense and known_sizes(last)[0] < DIGITS,
        "digit_argument": Code("_" if dense and known_sizes(last)[0] <= DIGITS else "labels"),
        "channels_last": channels_last,
        "layout": Code(".contiguous(memory_format=LAYOUT)" if channels_last else ""),
        "data_help": "digits, synthetic" + (", or a folder of pictures" if pictures else ""),
        **(_pictures(shape, training) if pictures else {}),
        **(_pixels(spatial, last[1:]) if dense else _class()),
    }


def tells_of_pixels(facts: Facts) -> bool:
    """Whether the network gives a class for each pixel: outputs of its input's own scale, borders aside."""
    spatial = facts.input[1:]
    told = {output[1:] for output in facts.outputs if output}
    return (
        bool(spatial)
        and len(told) == 1
        and all(
            len(sizes) == len(spatial) and all(1 < n <= size < 2 * n for n, size in zip(sizes, spatial, strict=True))
            for sizes in told
        )
    )


def _class() -> dict[str, object]:
    return {
        "score": Code("top1"),
        "score_words": Code("top-1"),
        "packed_targets": Code("the numbers of the classes"),
    }


def _pixels(spatial: Shape, told: Shape) -> dict[str, object]:
    """What differs where the network tells of pixels; ``told`` is the size of that."""
    cuts = [(size - n) // 2 for size, n in zip(spatial, told, strict=True)]
    slices = [f"{cut}:{cut + n}" for cut, n in zip(cuts, told, strict=True)]
    return {
        "told": told,
        "told_text": source.shape_comment(told),
        "spatial": spatial,
        "told_axes": source.bare(told),
        "told_slices": Code("".join(f", {cut}" for cut in slices) if told != spatial else ""),
        "label_axes": Code(", ".join(["-1", *["1"] * len(spatial)])),
        "score": Code("iou"),
        "score_words": Code("mean IoU"),
        "packed_targets": Code("the masks"),
    }


def _pictures(shape: Shape, training: Training) -> dict[str, object]:
    """The region of a picture that crops are taken from."""
    channels, height, width = known_sizes(shape)
    shorter = training.augment.resize or max(height, width)
    region = max(shorter, height), max(shorter, width)
    packed = region if training.augment.random_crop else (height, width)
    return {
        "region": region,
        "region_text": source.shape_comment(region),
        "colours": Code("RGB" if channels == 3 else "grey"),
        "normalised": Code("ImageNet's mean and deviation" if channels == 3 else "a mean and a deviation of 0.5"),
        "packed_axes": source.shape_comment((*packed, channels)),
    }
