"""Random specs as people write them: blocks with arguments, conditions, copies, branches, presets, files.

Everything is drawn from a ``random.Random``: Hypothesis gives one that it can shrink, a benchmark one from a seed.
"""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

import yaml

from tests.support.drawn.arguments import Arguments, Block, names_of
from tests.support.drawn.blocks import BLOCKS
from tests.support.drawn.items import Document
from tests.support.drawn.lists import Line
from tests.support.drawn.readings import repaired
from tests.support.drawn.sizes import Names, drawn, literal
from tests.support.drawn.values import names_in
from tests.support.drawn.written import Flow

FOLDER = "blocks"
LET = {"n": "count", "m": "mode", "on": "flag", "w": "width", "r": "ratio"}
"""The names in ``let``, and what they hold."""


class Drawn(NamedTuple):
    """A spec as plain values, and the files of the blocks that it uses, by their paths beside it."""

    document: Document
    files: dict[str, Document]

    @property
    def members(self) -> list[str | None]:
        """The presets to check, or ``None`` for the spec itself."""
        return [*self.document.get("presets", {})] or [None]

    def texts(self) -> dict[str, str]:
        """What to write, by path: the spec is ``drawn.yaml``."""
        return {"drawn.yaml": text_of(self.document), **{path: text_of(one) for path, one in self.files.items()}}


def text_of(document: Document) -> str:
    return yaml.dump(document, Dumper=_Written, sort_keys=False, default_flow_style=None, width=200)


class _Written(yaml.SafeDumper):
    """YAML in which nothing refers to anything."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def draw(random: Random, *, refused: bool = False) -> Drawn:
    """A spec. Where it may be ``refused``, nothing keeps a list from having two readings."""
    let = LET
    blocks: dict[str, Block] = {}
    kinds = random.choices([*BLOCKS], k=random.randint(1, 3))
    for place, kind in enumerate(dict.fromkeys(kinds)):
        args = Arguments(random, {} if random.random() < 0.15 else let)
        block = BLOCKS[kind](args)
        blocks[kind] = block
        if random.random() < 0.3:
            blocks[f"outer{place}"] = _around(random, kind, block, let)
        if random.random() < 0.35:
            blocks[f"mixed{place}"] = _mixed(random, blocks, let, refused)
    names = Names(let)
    channels = random.randint(1, 4)
    line = Line(random, names, blocks, where="top", depth=2, begins=Flow(channels, 0))
    line.fill(random.randint(2, 5))
    entries = line.entries if refused else repaired(random, line.entries, ["input"])
    document: Document = {"archcalc": 1, "name": "Drawn", "input": [channels, *_map(random)]}
    values = {name: literal(random, kind) for name, kind in let.items()}
    if random.random() < 0.2:
        values["half"] = "1 + w // 2"
    document |= {"let": values, "blocks": {}, "layers": entries}
    _finish(random, document, line)
    files: dict[str, Document] = {}
    document["blocks"] = _written(random, blocks, document, files)
    if random.random() < 0.3:
        document["presets"] = _presets(random, document, let)
    return Drawn({key: one for key, one in document.items() if one != {} or key == "layers"}, files)


def _map(random: Random) -> list[int]:
    return [random.randint(5, 8), random.randint(5, 8)]


def _around(random: Random, kind: str, block: Block, let: dict[str, str]) -> Block:
    """A block around another, which hands its arguments on: under other names, in other places."""
    args = Arguments(random, let)
    passed: dict[str, Any] = {}
    names = [*block.holds]
    called = random.sample(names, len(names))
    for name in names:
        must = block.written["args"][name] is None
        if not must and random.random() < 0.4:
            continue
        of = next((one for one in called if block.holds[one] == block.holds[name] and one not in args.holds), None)
        if of is not None:
            args.holds[of] = block.holds[name]
            args.defaults[of] = None if must and random.random() < 0.6 else literal(random, block.holds[name])
            passed[name] = of
        elif must:
            passed[name] = drawn(random, block.holds[name], args.names())
    order = random.sample([*passed], len(passed))
    use: Document = {"name": "inner", "kind": kind, **{name: passed[name] for name in order}}
    rest: dict[str, Any] = {}
    if block.inputs > 1:
        rest["inputs"] = block.written["inputs"]
        use["from"] = rest["inputs"] if random.random() < 0.7 else rest["inputs"][::-1]
    layers = [use]
    if random.random() < 0.5:
        layers.append({"kind": random.choice(["relu", "sigmoid"])})
    if random.random() < 0.3 and block.inputs == 1:
        again = dict(use)
        again["name"] = "again"
        swapped = [name for name in order if block.holds[name] == block.holds[order[0]]]
        again |= dict(zip(swapped, [use[name] for name in swapped[::-1]], strict=True))
        layers.append(again)
    return args.block(layers, changes=block.changes, **rest)


def _mixed(random: Random, blocks: dict[str, Block], let: dict[str, str], refused: bool) -> Block:
    """A block of anything."""
    args = Arguments(random, let)
    for kind in random.choices(["width", "flag", "flag", "mode", "count", "stride", "ratio"], k=random.randint(1, 4)):
        args.add(kind, must=random.random() < 0.3)
    names = args.names()
    if random.random() < 0.5:
        args.own["inside"] = drawn(random, "width", names)
        names = Names({**names.held, "inside": "width"}, names.found)
    usable = {name: block for name, block in blocks.items() if block.inputs == 1}
    line = Line(random, names, usable, where="block", depth=1, begins=Flow("in_channels", 0))
    line.fill(random.randint(1, 4))
    entries = line.entries if refused else repaired(random, line.entries, ["input"])
    return args.block(entries, changes=True)


def _finish(random: Random, document: Document, line: Line) -> None:
    """A head, and which layers the network gives."""
    entries = document["layers"]
    if random.random() < 0.25:
        entries += [{"kind": "adaptive_avg_pool2d", "output_size": 1}, {"kind": "flatten"}]
        entries.append({"name": "fc", "kind": "linear", "out_features": drawn(random, "width", line.names)})
    elif random.random() < 0.3:
        entries.append({"name": "fin", "kind": "conv2d", "out_channels": 2, "kernel_size": 1})
    last = entries[-1].get("name")
    if random.random() < 0.35 and last is not None and "{" not in last and "when" not in entries[-1]:
        if "repeat" in entries[-1]:
            last = "fin"
            entries.append({"name": last, "kind": "identity"})
        others = [name for name in line.named if name != last]
        document["outputs"] = [last, *random.sample(others, min(len(others), random.randint(1, 3)))]


def _written(
    random: Random, blocks: dict[str, Block], document: Document, files: dict[str, Document]
) -> dict[str, Document]:
    """The blocks that are used, some of them in files of their own."""
    found: dict[str, Document] = {}
    for name, block in blocks.items():
        inner = [blocks[one] for one in _used(block.written["layers"], blocks)]
        closed = not any(_seen(one) & (LET.keys() - one.holds.keys()) for one in (block, *inner))
        if closed and random.random() < 0.5:
            path = f"{FOLDER}/{name}.yaml"
            own = {one: blocks[one].written for one in blocks if blocks[one] in inner}
            files[path] = {"archcalc": 1, **({"blocks": own} if own else {}), **block.written}
            found[name] = {"use": path}
        else:
            found[name] = block.written
    plain = {name: block for name, block in blocks.items() if "use" not in found[name]}
    used = _used(document["layers"], blocks, plain)
    for path in [found[name]["use"] for name in found if name not in used and "use" in found[name]]:
        del files[path]
    return {name: one for name, one in found.items() if name in used}


def _seen(block: Block) -> set[str]:
    written = block.written
    own = [*written["args"].values(), *written.get("let", {}).values()]
    return names_of(written["layers"]) | names_in(own)


def _used(entries: list[Document], blocks: dict[str, Block], within: dict[str, Block] | None = None) -> set[str]:
    """The blocks that the entries use, and those that these use; ``within`` are those whose own uses count."""
    within = blocks if within is None else within
    found: set[str] = set()
    for entry in entries:
        if entry.get("kind") in blocks:
            found.add(entry["kind"])
        if entry.get("kind") in within:
            found |= _used(within[entry["kind"]].written["layers"], blocks, within)
        found |= _used(entry.get("layers", []), blocks, within)
    return found


def _presets(random: Random, document: Document, let: dict[str, str]) -> dict[str, Document]:
    """Members of a family; a name without a value in ``let`` is one that each of them sets."""
    open_names = random.sample([*let], random.randint(0, 2))
    presets: dict[str, Document] = {}
    for member in ("small", "large", "wide")[: random.randint(1, 3)]:
        chosen = {*open_names, *random.sample([*let], random.randint(1, 3))}
        preset: Document = {"let": {name: literal(random, let[name]) for name in let if name in chosen}}
        if random.random() < 0.3:
            preset["input"] = [document["input"][0], *_map(random)]
        if random.random() < 0.2:
            preset["title"] = "Another one"
        presets[member] = preset
    for name in open_names:
        document["let"][name] = None
    return presets
