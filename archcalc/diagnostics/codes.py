"""The code table: each code and the error that it stands for.

Codes are stable and go by stage: A1 the file and what it says, A2 what a layer needs, A3 names and
structure, A4 claims of the source, A5 generation.
"""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct


class Leaves(IntEnum):
    """What is still known of a layer where a need of it fails; each step has all that is above it."""

    NOTHING = 0
    """Not even whether the layer is wrong or what arrives: the number of axes."""
    WEIGHTS = 1
    """Its weights, and no output: an axis that it speaks of is not there."""
    CHANNELS = 2
    """How many channels it gives."""
    SIZES = 3
    """All that it gives: what arrives is wrong, or a value beside its sizes."""


class Code(Struct, frozen=True):
    """What a code stands for, in a line, and what an error of it leaves known of the layer that it is of."""

    title: str
    leaves: Leaves = Leaves.CHANNELS


TABLE: dict[str, Code] = {
    "A101": Code("the file cannot be read: it is missing, a folder, or not permitted"),
    "A102": Code("the file is not UTF-8 text"),
    "A103": Code("the file is larger, or nested deeper, than a spec may be"),
    "A104": Code("the file is not well-formed YAML"),
    "A105": Code("a mapping has the same key twice"),
    "A106": Code("anchors, aliases, tags and merge keys are not part of the spec language"),
    "A107": Code("the file holds no spec: it is empty, or not a mapping"),
    "A108": Code("the file holds more than one YAML document"),
    "A109": Code("the file has more errors than are worth listing"),
    "A110": Code("a key that means nothing here"),
    "A111": Code("a value of the wrong type"),
    "A112": Code("something required is missing", Leaves.SIZES),
    "A113": Code("a layer kind that does not exist"),
    "A114": Code("a value outside what is allowed", Leaves.SIZES),
    "A115": Code("a spec language version this archcalc does not read"),
    "A116": Code("an expression that cannot be read or computed"),
    "A119": Code("an input whose channels seem to stand last"),
    "A120": Code("a number that its own comma cuts apart"),
    "A121": Code("parts of a training recipe that do not go together"),
    "A201": Code("the kernel reaches past the padded input"),
    "A202": Code("the input has the wrong number of axes", Leaves.NOTHING),
    "A203": Code("the spec states a size, but another arrives", Leaves.SIZES),
    "A204": Code("a size that does not divide into equal parts", Leaves.SIZES),
    "A205": Code("pooling pads by more than half its kernel"),
    "A206": Code("padding `same` with a stride"),
    "A207": Code("the output would have no pixel"),
    "A208": Code("the padding mode needs a larger input than arrives"),
    "A209": Code("an axis that the input does not have", Leaves.WEIGHTS),
    "A210": Code("a linear layer on a map: only the last axis is transformed"),
    "A211": Code("what is joined does not have the same sizes"),
    "A212": Code("output_padding is not smaller than the stride or the dilation"),
    "A213": Code("a pooling window that may see only padding"),
    "A214": Code("a reshape to another number of values"),
    "A215": Code("a slice reaches beyond its axis, or holds nothing"),
    "A216": Code("normalising over a single value"),
    "A217": Code("the recipe's batches are smaller than the network can be trained on"),
    "A218": Code("a tensor has more bytes than 64 bits count"),
    "A219": Code("a reshape that mixes or turns axes"),
    "A220": Code("whole numbers where real ones are needed, or the other way round", Leaves.SIZES),
    "A221": Code("a table with fewer rows than are looked up in it", Leaves.SIZES),
    "A222": Code("a weight that is tied to one of another shape", Leaves.SIZES),
    "A223": Code("a layer applied again where its weights have another shape", Leaves.SIZES),
    "A225": Code("probabilities where a cross-entropy takes scores", Leaves.SIZES),
    "A226": Code("a bias before a batch normalisation", Leaves.SIZES),
    "A227": Code("two activations in a row", Leaves.SIZES),
    "A228": Code("a dropout before a batch normalisation", Leaves.SIZES),
    "A229": Code("a stride larger than its kernel", Leaves.SIZES),
    "A230": Code("experts with more scores, or fewer, than there are of them", Leaves.SIZES),
    "A301": Code("two layers, or a layer and an input, have the same name"),
    "A302": Code("a name that cannot be used here"),
    "A303": Code("an unknown name in an expression"),
    "A304": Code("names that are defined in terms of each other"),
    "A305": Code("a block, or a block's file, that is made of itself"),
    "A306": Code("a block that nothing uses"),
    "A307": Code("an argument that nothing in its block uses"),
    "A308": Code("a block is used without an argument that it needs"),
    "A309": Code("a block's file that cannot be used"),
    "A310": Code("a source that names nothing"),
    "A311": Code("a source that could be one of several"),
    "A312": Code("a source that comes below, so that each would wait for the other"),
    "A313": Code("more sources, or fewer, than a layer takes"),
    "A314": Code("a named size that has no value"),
    "A315": Code("a layer whose output nothing takes"),
    "A316": Code("a condition or a repeat that cannot be decided"),
    "A317": Code("a network that is larger, or takes more work, than a check may"),
    "A318": Code("a preset that does not exist, or that sets what is not there"),
    "A319": Code("what follows an entry that may be absent can be read in two ways"),
    "A320": Code("a layer in place overwrites what is still needed"),
    "A321": Code("a name of `let` that nothing uses"),
    "A322": Code("copies without names that say where they take their input from"),
    "A323": Code("an axis that is not a named size of the input"),
    "A324": Code("a layer that is tied to what has no table of vectors"),
    "A325": Code("routing to experts that cannot work as it is written"),
    "A326": Code("something that cannot be applied again"),
    "A327": Code("something frozen that has no parameters", Leaves.SIZES),
    "A401": Code("the source claims another value than the spec computes"),
    "A402": Code("a deviation is acknowledged that does not exist"),
    "A403": Code("the network has more parameters or MACs than its budget"),
    "A501": Code("a file was changed since it was generated"),
    "A502": Code("the generated folder is stale"),
    "A503": Code("the spec cannot be generated from"),
}
"""Every code."""

CODES: dict[str, str] = {code: row.title for code, row in TABLE.items()}
"""Every code and what it stands for, in a line."""

NEEDS, CLAIMS = "A2", "A4"
"""How the codes of a layer's needs, and of the source's claims and the budget, begin."""

ON_A_MAP = "A210"
"""The code of a layer that transforms only the last axis of a map, of which a `flatten` is the way out."""

UNREADABLE = frozenset({"A101", "A102", "A103", "A104", "A107"})
"""The codes that say that there is no spec to check at all."""
