"""Random networks with blocks, arguments, conditions, copies, branches and joins; and what each is, layer by layer.

``documents`` draws a spec as plain values. ``Flat`` reads it by itself, sharing nothing with the package: to
rows of layers that each say what they take, without blocks, copies or conditions.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import yaml
from hypothesis import strategies as st

JOINS = ("add", "multiply", "concat")
FIELDS = ("out_channels", "kernel_size", "stride", "padding", "bias", "scale_factor", "p", "num_features", "dim")


class Names(NamedTuple):
    """What the expressions at a place may use: whole numbers, and truths."""

    numbers: tuple[str, ...]
    truths: tuple[str, ...]

    def also(self, *numbers: str) -> Names:
        return Names((*self.numbers, *numbers), self.truths)


@st.composite
def numbers(draw: st.DrawFn, names: Names, most: int = 6) -> Any:
    """A whole number from 1 to ``most``, or an expression for one."""
    if not names.numbers or draw(st.booleans()):
        return draw(st.integers(1, most))
    one, other = draw(st.sampled_from(names.numbers)), draw(st.sampled_from([*names.numbers, "2", "5"]))
    inner = draw(
        st.sampled_from([one, f"2 * {one}", f"{one} + {other}", f"max({one}, {other})", f"{one} * {other} // 2"])
    )
    return f"1 + ({inner}) % {most}"


@st.composite
def truths(draw: st.DrawFn, names: Names) -> Any:
    """``True``, ``False``, or a condition."""
    choices: list[Any] = [True, False, *names.truths, *(f"not {name}" for name in names.truths)]
    choices += [f"{name} % 2 == 0" for name in names.numbers] + [f"{name} != 3" for name in names.numbers]
    one = draw(st.sampled_from(choices))
    if isinstance(one, bool) or draw(st.booleans()):
        return one
    return f"{one} {draw(st.sampled_from(['and', 'or']))} not {draw(st.sampled_from(['1 > 2', *names.truths]))}"


@st.composite
def layers(draw: st.DrawFn, names: Names) -> dict[str, Any]:
    """A layer, most often one that leaves heights and widths as they are."""
    kind = draw(st.sampled_from(["conv2d", "conv2d", "conv2d", "batch_norm2d", "relu", "identity", "other"]))
    if kind == "conv2d":
        size = draw(st.sampled_from([1, 1, 3, 3, 5]))
        row = {"kind": kind, "out_channels": draw(numbers(names)), "kernel_size": size, "padding": size // 2}
        if draw(st.integers(0, 9)) == 0:
            row |= {"padding": draw(st.integers(0, 2)), "stride": draw(numbers(names, 2))}
        return row | ({"bias": draw(truths(names))} if draw(st.booleans()) else {})
    if kind != "other":
        return {"kind": kind}
    return draw(
        st.sampled_from(
            [
                {"kind": "max_pool2d", "kernel_size": 2},
                {"kind": "avg_pool2d", "kernel_size": 3, "stride": 2, "padding": 1},
                {"kind": "upsample", "scale_factor": 2},
                {"kind": "dropout", "p": 0.5},
                {"kind": "conv_transpose2d", "out_channels": 3, "kernel_size": 2, "stride": 2},
            ]
        )
    )


@st.composite
def lists(
    draw: st.DrawFn, names: Names, blocks: dict[str, dict[str, Any]], depth: int, sources: tuple[str, ...]
) -> Any:
    """The entries of a list. ``sources`` are names that stand for something where it begins."""
    entries: list[dict[str, Any]] = []
    named = draw(st.booleans())
    seen: tuple[str, ...] = sources
    for position in range(draw(st.integers(1, 3 if depth else 2))):
        entry = draw(inner_entries(names, blocks, depth, seen))
        repeats = entry.get("repeat") is not None
        if named or entry["kind" if "kind" in entry else "layers"] in JOINS:
            entry["name"] = f"part{position}"
        if repeats and "name" in entry and draw(st.booleans()):
            entry["name"] += "x{index + 1}"
        entries.append(entry)
        name = entry.get("name", "")
        if name and "{" not in name and draw(st.integers(0, 2)):
            seen = (*seen, name)
            if seen[:-1]:
                entries.append(draw(joined(names, seen, f"join{position}")))
                seen = (*seen, entries[-1]["name"])
    return entries


@st.composite
def joined(draw: st.DrawFn, names: Names, seen: tuple[str, ...], name: str) -> dict[str, Any]:
    """A join of what stands above, most often a concat, which takes any channels."""
    kind = draw(st.sampled_from(["concat", "concat", "add", "multiply"]))
    entry = {
        "name": name,
        "kind": kind,
        "from": [seen[-1], *draw(st.lists(st.sampled_from(seen), min_size=1, max_size=2))],
    }
    return entry | ({"when": draw(truths(names))} if draw(st.integers(0, 3)) == 0 else {})


@st.composite
def inner_entries(
    draw: st.DrawFn, names: Names, blocks: dict[str, dict[str, Any]], depth: int, seen: tuple[str, ...]
) -> dict[str, Any]:
    """A layer, a group, or the use of a block; perhaps repeated, with a condition, or from elsewhere."""
    wiring: dict[str, Any] = {}
    if draw(st.integers(0, 2)) == 0:
        wiring["when"] = draw(truths(names))
    if draw(st.integers(0, 3)) == 0:
        wiring["repeat"] = draw(st.one_of(st.integers(0, 3), numbers(names, 2)))
        names = names.also("index")
    if seen and draw(st.integers(0, 4)) == 0:
        wiring["from"] = draw(st.sampled_from(seen))
    how = draw(st.sampled_from(["layer", "layer", "block", "group"])) if depth else "layer"
    if how == "group":
        return {"layers": draw(lists(names, blocks, depth - 1, ())), **wiring}
    usable = [name for name, block in blocks.items() if "inputs" not in block or len(seen) > 1]
    if how == "layer" or not usable:
        return draw(layers(names)) | wiring
    name = draw(st.sampled_from(usable))
    block = blocks[name]
    given = {
        arg: draw(truths(names) if arg == "flag" else numbers(names))
        for arg, default in block.get("args", {}).items()
        if default is None or draw(st.booleans())
    }
    if "inputs" in block:
        wiring["from"] = draw(st.lists(st.sampled_from(seen), min_size=2, max_size=2))
        wiring.pop("repeat", None)
        if "index" in str(given):
            given = {arg: draw(numbers(Names((), ()))) if arg != "flag" else True for arg in given}
        if "index" in str(wiring.get("when", "")):
            wiring.pop("when")
    return {"kind": name, **given, **wiring}


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A spec as plain values; its blocks use those defined before."""
    shared = Names(("n", "m"), ("on",))
    blocks: dict[str, dict[str, Any]] = {}
    for number in range(draw(st.integers(1, 3))):
        block: dict[str, Any] = {"args": {"width": None}}
        names = shared.also("width", "double")
        if draw(st.integers(0, 3)):
            block["args"] |= {"size": draw(numbers(shared)), "flag": True}
            names = Names((*names.numbers, "size"), ("on", "flag"))
        if draw(st.integers(0, 2)) == 0:
            block["inputs"] = ["x", "y"]
            names = names.also("x_channels", "y_channels")
        else:
            names = names.also("in_channels")
        block["let"] = {"double": draw(st.sampled_from(["2 * width", "width + 1"]))}
        block["layers"] = draw(lists(names, dict(blocks), 1, tuple(block.get("inputs", ["input"]))))
        blocks[f"block{number}"] = block
    entries = draw(lists(shared, blocks, 2, ("input",)))
    for position in range(draw(st.integers(0, 3))):
        entries.append({"name": f"end{position}", **draw(inner_entries(shared, blocks, 2, ("input", *_firm(entries))))})
    height, width = draw(st.integers(4, 12)), draw(st.integers(4, 12))
    let = {"n": draw(st.integers(1, 5)), "m": draw(st.integers(0, 5)), "on": draw(st.booleans())}
    return {
        "archcalc": 1,
        "name": "Drawn",
        "input": [draw(st.integers(1, 3)), height, width],
        "let": let,
        "blocks": blocks,
        "layers": entries,
    }


def _firm(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["name"] for entry in entries if "name" in entry and "{" not in entry["name"]]


def text_of(document: dict[str, Any]) -> str:
    return yaml.safe_dump(document, sort_keys=False)


class Row(NamedTuple):
    """A layer: its dotted name, its kind, its fields, and the names of what it takes (``input`` is the network's)."""

    name: str
    kind: str
    fields: dict[str, Any]
    sources: tuple[str, ...]


class Flat:
    """The rows of a document, and the name of the row that gives its output."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.blocks = document["blocks"]
        self.let = document["let"]
        self.rows: list[Row] = []
        self.channels = {"input": document["input"][0]}
        self.output = self._list(document["layers"], dict(self.let), [{"input": "input"}], "input", "", "top")

    def document(self, document: dict[str, Any]) -> dict[str, Any]:
        """The same network without blocks, copies and conditions."""
        plain = {row.name: f"row{place}" for place, row in enumerate(self.rows)} | {"input": "input"}
        rows = [
            {"name": plain[row.name], "kind": row.kind, **row.fields, "from": [plain[source] for source in row.sources]}
            for row in self.rows
        ]
        head = {key: document[key] for key in ("archcalc", "name", "input")}
        return {**head, "layers": rows, "outputs": [plain[self.output]]}

    def _list(
        self,
        entries: list[dict[str, Any]],
        env: dict[str, Any],
        scopes: list[dict[str, str]],
        arriving: str,
        prefix: str,
        where: str,
    ) -> str:
        present = list(self._present(entries, env))
        return self._place(present, scopes, arriving, prefix, where)

    def _present(self, entries: list[dict[str, Any]], env: dict[str, Any]) -> Any:
        """Each entry in each of its copies: whether it is there, its values; groups without a name in the open."""
        for entry in entries:
            name = entry.get("name")
            copies = _value(entry["repeat"], env) if "repeat" in entry else None
            if copies is not None and name is not None and "{" not in name:
                yield entry, env, name, copies > 0, copies
                continue
            for index in range(1 if copies is None else copies):
                inside = env if copies is None else {**env, "index": index}
                there = bool(_value(entry.get("when", True), inside))
                filled = name and _filled(name, inside)
                if "layers" in entry and name is None and there:
                    yield {"from": entry["from"]} if "from" in entry else {}, inside, None, True, "open"
                    yield from self._present(entry["layers"], inside)
                else:
                    yield entry, inside, filled, there, None
            if copies == 0:
                yield entry, env, None if "{" in (name or "") else name, False, None

    def _place(self, present: list[Any], scopes: list[dict[str, str]], arriving: str, prefix: str, where: str) -> str:
        there = [item for item in present if item[3] and item[4] != "open"]
        modules = [item for item in there if item[0].get("kind") not in JOINS]
        named = where == "top" or (where == "block" and any(item[2] and not item[2].isdigit() for item in modules))
        mine: dict[str, str] = {}
        taken = {item[2] for item in there}
        counts: dict[str, int] = {}
        current, position = arriving, 0
        for item in present:
            entry, env, name, is_there, copies = item
            sources = [current] if "from" not in entry else self._sources(entry["from"], [mine, *scopes])
            if not is_there or copies == "open":
                current = sources[0]
                if name and not is_there:
                    mine.setdefault(name, current)
                continue
            kind = entry.get("kind", "group")
            if name is None and not named and kind not in JOINS:
                name = str(position)
            if name is None:
                name = kind
                while name in taken:
                    counts[kind] = counts.get(kind, 0) + 1
                    name = f"{kind}_{counts[kind]}"
                taken.add(name)
            position += kind not in JOINS
            path = f"{prefix}{name}"
            if copies is not None:
                bare = {key: value for key, value in entry.items() if key != "from"}
                inner = []
                for index in range(copies):
                    inside = {**env, "index": index}
                    inner.append((bare, inside, bool(_value(entry.get("when", True), inside))))
                current = self._copies(inner, sources, [mine, *scopes], path)
            else:
                current = self._one(entry, env, sources, [mine, *scopes], path)
            mine[name] = current
        return current

    def _copies(self, inner: list[Any], sources: list[str], scopes: list[dict[str, str]], path: str) -> str:
        current, position = sources[0], 0
        for entry, env, there in inner:
            if not there:
                continue
            taken = sources if position == 0 and len(sources) > 1 else [current]
            current = self._one(entry, env, taken, [{}, *scopes], f"{path}.{position}")
            position += 1
        return current

    def _sources(self, named: Any, scopes: list[dict[str, str]]) -> list[str]:
        return [
            next(scope[name] for scope in scopes if name in scope)
            for name in (named if isinstance(named, list) else [named])
        ]

    def _one(
        self, entry: dict[str, Any], env: dict[str, Any], sources: list[str], scopes: list[dict[str, str]], path: str
    ) -> str:
        if "layers" in entry:
            return self._list(entry["layers"], env, [{}, *scopes], sources[0], f"{path}.", "group")
        if entry["kind"] in self.blocks:
            return self._use(self.blocks[entry["kind"]], entry, env, sources, path)
        fields = {name: _value(entry[name], env) for name in FIELDS if name in entry}
        self.rows.append(Row(path, entry["kind"], fields, tuple(sources)))
        given = [self.channels[source] for source in sources]
        self.channels[path] = fields.get("out_channels", sum(given) if entry["kind"] == "concat" else max(given))
        return path

    def _use(
        self, block: dict[str, Any], entry: dict[str, Any], env: dict[str, Any], sources: list[str], path: str
    ) -> str:
        inside = {**self.let, "in_channels": self.channels[sources[0]]}
        names = block.get("inputs", ["input"])
        inside |= {f"{name}_channels": self.channels[source] for name, source in zip(names, sources, strict=True)}
        given = {arg: _value(entry[arg], env) for arg in block["args"] if arg in entry}
        for arg, default in block["args"].items():
            inside[arg] = given[arg] if arg in given else _value(default, inside)
        inside |= {name: _value(value, inside) for name, value in block["let"].items()}
        scope = dict(zip(names, sources, strict=True))
        return self._list(block["layers"], inside, [scope], sources[0], f"{path}.", "block")


def _filled(name: str, env: dict[str, Any]) -> str:
    """A name with what is in its braces computed."""
    return re.sub(r"\{(.*?)\}", lambda found: str(_value(found[1], env)), name)


def _value(written: Any, env: dict[str, Any]) -> Any:
    """The value of what is written: Python reads these expressions as archcalc does."""
    return eval(written, {"max": max, "min": min}, env) if isinstance(written, str) else written
