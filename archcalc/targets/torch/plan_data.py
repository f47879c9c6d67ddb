"""Facts to what data.py, pictures.py and packed.py print: what a sample is, and how a picture becomes one."""

from __future__ import annotations

from archcalc.analysis.walk import Facts
from archcalc.sizes.rules import Dim, Shape, known_sizes, prod
from archcalc.spec.recipe import Augment, Training
from archcalc.targets.python import source
from archcalc.targets.python.source import Code
from archcalc.targets.torch.slots import NoCode
from archcalc.targets.torch.task import tells_of_pixels

DIGITS = 10


def plan_data(facts: Facts, training: Training) -> dict[str, object]:
    """How a digit of 8 x 8 becomes a sample, whether pictures can, and what is told of them."""
    shape, augment = facts.input, training.augment
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
    # One number tells two classes apart.
    classes = max(2, known_sizes(last)[0])
    _refuse(training, dense, spatial, shape[0])
    channels_last = {3: "channels_last", 4: "channels_last_3d"}.get(len(shape))
    return {
        "tokens": False,
        "described": pictures,
        "inputs": Code("images"),
        "unit": Code("samples"),
        "batch_help": "samples a step, in all",
        "worst": Code("0.0"),
        "better": Code(">"),
        "best_of": Code("max"),
        "classes": classes,
        "binary": classes != last[0],
        "sigmoid": classes != last[0] and facts.layers[-1].kind == "sigmoid",
        "pictures": pictures,
        "dense": dense,
        "sample_sizes": known_sizes(shape),
        "spatial_sizes": source.bare(spatial),
        "channels": shape[0],
        "augment": augment,
        "mixes": augment.mixes,
        **_drawn(augment),
        "imagenet": shape[0] == 3,
        "mode": Code("RGB" if shape[0] == 3 else "L"),
        "digit_shape": Code(digit_shape),
        "interpolation": Code(mode),
        "interpolated": spatial or shape,
        "digit": Code(f"images.expand(-1, {source.bare(shape)})" if spatial else "images[:, 0]"),
        "positions": "" if dense or len(last) < 2 or prod(last[1:]) == 1 else source.shape_comment(last[1:]),
        "digits_cut": not dense and classes < DIGITS,
        "digit_argument": Code("_" if dense and classes <= DIGITS else "labels"),
        "channels_last": channels_last,
        "layout": Code(".contiguous(memory_format=LAYOUT)" if channels_last else ""),
        "data": "digits",
        "data_help": f"digits, synthetic, or a folder of {'pictures' if pictures else 'arrays'}",
        **(_pictures(shape, training) if pictures else {}),
        **(_pixels(spatial, last[1:]) if dense else _class()),
    }


def _refuse(training: Training, dense: bool, spatial: Shape, channels: Dim) -> None:
    """Raise NoCode for a change of images that those of this network cannot have."""
    augment = training.augment
    wanted = {
        "random_resized_crop": (augment.random_resized_crop, not dense, _WHOLE),
        "random_erasing": (augment.random_erasing, not dense, _WHOLE),
        "mixup_alpha": (augment.mixup_alpha, not dense, _WHOLE),
        "cutmix_alpha": (augment.cutmix_alpha, not dense, _WHOLE),
        " cutmix_alpha": (augment.cutmix_alpha, len(spatial) == 2, "cuts rectangles, and there are no pixels"),
        "lighting": (augment.lighting, channels == 3, "changes three colours, and there are others"),
    }
    for name, (stated, possible, why) in wanted.items():
        if stated and not possible:
            assert training.augment_span is not None
            raise NoCode(training.augment_span, f"`{name.strip()}` {why}", "remove it from `augment`")


_WHOLE = "changes a picture with a class of its own, and this network gives a class for each pixel"


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
    whole = training.augment.random_crop or training.augment.random_resized_crop
    packed = region if whole else (height, width)
    return {
        "region": region,
        "whole": whole,
        "region_text": source.shape_comment(region),
        "colours": Code("RGB" if channels == 3 else "grey"),
        "normalised": Code("ImageNet's mean and deviation" if channels == 3 else "a mean and a deviation of 0.5"),
        "packed_axes": source.shape_comment((*packed, channels)),
    }


def _drawn(augment: Augment) -> dict[str, object]:
    """What is drawn for a picture beside where it is cropped, and where that is printed."""
    parts = {"flipped": augment.horizontal_flip, "shift": augment.lighting, "erase": augment.random_erasing}
    there = [name for name, value in parts.items() if value]
    needed = {"colours": augment.lighting, "erased": augment.random_erasing, "hole": augment.random_erasing}
    cropped = augment.random_crop or augment.random_resized_crop
    return {
        "drawn": bool(there) or cropped,
        "draws_more": bool(augment.lighting or augment.random_erasing or augment.random_resized_crop),
        "drawn_imports": Code(", ".join(name for name, value in needed.items() if value)),
        "drawn_parts": Code(", ".join(there)),
        "batch_parameters": _parameters(["self", *(f"{name}: Tensor" for name in ("pixels", "target", *there))]),
        "crop": Code("crop" if cropped else "MIDDLE"),
    }


def _parameters(names: list[str]) -> Code:
    """The parameters of ``Pictures.batch``, broken over lines as ruff does it."""
    line = ", ".join(names)
    if len(f"    def batch({line}) -> Batch:") <= source.WIDTH:
        return Code(line)
    if len(line) + 8 <= source.WIDTH:
        return Code(f"\n        {line}\n    ")
    return Code("\n" + "".join(f"        {name},\n" for name in names) + "    ")
