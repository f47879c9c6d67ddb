"""Specs that cost as much as one can: what grows with a number, a length or a depth, each named after what does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

TOP = "archcalc: 1\nname: Costly\ninput: [3, 8, 8]\n"
"""How a spec begins that says nothing else of itself."""

CONV = "{kind: conv2d, out_channels: 3, kernel_size: 3, padding: 1}"


def spec(*layers: str, top: str = TOP, **sections: str) -> str:
    """A spec of these layers, each an entry in flow style, below sections such as ``let`` that are lines themselves."""
    listed = "".join(f"  - {layer}\n" for layer in layers)
    return top + "".join(f"{key}:\n{lines}" for key, lines in sections.items()) + f"layers:\n{listed}"


def lets(lines: Iterable[str]) -> str:
    return "".join(f"  {line}\n" for line in lines)


def doubled(levels: int, inner: str, arguments: str = "") -> str:
    """A block of one entry, in a block that uses it twice, in a block that uses that twice, and so on."""
    first = f"  b0:\n{arguments}    layers:\n      - {inner}\n"
    blocks = "".join(
        f"  b{level}:\n    layers:\n      - {{kind: b{level - 1}}}\n      - {{kind: b{level - 1}}}\n"
        for level in range(1, levels)
    )
    return spec(f"{{kind: b{levels - 1}}}", "{kind: relu}", blocks=first + blocks)


def nothing(levels: int) -> str:
    """Blocks in blocks of an entry that is not there."""
    return doubled(levels, "{kind: relu, when: there}", "    args: {there: false}\n")


def growing(levels: int) -> str:
    """Blocks in blocks of a layer that asks how many channels arrive, so that no use is as another."""
    return doubled(levels, "{kind: conv2d, out_channels: in_channels + 1, kernel_size: 1}")


def repeated(times: int, layer: str = "{kind: relu, repeat: TIMES}") -> str:
    """A layer that is repeated."""
    return spec(layer.replace("TIMES", str(times)))


def chain_of_lets(length: int) -> str:
    """Names of which each is one more than the next, so that the last is found first."""
    lines = [f"v{place}: v{place + 1} + 1" for place in range(length)]
    return spec(
        "{kind: linear, out_features: v0}", top=TOP.replace("[3, 8, 8]", "[8]"), let=lets([*lines, f"v{length}: 1"])
    )


def many_lets(length: int) -> str:
    """Names that a condition each uses."""
    return spec(
        "{kind: relu, when: v0 > 0}",
        *[f"{{kind: relu, when: v{place} > 0}}" for place in range(1, length)],
        let=lets(f"v{place}: {place + 1}" for place in range(length)),
    )


def star_of_lets(length: int) -> str:
    """Names that all use one."""
    lines = [f"v{place}: c + {place}" for place in range(length)]
    return spec("{kind: relu, when: v0 > 0}", let=lets(["c: 1", *lines]))


def squared(length: int) -> str:
    """Names of which each is the square of the one before."""
    lines = ["v0: 0.1", *[f"v{place}: v{place - 1}*v{place - 1}" for place in range(1, length)]]
    return spec(f"{{kind: dropout, p: v{length - 1}}}", let=lets(lines))


def presets(number: int) -> str:
    """A family of so many members."""
    found = "".join(f"  p{place}: {{let: {{width: {place + 1}}}}}\n" for place in range(number))
    return spec(CONV.replace("3, kernel", "width, kernel"), let="  width: 1\n", presets=found)


def chain(length: int, layer: str = "{kind: relu}") -> str:
    """Layers that are written out, one after the other."""
    return spec(*[layer] * length)


def different(length: int) -> str:
    """Convolutions of which no two are alike."""
    return spec(*[f"{{kind: conv2d, out_channels: {place + 1}, kernel_size: 1}}" for place in range(length)])


def long_list(length: int) -> str:
    """A layer whose kernel is a list."""
    return spec(f"{{kind: conv2d, out_channels: 3, kernel_size: [{', '.join(['1'] * length)}]}}")


def joined(length: int) -> str:
    """So many layers, all of which one takes."""
    layers = [
        f"{{kind: conv2d, name: c{place}, from: input, out_channels: 1, kernel_size: 1}}" for place in range(length)
    ]
    return spec(*layers, f"{{kind: concat, from: [{', '.join(f'c{place}' for place in range(length))}]}}")


def dense(length: int) -> str:
    """Layers of which each takes all above it."""
    layers = ["{kind: relu, name: c0}"]
    for place in range(1, length):
        layers.append(
            f"{{kind: add, name: c{place}, from: [{', '.join(f'c{one}' for one in range(place))}]}}"
            if place > 1
            else "{kind: relu, name: c1}"
        )
    return spec(*layers)


def outputs(length: int) -> str:
    """A network of as many outputs as layers."""
    layers = [f"{{kind: relu, name: c{place}}}" for place in range(length)]
    return spec(*layers).replace("layers:", f"outputs: [{', '.join(f'c{place}' for place in range(length))}]\nlayers:")


def claims(length: int) -> str:
    """Layers that each claim what they give, and how many values they have."""
    return chain(length, "{kind: relu, expect: {shape: [3, 8, 8], params: 0}}")


def wrong_claims(length: int) -> str:
    """Layers that each claim what they do not give."""
    return chain(length, "{kind: relu, expect: {shape: [3, 9, 8]}}")


def failing(length: int, repeat: int = 1) -> str:
    """Layers of which each fails, for what each should give is claimed."""
    entry = "{{kind: conv2d, out_channels: 3, kernel_size: {}, repeat: {}, expect: [3, 8, 8]}}"
    return spec(*[entry.format(20 + place, repeat) for place in range(length)])


def deep_error(length: int) -> str:
    """An error below so many layers which may each be its cause."""
    return spec(*[CONV] * length, "{kind: conv2d, out_channels: 8, kernel_size: 9}", top=TOP)


def pools(length: int) -> str:
    """A network whose legal inputs have a long period."""
    return spec(
        *["{kind: conv2d, out_channels: 3, kernel_size: 3, stride: 3, padding: 1}"] * length,
        top=TOP.replace("8, 8", "2187, 2187"),
    )


def primes(strides: Iterable[int]) -> str:
    """Strides that have no factor in common, each followed by as much upsampling."""
    layers = []
    for stride in strides:
        layers += [
            f"{{kind: conv2d, out_channels: 3, kernel_size: {stride}, stride: {stride}}}",
            f"{{kind: upsample, scale_factor: {stride}}}",
        ]
    return spec(*layers, top=TOP.replace("8, 8", "510510, 510510"))


def sums_of_paths(strides: Iterable[int]) -> str:
    """Paths of strides that are coprime, which meet only where sizes agree."""
    layers = []
    for stride in strides:
        layers += [
            f"{{kind: conv2d, name: d{stride}, from: input, out_channels: 3, kernel_size: {stride}, stride: {stride}}}",
            f"{{kind: upsample, name: u{stride}, scale_factor: {stride}}}",
        ]
    return spec(
        *layers,
        f"{{kind: add, from: [{', '.join(f'u{stride}' for stride in strides)}]}}",
        top=TOP.replace("8, 8", "510510, 510510"),
    )


def nested_groups(depth: int) -> str:
    """Groups in groups."""
    text, indent = "", "  "
    for _ in range(depth):
        text += f"{indent}- layers:\n"
        indent += "    "
    return f"{TOP}layers:\n{text}{indent}- {{kind: relu}}\n"


def named_chain(length: int) -> str:
    """Layers that each name the one above."""
    layers = [f"{{kind: relu, name: c{place}, from: c{place - 1}}}" for place in range(1, length)]
    return spec("{kind: relu, name: c0}", *layers)


def strides_above(length: int) -> str:
    """Layers below strides that make legal sizes repeat late."""
    strides = [f"{{kind: conv2d, out_channels: 3, kernel_size: {one}, stride: {one}}}" for one in (7, 8, 9, 5)]
    layers = f"{{kind: conv2d, out_channels: 3, kernel_size: 3, padding: 1, repeat: {length}}}"
    return spec(*strides, layers, top=TOP.replace("8, 8", "10080, 10080"))


def long_expressions(length: int) -> str:
    """Conditions as long as an expression may be."""
    return spec(*[f"{{kind: relu, when: {'+'.join(['1'] * 95)} > {place}}}" for place in range(length)])


def conditions(number: int) -> str:
    """Entries of which each is there or not by a name of its own, each taken by one below."""
    layers = []
    for place in range(number):
        layers += [f"{{kind: relu, name: a{place}, when: w{place}}}", f"{{kind: add, from: [a{place}, input]}}"]
    return spec(*layers, let=lets(f"w{place}: true" for place in range(number)))


def index_repeats(times: int) -> str:
    """Copies that differ from each other."""
    return repeated(times, "{kind: conv2d, out_channels: index + 1, kernel_size: 1, repeat: TIMES}")


def errors(number: int) -> str:
    """Entries of a kind that there is not."""
    return chain(number, "{kind: conv2, out_channels: 3}")


def unknown_sources(number: int) -> str:
    """Many names, and many misspelt ones."""
    return spec(
        *[f"{{kind: relu, name: layer{place}}}" for place in range(number)],
        *[f"{{kind: relu, from: layer{place}x}}" for place in range(90)],
    )


def duplicate_names(number: int) -> str:
    return chain(number, "{kind: relu, name: same}")


def permutes(number: int) -> str:
    return chain(number, "{kind: permute, dims: [2, 1, 0]}")


def inplace(number: int) -> str:
    """Layers in place, on what others still take."""
    return spec(
        *[f"{{kind: slice, name: s{place}, from: input, dim: 0, start: 0, stop: 1}}" for place in range(number)],
        "{kind: relu, from: input, inplace: true}",
    )


class Costly(NamedTuple):
    """A spec that grows with a number, and a number at which it takes more than a check may, or is refused."""

    made: Callable[[int], str]
    too_much: int


PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31)

SPECS: dict[str, Costly] = {
    "blocks in blocks, of nothing": Costly(nothing, 24),
    "blocks in blocks": Costly(lambda n: doubled(n, "{kind: relu}"), 17),
    "blocks in blocks, no two alike": Costly(growing, 17),
    "copies": Costly(repeated, 100_000),
    "copies of one name": Costly(lambda n: repeated(n, "{kind: relu, name: r, repeat: TIMES}"), 100_000),
    "copies with names by index": Costly(
        lambda n: repeated(n, '{kind: relu, name: "r{index}", repeat: TIMES}'), 100_000
    ),
    "copies of which no two are alike": Costly(index_repeats, 40_000),
    "layers written out": Costly(chain, 60_000),
    "layers of which no two are alike": Costly(different, 18_000),
    "layers each with a source": Costly(named_chain, 20_000),
    "layers that take all above": Costly(dense, 400),
    "one layer that takes all": Costly(joined, 10_000),
    "outputs": Costly(outputs, 10_000),
    "named sizes, each of the next": Costly(chain_of_lets, 20_000),
    "named sizes, all of one": Costly(star_of_lets, 20_000),
    "named sizes that layers use": Costly(many_lets, 15_000),
    "named sizes, squared": Costly(squared, 26),
    "long expressions": Costly(long_expressions, 4_000),
    "conditions": Costly(conditions, 5_000),
    "presets": Costly(presets, 20_000),
    "sizes in a list": Costly(long_list, 70_000),
    "claims": Costly(claims, 15_000),
    "claims that fail": Costly(wrong_claims, 20_000),
    "layers that fail": Costly(failing, 10_000),
    "layers that fail, 90 in copies": Costly(lambda n: failing(90, n), 1000),
    "an error below layers": Costly(deep_error, 10_000),
    "errors of the file": Costly(errors, 20_000),
    "names that are misspelt": Costly(unknown_sources, 20_000),
    "one name for all": Costly(duplicate_names, 20_000),
    "strides": Costly(pools, 7),
    "coprime strides in a row": Costly(lambda n: primes(PRIMES[:n]), 11),
    "coprime strides side by side": Costly(lambda n: sums_of_paths(PRIMES[:n]), 11),
    "strides above layers": Costly(strides_above, 50_000),
    "groups in groups": Costly(nested_groups, 31),
    "permuted axes": Costly(permutes, 20_000),
    "parts of the input": Costly(inplace, 10_000),
}
"""By what grows."""
