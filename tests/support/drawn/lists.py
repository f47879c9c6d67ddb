"""The entries of a list, drawn one after the other, so that what is joined fits most of the time."""

from __future__ import annotations

from tests.support.drawn.arguments import Block
from tests.support.drawn.items import Document
from tests.support.drawn.sizes import LITERALS, Names, condition, drawn, literal, opposite
from tests.support.drawn.written import Flow, Written


class Line(Written):
    """A list to which entries are added as people write them."""

    def fill(self, least: int) -> None:
        moves = {
            self.layer: 5,
            self.either: 2,
            self.branch: 3,
            self.group: 3 if self.depth else 0,
            self.opened: 1.5 if self.depth else 0,
            self.use: 7 if self.blocks else 0,
            self.copies: 2.5,
            self.smaller: 1 if len(self.entries) < 3 else 0,
            self.begun: 1.5,
            self.again: 2.5,
        }
        for _ in range(least):
            self.random.choices([*moves], [*moves.values()])[0]()
        if not self.entries:
            self.layer()

    def layer(self) -> None:
        entry, flow = self.simple()
        entry = self.maybe(entry)
        if self.fitting and self.random.random() < 0.1:
            entry["from"] = taken = self.random.choice(self.fitting)
            flow = {**self.outside, **self.named}[taken] if flow is self.flow else flow
        self.add(entry, flow)

    def again(self) -> None:
        """What stands above once more, where it gives as many channels as it would now take."""
        known = [one for one in self.entries if self._stands_alone(one)]
        fits = [one["name"] for one in known if self.named[one["name"]].channels == self.flow.channels is not None]
        if not fits:
            self.layer()
            return
        entry: Document = {"again": self.random.choice(fits)}
        if self.random.random() < 0.3:
            entry = {"name": self.name("more"), **entry, "repeat": drawn(self.random, "count", self.names)}
        self.add(self.maybe(entry, 0.2), named=self.random.random() < 0.3 or "repeat" in entry)

    def _stands_alone(self, entry: Document) -> bool:
        """Whether it is there in any case, takes one value, and in it nothing takes what stands outside."""
        inner = entry.get("layers", ())
        plain = entry.get("name") in self.named and not {"when", "repeat", "from", "again"} & entry.keys()
        one = entry.get("kind") not in self.blocks or self.blocks[entry["kind"]].inputs == 1
        return plain and one and not any("from" in below or "layers" in below for below in inner)

    def either(self) -> None:
        """One of two, which exclude each other: layers, groups, or joins; perhaps of the same name."""
        holds = condition(self.random, self.names, joined=False)
        other = opposite(holds)
        if self.random.random() < 0.4 and self.named and self.fitting:
            taken = self.random.choice(self.fitting)
            last = self.entries[-1].get("name")
            known = {**self.outside, **self.named}
            fits = known[taken].channels == self.flow.channels is not None
            if last in self.named and fits and taken != last:
                self.add({"kind": "add", "when": holds, "from": [last, taken]}, named=None, prefix="plus")
                self.add({"kind": "multiply", "when": other, "from": [last, taken]}, named=None, prefix="times")
                return
        width = drawn(self.random, "width", self.names)
        pairs = [self.simple(channels=width if self.random.random() < 0.5 else None) for _ in range(2)]
        same = self.random.random() < 0.3
        name = self.name("way")
        for (entry, flow), when in zip(pairs, (holds, other), strict=True):
            if self.depth and not same and self.random.random() < 0.2:
                entry = {"layers": [entry, {"kind": "relu"}]}
                self.add({**entry, "when": when}, flow, named=self.random.random() < 0.5, prefix="way")
            else:
                self.add({**({"name": name} if same else {}), **entry, "when": when}, flow, prefix="way")
        if same:
            self.named[name] = self.flow

    def branch(self) -> None:
        """A branch from something above, and a join of both; either may not be there."""
        if not self.fitting:
            self.layer()
            return
        main = self.add(*self.simple(), named=True)
        start = self.random.choice(self.fitting)
        known = {**self.outside, **self.named}
        entry, flow = self.simple(channels=self.flow.channels if self.random.random() < 0.5 else None)
        if flow is self.flow:
            flow = known[start]
        if self.depth and self.random.random() < 0.4:
            entry = {"layers": [{"name": "conv", **entry}, *([{"kind": "relu"}] if self.random.random() < 0.5 else [])]}
        side = self.maybe({"name": self.name("side"), **entry, "from": start}, 0.4)
        before = self.flow
        self.add(side, flow)
        if "when" in side:
            flow = flow if flow.channels == known[start].channels else Flow(None, flow.scale)
        fits = before.channels == flow.channels is not None
        fits = fits or self.random.random() < 0.02
        kind = self.random.choice(["add", "add", "multiply", "concat"] if fits else ["concat"])
        taken = [main, side["name"]]
        if "layers" in side and "when" in side and kind == "concat" and self.random.random() < 0.4:
            taken[1] += ".conv"
        taken = taken if self.random.random() < 0.6 else taken[::-1]
        if kind == "concat" and self.random.random() < 0.3:
            taken.append(self.random.choice(self.fitting))
        self.flow = before
        join: Document = {"kind": kind, "from": taken}
        join = self.maybe(join, 0.2)
        self.add(join, Flow(before.channels if kind != "concat" else None, before.scale), prefix="join")

    def group(self) -> None:
        names = self.names
        copies: Document = {}
        if self.random.random() < 0.25:
            copies = {"repeat": drawn(self.random, "count", self.names)}
            names = names.in_copies()
        inner = self._inner(names)
        entry: Document = {"name": self.name("group"), "layers": inner.entries, **copies}
        if self.fitting and not copies and inner.flow.scale == self.flow.scale and self.random.random() < 0.15:
            entry["from"] = self.random.choice(self.fitting)
        self.add(self.maybe(entry, names=names), Flow(None, inner.flow.scale))

    def opened(self) -> None:
        """A group without a name, which only says something of several layers at once."""
        names = self.names
        copies: Document = {}
        if self.random.random() < 0.3:
            copies = {"repeat": drawn(self.random, "count", self.names)}
            names = names.in_copies()
        inner = self._inner(names, plain=bool(copies))
        entry: Document = {"layers": inner.entries, **copies}
        if self.fitting and not copies and inner.flow.scale == self.flow.scale and self.random.random() < 0.25:
            entry["from"] = self.random.choice(self.fitting)
        self.entries.append(self.maybe(entry, 0.9, names))
        self.flow = Flow(None, inner.flow.scale)

    def _inner(self, names: Names, plain: bool = False) -> Line:
        known = {**self.outside, **self.named}
        inner = Line(self.random, names, self.blocks, where="group", depth=self.depth - 1, begins=self.flow,
                     outside=known, counts=self.counts)  # fmt: skip
        if plain:
            for _ in range(self.random.randint(1, 2)):
                inner.entries.append(self.maybe(inner.simple()[0], names=names))
            return inner
        inner.fill(self.random.randint(1, 2))
        return inner

    def use(self) -> None:
        """One block used once, or several times with different arguments."""
        usable = [name for name, block in self.blocks.items() if block.inputs == 1 or (self.fitting and self.named)]
        if not usable:
            self.layer()
            return
        name = self.random.choice(usable)
        before: Document | None = None
        for _ in range(self.random.choice([1, 2, 2, 3])):
            again = self.moved(self.blocks[name], before) if before is not None else None
            before = self._use(name, self.blocks[name], again)

    def moved(self, block: Block, given: Document) -> Document | None:
        """The same values for other arguments, or nothing: what tells two uses apart is then the names alone."""
        args = block.written["args"]
        if self.random.random() < 0.5 or any(isinstance(one, str) for one in given.values()):
            return None
        found = {name: one for name, one in given.items() if args.get(name) is None}
        for name, one in given.items():
            if name not in found:
                free = [other for other in args if other not in found and other != name]
                # The equal value of the other type, where that is what the other argument takes.
                fits = [
                    (other, literal) for other in free for literal in LITERALS[block.holds[other]] if literal == one
                ]
                if fits:
                    other, same = self.random.choice(fits)
                    found[other] = same
        missing = [name for name in args if args[name] is None and name not in found]
        return None if missing or found == given else found

    def _use(self, kind: str, block: Block, again: Document | None = None) -> Document | None:
        names = self.names
        entry: Document = {"kind": kind}
        if block.inputs > 1:
            if not (self.fitting and self.named and self.entries and self.entries[-1].get("name") in self.named):
                return None
            entry["from"] = [self.entries[-1]["name"], self.random.choice(self.fitting)]
        elif self.random.random() < 0.25:
            entry |= self._copying(names)
            names = names.in_copies()
        given = self.given(block, names) if again is None else again
        entry |= given
        if self.random.random() < 0.2:
            entry = dict(self.random.sample([*entry.items()], len(entry)))
        channels = entry.get(block.gives) if block.gives and block.gives != "input" else None
        if block.gives == "input":
            channels = self.flow.channels
        if "index" in str(channels):
            channels = None
        flow = Flow(channels, self._scale() if block.changes else self.flow.scale)
        if block.changes and not any(block.holds[arg] == "stride" for arg in entry if arg in block.holds):
            flow = Flow(channels, self._scale())
        self.add(self.maybe(entry, 0.15, names), flow, prefix="use")
        return given

    def _copying(self, names: Names) -> Document:
        if self.random.random() < 0.5:
            return {"repeat": drawn(self.random, "count", names)}
        return {"name": self.name("copy") + "x{index + 1}", "repeat": drawn(self.random, "count", names)}

    def given(self, block: Block, names: Names) -> Document:
        """Values for some of the arguments, in any order."""
        args = block.written["args"]
        chosen = [name for name in args if args[name] is None or self.random.random() < 0.4]
        given = {}
        for name in self.random.sample(chosen, len(chosen)):
            kind = block.holds[name]
            given[name] = (
                literal(self.random, kind)
                if self.random.random() < (0.2 if names.copied else 0.6)
                else drawn(self.random, kind, names)
            )
            if kind == "stride" and self.random.random() < 0.5:
                given[name] = 1
        return given

    def copies(self) -> None:
        """A layer several times: in a group of their own, in the list itself, each with a name, each from one place."""
        names = self.names.in_copies()
        entry, flow = self.simple(names)
        count = {"repeat": drawn(self.random, "count", self.names)}
        how = self.random.choice(["stack", "open", "each", "each", "fan"])
        if how == "stack":
            if self.fitting and self.random.random() < 0.5:
                entry["from"] = self.random.choice(self.fitting)
                count["repeat"] = self.random.choice([2, 3, count["repeat"]])
            self.add(self.maybe({"name": self.name("stack"), **entry, **count}, names=names), Flow(None, flow.scale))
        elif how == "open":
            self.add(self.maybe({**entry, **count}, names=names), Flow(None, flow.scale), named=False)
        elif how == "each":
            each = {"name": self.name("each") + "n{index}", **entry, **count}
            self.add(self.maybe(each, names=names), Flow(None, flow.scale))
        else:
            self._fan(entry, flow, names)

    def _fan(self, entry: Document, flow: Flow, names: Names) -> None:
        """Copies that all take one thing, and a join of them, of which one may be absent, or what takes the last."""
        if not self.fitting:
            return
        name = self.name("fan")
        number = self.random.choice([2, 3])
        start = self.random.choice(self.fitting)
        each: Document = {"name": name + "n{index}", **entry, "repeat": number, "from": start}
        scale = self.flow.scale
        if self.random.random() < 0.35:
            self.add(each, Flow(None, scale))
            return
        self.entries.append(self.maybe(each, 0.3, names))
        taken = [f"{name}n{index}" for index in range(number)]
        if self.random.random() < 0.4:
            again = {"name": name + "m{index}", **self.simple(names)[0], "repeat": number, "from": name + "n{index}"}
            self.entries.append(self.maybe(again, 0.3, names))
            taken = [f"{name}m{index}" for index in range(number)]
        self.flow = Flow(None, scale)
        self.add({"kind": "concat", "from": taken}, self.flow, named=True, prefix="join")

    def smaller(self) -> None:
        """A map of another size."""
        if self.random.random() < 0.6:
            entry: Document = {"kind": "conv2d", "out_channels": drawn(self.random, "width", self.names)}
            entry |= {"kernel_size": 3, "stride": 2, "padding": 1}
        else:
            entry = self.random.choice(
                [
                    {"kind": "avg_pool2d", "kernel_size": 2, "ceil_mode": True},
                    {"kind": "upsample", "scale_factor": 2},
                    {"kind": "conv_transpose2d", "out_channels": 2, "kernel_size": 2, "stride": 2},
                    {"kind": "pad", "padding": [1, 0, 0, 1]},
                ]
            )
        self.add(self.maybe(dict(entry)), Flow(None, self._scale()))

    def begun(self) -> None:
        """A branch whose beginning has conditions: each of its layers says what it takes."""
        if not self.fitting:
            return
        main = self.add(*self.simple(), named=True)
        start = self.random.choice(self.fitting)
        before = self.flow
        for step in range(self.random.choice([1, 2, 2])):
            entry, flow = self.simple()
            name = self.name(f"step{step}")
            self.add(self.maybe({"name": name, **entry, "from": start}, 0.7), Flow(None, flow.scale))
            start = name
        self.flow = before
        self.add({"kind": "concat", "from": [main, start]}, Flow(None, before.scale), named=True, prefix="join")
