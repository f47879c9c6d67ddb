"""A Spec to a Graph: names bound to values, blocks and repeats opened, sources found, every layer built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from archcalc.diagnostics.model import Label, Log, Span
from archcalc.language.expressions import ExprError, evaluate
from archcalc.language.identifiers import INPUT as INPUT_NAME
from archcalc.language.identifiers import TEMPLATE, Called, names
from archcalc.language.nodes import Node
from archcalc.layers.contract import KINDS
from archcalc.layers.fields import Flag, Size
from archcalc.layers.outcome import Memory, doubted
from archcalc.network.block_use import Copy, Recorded
from archcalc.network.graph import INPUT, Graph, Part, Place, Step, use_labels
from archcalc.network.instantiate import Instantiator
from archcalc.sizes.rules import UNKNOWN, Dim, Shape, is_known, is_symbolic
from archcalc.spec.field_values import NOTHING, Unreadable, read_value
from archcalc.spec.let import argument_value, let_values, names_in, told_apart
from archcalc.spec.model import BlockSpec, Claim, LayerSpec, Spec, opened
from archcalc.spec.scope import Scope, Target, called, is_numbered
from archcalc.spec.unused_names import asked

MAX_STEPS = 100_000
"""How many layers a network may have, and how many entries may be looked at to find them."""

MAX_NESTED = 64
"""How deep blocks and groups may be in one another."""

NOWHERE = -1
"""The number of the value that a faulty ``from`` stands for: nothing is known of it."""


def bind(spec: Spec, settings: Mapping[str, Any], input_shape: Shape | None, log: Log) -> Graph:
    """The Graph of a spec, with ``settings`` in place of what ``let`` says; faults go to the log.

    Heights and widths do not shape it: without settings and for the same channels it is kept, and is the same.
    """
    given = None if input_shape is None else (len(input_shape), *input_shape[:1])
    key = None if settings or log.has_errors else (given,)
    kept: Graph | None = spec.kept.get(key) if key is not None else None
    if kept is not None:
        return kept if input_shape is None else replace(kept, input=input_shape)
    faults = len(log.found)
    graph = _bound(spec, settings, input_shape, log)
    if key is not None and len(log.found) == faults:
        spec.kept[key] = graph
    return graph


def _bound(spec: Spec, settings: Mapping[str, Any], input_shape: Shape | None, log: Log) -> Graph:
    known = let_values(spec.let, settings, {}, log)
    shape = input_shape if input_shape is not None else _input_shape(spec, known, log)
    once = log.once()
    try:
        return _Binder(spec, shape, once, log.has_errors).network(known)
    except _TooLarge as fault:
        once.error("A317", fault.span, str(fault), fault.help)
        return Graph(shape, (), ())
    finally:
        log.adopt(once)


def _input_shape(spec: Spec, known: Mapping[str, Any], log: Log) -> Shape:
    shape: list[Dim] = []
    for node in spec.input:
        try:
            shape.append(read_value(Size(), node, "input", 1, known, log))
        except Unreadable as fault:
            shape.append(UNKNOWN if fault.meant is NOTHING else fault.meant)
    return tuple(shape)


class _TooLarge(Exception):
    def __init__(self, message: str, span: Span, help: str) -> None:
        super().__init__(message)
        self.span = span
        self.help = help


class _Condition(Flag, frozen=True):
    """What ``when`` can say. A truth that differs from row to row, or that symbols leave open, is passed on."""

    def describe(self) -> str:
        return "a condition such as `stride > 1`, or true or false"

    def read(self, value: Any, axes: int) -> Any:
        return value if is_symbolic(value) or _differs(value) else super().read(value, axes)


class _Around(Struct, frozen=True):
    """Where a list stands: what its paths begin with, the names its expressions see, the blocks it is in.

    ``numbered`` says that layers without a name are called by their numbers, ``doubtful`` that a fault hides
    whether the list is there.
    """

    prefix: str
    known: dict[str, Any]
    uses: tuple[LayerSpec, ...] = ()
    numbered: bool = True
    doubtful: bool = False


class _Item(Struct, frozen=True):
    """An entry that is there, or is not, in one of its copies. ``begins`` marks the start of a group without a name.

    ``place`` is where it stands in its list (``Part``). ``copies`` are those for all of which its name stands.
    ``doubtful`` says that a fault hides whether it is there, or how often.
    """

    entry: LayerSpec
    known: dict[str, Any]
    place: Place
    named: str | None = None
    there: bool = True
    begins: bool = False
    copies: tuple[_Item, ...] | None = None
    doubtful: bool = False

    @property
    def called(self) -> Called:
        return called(self.entry, self.named)

    def places(self) -> Iterator[Place]:
        """Where it stands, or all copies for which its name stands."""
        if self.copies is None:
            yield self.place
        elif not self.copies:
            yield (*self.place, 0, 0, 0)
        else:
            yield from ((*self.place, *copy.place) for copy in self.copies)


class _Made(Struct, frozen=True):
    """What has become of a list: the number of the value that it gives, its parts, and where what is absent stands."""

    output: int
    parts: tuple[Part, ...]
    absent: tuple[Place, ...]


class _Binder:
    def __init__(self, spec: Spec, shape: Shape, log: Log, faulty: bool) -> None:
        self.spec = spec
        self.log = log
        self._faulty = faulty
        self.builder = Instantiator(log)
        self.input = shape
        self.steps: list[Step] = []
        self.claims: list[tuple[Claim, Part]] = []
        self.looked = 0
        self._memory = Memory()
        self._shapes: list[Shape | None] = [(*shape[:1], *(UNKNOWN for _ in shape[1:])) or None]
        self._asks: dict[str, set[str]] = {}
        self._asking: dict[str, tuple[bool, set[str]]] = {}
        self._recorded: dict[tuple[Any, ...], Recorded] = {}
        self._everywhere: dict[str, Any] = {}

    @property
    def faulty(self) -> bool:
        """Whether a fault was found, so that what follows may be for its sake."""
        return self._faulty or self.log.has_errors

    def network(self, known: dict[str, Any]) -> Graph:
        """The graph of the whole spec."""
        entries = self.spec.layers
        self._everywhere = dict(known)
        wanted = asked(entries)
        if "in_channels" in wanted:
            known = known | {"in_channels": self._channels(INPUT, self.spec.input_span)}
        scope = Scope({INPUT_NAME: Target(INPUT)}, None, self.log)
        made = self._list(entries, _Around("", known, numbered=False), scope, INPUT)
        there = [source for source in self.spec.outputs if not scope.may_be_a_copy(source.name)]
        named = [scope.target(source.name, source.span) for source in there]
        output = max(made.output, INPUT)
        outputs = tuple([target.output for target in named if target is not None and target.there])
        if self.spec.outputs and not outputs and None not in named:
            at, help = self.spec.outputs[0].span, "name one that is there whatever the conditions are"
            self.log.error("A310", at, "none of the `outputs` is there", help)
        outputs = tuple([value for value in outputs if value != NOWHERE]) or (output,)
        root = Part("", None, (INPUT,), output, known, made.parts, absent=made.absent)
        if not self.steps and entries and not self.faulty:
            help = "let a condition hold, or a `repeat` be 1 or more"
            self.log.error("A112", entries[0].span, "nothing is left of the network: no layer is there", help)
        self._report_unused(outputs)
        return Graph(self.input, tuple(self.steps), outputs, root, tuple(self.claims))

    # Lists

    def _list(self, entries: Sequence[LayerSpec], around: _Around, scope: Scope, arriving: int) -> _Made:
        """Build what is in a list."""
        return self._built(list(self._items(entries, around.known, around.doubtful)), around, scope, arriving)

    def _items(
        self, entries: Iterable[LayerSpec], known: dict[str, Any], doubtful: bool = False, within: Place = ()
    ) -> Iterator[_Item]:
        """The entries of a list in order: copies made, groups without a name opened, conditions decided."""
        for position, entry in enumerate(entries):
            self._spend(entry)
            counted = 1 if entry.repeat is None else self._count(entry.repeat, known)
            copies, unsure = 1 if counted is None else counted, doubtful or counted is None
            if entry.repeat is not None and entry.written_name is not None and not TEMPLATE.search(entry.written_name):
                made = tuple([self._one_copy(entry, known, (0, index, copies), unsure) for index in range(copies)])
                there = any(copy.there for copy in made)
                place = (*within, position, 0, 1)
                yield _Item(entry, known, place, entry.written_name, there, copies=made, doubtful=unsure)
                continue
            for index in range(copies):
                names = known if entry.repeat is None else known | {"index": index}
                yield from self._copy(entry, names, (*within, position, index, copies), unsure)
            if not copies:
                named = None if TEMPLATE.search(entry.written_name or "") else entry.written_name
                yield _Item(entry, known, (*within, position, 0, 0), named, False)

    def _copy(self, entry: LayerSpec, known: dict[str, Any], place: Place, doubtful: bool) -> Iterator[_Item]:
        holds = entry.when is None or self._holds(entry.when, known)
        there, unsure = holds is not False, doubtful or holds is None
        self._spend(entry)
        if entry.children is None or entry.written_name is not None or not there:
            yield _Item(
                entry, known, place, self._filled(entry.written_name, entry.name_span, known), there, doubtful=unsure
            )
            return
        yield _Item(entry, known, place, begins=True)
        yield from self._items(entry.children, known, unsure, place)

    def _built(self, items: list[_Item], around: _Around, scope: Scope, arriving: int) -> _Made:
        there = [item for item in items if item.there and not item.begins]
        listed = [item.called for item in there]
        called = dict(zip(map(id, there), names(listed, around.numbered), strict=True))
        self._refuse_doubles([(item, called[id(item)]) for item in there])
        copies = {name for item in items if TEMPLATE.search(name := item.entry.written_name or "")}
        scope.expect([item.named for item in items if item.named is not None] + list(called.values()), copies)
        current = arriving
        parts: list[Part] = []
        absent: list[Place] = []
        for item in items:
            sources = self._sources(item, called.get(id(item)), scope, current)
            if not item.there:
                # What is not there changes nothing but what its name stands for.
                scope.leave_out(item.entry, item.named, sources[0])
                absent += item.places()
                continue
            if item.begins:
                current = sources[0]
                continue
            part, inner = self._part(item, called[id(item)], sources, around, scope)
            current = part.output
            scope.names[called[id(item)]] = Target(current, inner)
            parts.append(part)
        return _Made(current, tuple(parts), tuple(absent))

    def _sources(self, item: _Item, own: str | None, scope: Scope, current: int) -> tuple[int, ...]:
        """The numbers of the values that an entry takes; ``own`` is what it is called."""
        if item.entry.sources is None:
            return (NOWHERE if item.entry.span in self.spec.unclear else current,)
        found = []
        for source in item.entry.sources:
            name = self._filled(source.name, source.span, item.known) or source.name
            if not item.there and scope.may_be_a_copy(name):
                found.append(current)
                continue
            target = scope.target(name, source.span, own)
            found.append(NOWHERE if target is None else target.output)
        return tuple(found) or (NOWHERE,)

    # Parts

    def _part(
        self, item: _Item, name: str, sources: tuple[int, ...], around: _Around, scope: Scope
    ) -> tuple[Part, dict[str, Target]]:
        """Build one entry; the part, and the names in it that can be reached from outside."""
        entry, path = item.entry, f"{around.prefix}{name}"
        is_layer = item.copies is None and entry.children is None and entry.block is None
        if around.prefix.count(".") >= MAX_NESTED and not is_layer:
            message = f"blocks and groups are nested deeper than {MAX_NESTED} levels"
            raise _TooLarge(message, entry.where(None), "nest them less deep")
        here = _Around(f"{path}.", item.known, around.uses, doubtful=item.doubtful)
        inner = Scope({}, scope, self.log)
        if item.copies is not None:
            made = self._built(list(item.copies), here, inner, self._only(entry, path, sources))
            part = self._group(item, path, sources, made, copies=True)
        elif entry.children is not None:
            made = self._list(entry.children, here, inner, self._only(entry, path, sources))
            part = self._group(item, path, sources, made)
        elif entry.block is not None:
            part, inner = self._use(item, path, sources, around), Scope({}, None, self.log)
        else:
            part = self._layer(item, path, sources, around)
        if entry.claims and NOWHERE not in sources:
            self.claims += [(replace(claim, of=path), part) for claim in entry.claims]
        return part, inner.names

    def _group(self, item: _Item, path: str, sources: tuple[int, ...], made: _Made, copies: bool = False) -> Part:
        output, at = max(made.output, INPUT), item.place
        known, absent = item.known, made.absent
        return Part(
            path, item.entry, _known(sources), output, known, made.parts, copies=copies, place=at, absent=absent
        )

    def _one_copy(self, entry: LayerSpec, known: dict[str, Any], place: Place, doubtful: bool) -> _Item:
        index = place[1]
        known = known | {"index": index}
        bare = replace(entry, sources=None) if index else entry
        holds = entry.when is None or self._holds(entry.when, known)
        self._spend(entry)
        unsure = doubtful or holds is None
        return _Item(replace(bare, repeat=None, claims=()), known, place, None, holds is not False, doubtful=unsure)

    def _only(self, entry: LayerSpec, path: str, sources: tuple[int, ...]) -> int:
        if len(sources) > 1:
            at = entry.sources[1].span if entry.sources else entry.span
            self.log.error("A313", at, f"the group `{path}` takes one source, not {len(sources)}", _JOINED)
            return NOWHERE
        return sources[0]

    def _layer(self, item: _Item, path: str, sources: tuple[int, ...], around: _Around) -> Part:
        entry = item.entry
        layer, doubtful = self.builder.build(entry, item.known)
        doubtful = doubtful or item.doubtful
        if entry.kind is not None:
            fewest, most = KINDS[entry.kind].arity
            if not fewest <= len(sources) <= (most or len(sources)):
                if entry.sources != ():
                    self._wrong_number(entry, path, len(sources), fewest, most)
                sources = (NOWHERE,) * fewest
        lost, sources = NOWHERE in sources, _known(sources)
        self.steps.append(Step(replace(entry, path=path), layer, doubtful, sources, around.uses, lost))
        number = len(self.steps)
        return Part(path, entry, sources, number, item.known, step=number - 1, place=item.place)

    def _wrong_number(self, entry: LayerSpec, path: str, given: int, fewest: int, most: int | None) -> None:
        at = entry.sources[-1].span if entry.sources else entry.where(None)
        if most == 1:
            what, help = f"`{path}` takes one source, not {given}", _JOINED
        else:
            what, help = f"`{path}` joins {fewest} sources or more, not {given}", "name them: `from: [a, b]`"
        self.log.error("A313", at, what, help)

    # Blocks

    def _use(self, item: _Item, path: str, sources: tuple[int, ...], around: _Around) -> Part:
        entry = item.entry
        block = self.spec.blocks.get(entry.block or "")
        inputs = block.inputs if block is not None else ()
        if block is None or any(use.block == entry.block for use in around.uses):
            # What is wrong with it is reported already.
            self.steps.append(Step(replace(entry, path=path), None, True, _known(sources), around.uses))
            return Part(path, entry, _known(sources), len(self.steps), item.known, step=len(self.steps) - 1)
        if len(sources) != (len(inputs) or 1):
            if entry.sources != ():
                self._wrong_number_for(block, entry, len(sources))
            sources = (NOWHERE,) * (len(inputs) or 1)
        placed = replace(entry, path=path)
        known = self._arguments(block, item, sources, entry, (*around.uses, placed))
        key = None if item.doubtful else self._key(block, known, sources)
        recorded = self._recorded.get(key) if key is not None else None
        if recorded is not None:
            return self._again(recorded, item, path, sources, around)
        first, claims, faults = len(self.steps), len(self.claims), len(self.log.found)
        named = [source.name for source in inputs] or [INPUT_NAME]
        scope = Scope({name: Target(source) for name, source in zip(named, sources, strict=True)}, None, self.log)
        here = _Around(f"{path}.", known, (*around.uses, placed), is_numbered(block), item.doubtful)
        with self.log.labelled(use_labels(here.uses)):
            made = self._list(block.layers, here, scope, sources[0])
        part = replace(self._group(item, path, sources, made), block=block.id, inner_bindings=known)
        if key is not None and len(self.log.found) == faults and not any(step.lost for step in self.steps[first:]):
            self._recorded[key] = Recorded(
                part, first, tuple(self.steps[first:]), tuple(self.claims[claims:]), len(around.uses)
            )
        return part

    def _key(self, block: BlockSpec, known: dict[str, Any], sources: tuple[int, ...]) -> tuple[Any, ...] | None:
        """What two uses of a block have in common if they become the same; ``None`` where that cannot be told."""
        if NOWHERE in sources or len(set(sources)) < len(sources):
            return None
        channels = [self._channels_of(source) for source in sources] if self._asks_channels(block.id) else []
        own = (*block.channels, *block.args, *block.let)
        key = (block.id, *channels, *(told_apart(known.get(name)) for name in own))
        try:
            hash(key)
        except TypeError:  # columns
            return None
        return key

    def _again(self, recorded: Recorded, item: _Item, path: str, sources: tuple[int, ...], around: _Around) -> Part:
        copy = Copy(recorded, item.entry, path, around.uses, item.known, len(self.steps), sources, item.place)
        first, count = recorded.first, len(recorded.steps)
        if self._asks_channels(item.entry.block or "") and len(self._shapes) == len(self.steps) + 1 > first + count:
            # The same channels arrive, and so the same come of them.
            self._shapes += self._shapes[first + 1 : first + count + 1]
        self.steps += copy.steps
        self.claims += copy.claims
        self.looked += len(copy.steps)
        self._spend(item.entry)
        return copy.part

    def _asks_channels(self, id: str) -> bool:
        """Whether a block, or one in it, looks at the channels that arrive."""
        reached, waiting = {id}, [id]
        while waiting:
            asks, inner = self._looked_at(waiting.pop())
            if asks:
                return True
            waiting += inner - reached
            reached |= inner
        return False

    def _looked_at(self, id: str) -> tuple[bool, set[str]]:
        """Whether a block looks at the channels that arrive, and the blocks in it."""
        found = self._asking.get(id)
        if found is None:
            block = self.spec.blocks[id]
            asks = not block.channels.keys().isdisjoint(self._asked_by(block))
            inner = {entry.block for entry in opened(block.layers) if entry.block and entry.block in self.spec.blocks}
            found = self._asking[id] = asks, inner
        return found

    def _asked_by(self, block: BlockSpec) -> set[str]:
        found = self._asks.get(block.id)
        if found is None:
            nodes = [node for node in (*block.let.values(), *block.args.values()) if node is not None]
            found = self._asks[block.id] = asked(block.layers).union(*map(names_in, nodes))
        return found

    def _wrong_number_for(self, block: BlockSpec, entry: LayerSpec, given: int) -> None:
        at = entry.sources[-1].span if entry.sources else entry.where(None)
        wanted = ", ".join(f"`{source.name}`" for source in block.inputs)
        many = f"{len(block.inputs)} source{'s' * (len(block.inputs) > 1)}: {wanted}" if wanted else "one source"
        help = f"give it as many: `from: [{', '.join('abcdefgh'[: len(block.inputs)])}]`" if wanted else _JOINED
        labels = [Label(block.inputs[0].span if block.inputs else block.span, "it says so here")]
        message = f"the block `{block.name}` takes {many}, not {given}"
        self.log.error("A313", at, message, help, labels=labels)

    def _arguments(
        self,
        block: BlockSpec,
        item: _Item,
        sources: tuple[int, ...],
        entry: LayerSpec,
        inside: tuple[LayerSpec, ...],
    ) -> dict[str, Any]:
        """What the expressions in a block see: the spec's names, its arguments, its channels, its own names."""
        known = {} if block.closed else self._everywhere
        asked = self._asked_by(block)
        at = entry.where(None)
        own = {name: self._channels(sources[place], at) for name, place in block.channels.items() if name in asked}
        for name, default in block.args.items():
            if name in entry.values:
                own[name] = argument_value(name, entry.values[name], item.known, self.log)
            elif default is None:
                own[name] = UNKNOWN
        with self.log.labelled(use_labels(inside)):
            for name, default in block.args.items():
                if name not in own and default is not None:
                    own[name] = argument_value(name, default, known | own, self.log)
            own |= let_values(block.let, {}, known | own, self.log)
        return known | own

    def _channels(self, value: int, at: Span) -> Dim:
        """The first axis of a value, which must not depend on the input's height or width."""
        if value == NOWHERE:
            return UNKNOWN
        first = self._channels_of(value)
        if first is UNKNOWN and not self.faulty and self._shapes[value] and all(map(is_known, self.input)):
            message = "how many channels arrive here depends on the input's height and width"
            self.log.error("A316", at, message, "give the block an argument in place of `in_channels`")
        return first

    def _channels_of(self, value: int) -> Dim:
        while len(self._shapes) <= value:
            step = self.steps[len(self._shapes) - 1]
            xs = [self._shapes[source] for source in step.sources]
            known = tuple([x for x in xs if x is not None])
            if step.layer is None or step.lost or len(known) < len(xs):
                self._shapes.append(None)
                continue
            found = self._memory.of(step.layer, known)
            self._shapes.append((doubted(found, known[0]) if step.doubtful else found).output)
        shape = self._shapes[value]
        return shape[0] if shape else UNKNOWN

    # Expressions

    def _holds(self, node: Node, known: dict[str, Any]) -> bool | None:
        """Whether a condition holds; ``None`` where a fault hides it."""
        try:
            value = read_value(_Condition(), node, "when", 1, known, self.log)
        except Unreadable as fault:
            return fault.meant if isinstance(fault.meant, bool) else None
        if isinstance(value, bool):
            return value
        if _differs(value):
            raise TypeError("a condition that differs from row to row")
        self.log.error("A316", node.span, "whether it is there cannot be decided", "give its names values")
        return None

    def _count(self, node: Node, known: dict[str, Any]) -> int | None:
        """How many copies there are; ``None`` where a fault hides it."""
        try:
            value = read_value(Size(at_least=0), node, "repeat", 1, known, self.log)
        except Unreadable as fault:
            return fault.meant if type(fault.meant) is int and fault.meant <= MAX_STEPS else None
        if type(value) is int:
            if value > MAX_STEPS:
                raise _TooLarge(f"`repeat` takes at most {MAX_STEPS:,}, not {value:,}", node.span, "")
            return value
        if _differs(value):
            raise TypeError("a number of copies that differs from row to row")
        self.log.error("A316", node.span, "how many copies there are cannot be decided", "give its names numbers")
        return None

    def _filled(self, text: str | None, span: Span | None, known: dict[str, Any]) -> str | None:
        """A name with the expressions in its braces computed."""
        if text is None or "{" not in text:
            return text

        def value(found: Any) -> str:
            wrong, help = f"the braces of `{text}` are empty", "write an expression in them, such as `{index + 1}`"
            number: Any = None
            if found[1].strip():
                try:
                    number = evaluate(found[1], known)
                    wrong, help = f"`{found[0]}` is {number}, and a name takes a whole number from 0 up", ""
                except ExprError as fault:
                    wrong = f"`{found[1]}` cannot be computed: {fault}"
                    help = "`index` numbers the copies of a `repeat`" if fault.unknown else ""
            if type(number) is int and number >= 0:
                return str(number)
            if number is not UNKNOWN:
                self.log.error("A116", span, wrong, help)
            if span is not None:
                self.log.settle(span)
            return "0"

        return TEMPLATE.sub(value, text)

    def _spend(self, entry: LayerSpec) -> None:
        self.looked += 1
        if self.looked > 2 * MAX_STEPS or len(self.steps) > MAX_STEPS:
            message, help = f"the network has more than {MAX_STEPS:,} layers", "lower the `repeat`s, or nest less deep"
            raise _TooLarge(message, entry.span, help)

    # What is wrong with the whole

    def _refuse_doubles(self, called: list[tuple[_Item, str]]) -> None:
        taken: dict[str, LayerSpec] = {}
        for item, name in called:
            entry = item.entry
            at, first = entry.name_span or entry.span, taken.get(name)
            if first is not None and first.span == entry.span:
                message = f"all copies of `{name}` have the same name"
                self.log.error("A301", at, message, f'number them: `name: "{name}{{index}}"`')
            elif first is not None:
                before = first.name_span or first.span
                self.log.error(
                    "A301",
                    at,
                    f"two layers are named `{name}`: on lines {before.line} and {at.line}",
                    "rename one of them",
                    labels=[Label(before, "first here")],
                )
            taken.setdefault(name, entry)

    def _report_unused(self, outputs: tuple[int, ...]) -> None:
        if self.faulty:
            return
        used = {source for step in self.steps for source in step.sources} | set(outputs)
        for number, step in enumerate(self.steps, start=1):
            if number not in used:
                spec = step.spec
                help = "name it in a `from`, or in `outputs`, or remove it"
                message = f"nothing takes what `{spec.path}` gives"
                self.log.warning("A315", spec.where(None), message, help, labels=use_labels(step.uses))


_JOINED = "join them first: `- {kind: add, from: [a, b]}`"


def _known(sources: tuple[int, ...]) -> tuple[int, ...]:
    """The numbers of values, the input's in the place of those that nothing is known of."""
    return tuple([max(source, INPUT) for source in sources]) if NOWHERE in sources else sources


def _differs(value: Any) -> bool:
    """Whether a value is one for each row of a sweep."""
    return hasattr(value, "dtype") or hasattr(value, "high")
