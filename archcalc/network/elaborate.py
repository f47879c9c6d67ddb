"""A Spec to a Graph: lists and what is in them in order, sources found, blocks opened, every layer made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from archcalc.diagnostics.budget import TooMuchWork, Work
from archcalc.diagnostics.log import Log
from archcalc.language.arithmetic import Bound
from archcalc.language.identifiers import INPUT as INPUT_NAME
from archcalc.language.identifiers import names
from archcalc.layers.contract import KINDS
from archcalc.network import outputs, routing, wiring_errors
from archcalc.network.applied_again import Again
from archcalc.network.block_use import (
    Around,
    Made,
    RecordedUse,
    ReplayedUse,
    Standing,
    given_arguments,
    holding,
    inner_bindings,
    use_key,
)
from archcalc.network.channels import Blocks, Channels
from archcalc.network.expand import Expanded, Expander
from archcalc.network.given import given_parts, given_steps, given_values, named_inputs, starting_names
from archcalc.network.graph import (
    INPUT,
    NOWHERE,
    Bindings,
    Graph,
    Part,
    Place,
    Position,
    Step,
    Use,
    UsedHere,
    Value,
    known_values,
    value_of,
)
from archcalc.network.instantiate import Instantiator
from archcalc.network.limits import TooLarge, refuse_deeper
from archcalc.network.scope import Scope, Target
from archcalc.network.sources import Sources
from archcalc.network.tied_weights import tied_to
from archcalc.network.whole_numbers import with_whole_numbers
from archcalc.sizes.rules import Shape
from archcalc.spec.let import let_values
from archcalc.spec.model import BlockSpec, Claim, LayerSpec, Spec
from archcalc.spec.stated_axes import named_axes
from archcalc.spec.stated_input import input_shape_of


def elaborate(spec: Spec, settings: Mapping[str, Bound], given: Shape | None, log: Log, fold: bool = True) -> Graph:
    """The Graph of a spec, with ``settings`` in place of what ``let`` says; errors go to the log.

    Heights and widths do not shape it. With ``fold`` one of many experts that are alike stands for others. Raises
    TypeError where a setting differs from row to row and decides which layers there are.
    """
    once, shape = log.once(), given or ()
    try:
        bindings = let_values(spec.let, settings, {}, once)
        if given is None:
            shape = input_shape_of(spec, bindings, once)
        made = _Elaborator(spec, shape, once, log.has_errors or once.has_errors, fold).network(bindings)
        return with_whole_numbers(made, spec, bindings, once)
    except TooLarge as error:
        once.error("A317", error.span, str(error), error.help)
    except TooMuchWork as error:
        once.too_much(error)
    finally:
        log.adopt(once)
    return Graph(shape, (), (INPUT,), inputs=named_inputs(spec.inputs))


class _Elaborator:
    def __init__(self, spec: Spec, shape: Shape, log: Log, wrong: bool, fold: bool) -> None:
        self.spec = spec
        self.log = log
        self.input = shape
        self.steps = [*given_steps(spec.inputs)]
        self.layers = [*given_parts(self.steps)]
        self.claims: list[tuple[Claim, Part]] = []
        self._wrong, self._fold = wrong, fold
        self._budget = log.budget
        self._expander = Expander(log)
        self._instantiator = Instantiator(log)
        self._sources = Sources(spec, self._expander, log)
        axes, inputs = named_axes(spec.input, spec.axes), named_inputs(spec.inputs)
        self._channels = Channels(self.steps, shape, axes, inputs, log, wrong)
        self._blocks = Blocks(spec.blocks)
        self._recorded: dict[tuple[object, ...], RecordedUse] = {}
        self._applied = Again(spec, self.steps, self.layers, self._expander, self._instantiator, log)

    def network(self, bindings: Bindings) -> Graph:
        """The graph of the whole spec."""
        self._everywhere = dict(bindings)
        if "in_channels" in self.spec.asked:
            bindings = bindings | {"in_channels": self._channels.asked(INPUT, self.spec.input_span)}
        given, scope = given_values(self.steps), Scope(dict(starting_names(self.steps)), None, self.log)
        self._sources.must_say = scope if len(given) > 1 else None
        arriving = NOWHERE if len(given) > 1 else given[0]
        made = self._list(self.spec.layers, Around("", bindings, numbered=False), scope, arriving)
        gives = outputs.given(self.spec.outputs, scope, made.output, self.log)
        wiring_errors.refuse_names_of_inputs(made.parts, self.spec.inputs, self.log)
        root = Part("", None, given, max(made.output, INPUT), bindings, made.parts, absent=made.absent)
        if not (self._wrong or self.log.has_errors):
            wiring_errors.report_nothing_left(self.spec.layers, self.steps, self.log)
            wiring_errors.report_unused(root, self.steps, gives[0], self.log)
        steps, claims = outputs.marked(self.steps, gives), routing.claims_of_one(self.claims, self.steps)
        axes = named_axes(self.spec.input, self.spec.axes)
        return Graph(self.input, steps, gives[0], root, claims, gives[1], axes, inputs=named_inputs(self.spec.inputs))

    # Lists

    def _list(self, entries: Sequence[LayerSpec], around: Around, scope: Scope, arriving: Value) -> Made:
        """Build what is in a list."""
        expanded = self._expander.entries(entries, around.bindings, around.doubtful)
        return self._built(expanded, around, scope, arriving)

    def _built(self, items: list[Expanded], around: Around, scope: Scope, arriving: Value) -> Made:
        there = [item for item in items if item.there and not item.begins]
        listed = list(names([item.called for item in there], around.numbered))
        wiring_errors.refuse_doubles([item.entry for item in there], listed, self.log)
        scope.expect([*[item.named for item in items if item.named is not None], *listed], items)
        given, current = iter(listed), arriving
        parts: list[Part] = []
        absent: list[Position] = []
        handed: tuple[Value, ...] | None = None
        for item in items:
            block = self.spec.blocks.get(item.entry.block or "")
            if not item.there:
                # What is not there changes nothing but what its name stands for.
                sources = self._sources.of(item, None, scope, current)
                scope.leave_out(item.entry, item.named, sources[0], outputs.left_out(block, sources))
                absent += item.positions()
                handed = handed or (sources if around.in_a_row and len(sources) > 1 else None)
                continue
            name = None if item.begins else next(given)
            sources = handed or self._sources.of(item, name, scope, arriving if around.beside else current)
            if name is None:
                current = sources[0]
                continue
            part, inner = self._part(item, name, sources, around, scope)
            current = part.output
            handed = outputs.handed_on(block, part, sources) if around.in_a_row else None
            scope.names[name] = Target(current, inner, part=part)
            parts.append(part)
        return Made(current, tuple(parts), tuple(absent))

    # Parts

    def _part(
        self, item: Expanded, name: str, sources: tuple[Value, ...], around: Around, scope: Scope
    ) -> tuple[Part, dict[str, Target]]:
        """Build one entry; the part, and the names in it that can be reached from outside."""
        entry = item.entry
        inner: dict[str, Target] = {}
        frozen = around.frozen if item.frozen is None else item.frozen
        here = Standing(item, f"{around.prefix}{name}", sources, around.uses, frozen, around.many * item.often)
        is_group = item.copies is not None or entry.children is not None
        if is_group or entry.block is not None:
            refuse_deeper(around.prefix, entry.where(None))
        if is_group:
            part = self._group(here, Scope(inner, scope, self.log))
        elif entry.again is not None:
            part, inner = self._applied_again(here, scope)
        else:
            part = self._use(here) if entry.block else self._layer(here, scope)
            inner = outputs.named(self.spec.blocks.get(entry.block or ""), part)
        if entry.claims and NOWHERE not in sources:
            self.claims += [(replace(claim, of=here.path), part) for claim in entry.claims]
        return part, inner

    def _group(self, here: Standing, inner: Scope) -> Part:
        item, (arriving, *others) = here.item, here.sources
        self._budget.spend(Work.GROUPS, 1, item.entry.span)
        copied = None if item.copies is None else self.spec.blocks.get(item.entry.block or "")
        in_a_row = item.copies is not None and item.entry.route is None
        if others and not (in_a_row and copied is not None and copied.inputs):
            wiring_errors.wrong_number_for_group(item.entry, here.path, len(here.sources), self.log)
            arriving = NOWHERE
        beside = item.entry.route is not None
        kept = here.frozen, here.many
        around = Around(f"{here.path}.", item.bindings, here.uses, True, item.doubtful, beside, in_a_row, *kept)
        if item.copies is None:
            return holding(here, self._list(item.entry.children or (), around, inner, arriving))
        if beside:
            return self._routed(here, around, inner)
        made = self._built(list(item.copies), around, inner, arriving)
        if made.parts:
            inner.names |= outputs.named(copied, made.parts[-1])
        return holding(here, made)

    def _routed(self, here: Standing, around: Around, inner: Scope) -> Part:
        """Copies side by side, and the layer that lets each token take some of them, as the last part among them."""
        route = here.item.entry.route
        assert route is not None
        scores = routing.scores(route, inner, here.path.rpartition(".")[2])
        routing.refuse_what_cannot_be(here, route, scores, self.spec.blocks, self.log)
        layer, doubtful = self._instantiator.build(route.entry, here.item.bindings)
        copies = routing.laid_out(here, layer) if self._fold else [*(here.item.copies or ())]
        self._budget.spend(Work.SOURCES, len(here.item.copies or ()), here.item.entry.span)
        made = self._built(copies, around, inner, here.sources[0])
        routing.let_idle(self.steps, made.parts, layer, inner)
        last = routing.standing(route, here)
        end = self._step(last, routing.routed_step(last, layer, doubtful, scores, made.parts))
        here = replace(here, sources=(here.sources[0], scores))
        return holding(here, Made(end.output, (*made.parts, end), made.absent))

    def _layer(self, here: Standing, scope: Scope) -> Part:
        entry, sources = here.item.entry, here.sources
        layer, doubtful = self._instantiator.build(entry, here.item.bindings)
        if entry.kind is not None and wiring_errors.is_wrong_number(entry.kind, entry, here.path, sources, self.log):
            sources = (NOWHERE,) * KINDS[entry.kind].arity[0]
        doubtful = doubtful or here.item.doubtful
        known, lost = known_values(sources), NOWHERE in sources
        layer, tied = tied_to(entry, layer, scope, self.steps, self.log) if entry.tied else (layer, None)
        return self._step(here, Step(here.path, entry, layer, doubtful, known, here.uses, lost, False, tied))

    def _step(self, here: Standing, step: Step, again: str | None = None) -> Part:
        self._budget.spend(Work.LAYERS, 1, step.spec.span)
        self.steps.append(replace(step, frozen=True) if here.frozen else step)
        item, at = here.item, Place(len(self.steps) - 1)
        sources, output, where = step.sources, value_of(at), item.position
        entry, seen = item.entry, item.bindings
        part = Part(here.path, entry, sources, output, seen, (), at, None, {}, False, where, (), again, (), item.times)
        self.layers.append(part)
        return part

    def _applied_again(self, here: Standing, scope: Scope) -> tuple[Part, dict[str, Target]]:
        """A layer or module above once more, and the names in it that can be reached from outside."""
        found = self._applied.of(here, scope)
        if isinstance(found.made, Step):
            return self._step(found.here, found.made, found.first), {}
        self._add(found.made, here)
        return found.made.part, found.names

    def _add(self, made: ReplayedUse, here: Standing) -> None:
        self._budget.spend(Work.LAYERS, len(made.steps), here.item.entry.span)
        self.steps += made.steps
        self.layers += made.layers
        self.claims += made.claims

    # Blocks

    def _use(self, here: Standing) -> Part:
        item, sources = here.item, here.sources
        entry = item.entry
        block = self.spec.blocks.get(entry.block or "")
        if block is None or entry.block in [use.spec.block for use in here.uses]:
            # What is wrong with it is reported already.
            return self._step(here, Step(here.path, entry, None, True, known_values(sources), here.uses))
        if len(sources) != (len(block.inputs) or 1):
            here = replace(here, sources=wiring_errors.not_as_many(block, entry, len(sources), self.log))
        at = entry.where(None)
        facts = self._blocks.of(block)
        given: Bindings = {name: self._channels.asked(here.sources[place], at) for name, place in facts.asked.items()}
        given |= given_arguments(block, entry, item.bindings, self.log)
        key = use_key(block, here, given, map(self._channels.of, here.sources) if facts.asks else (), facts.routes)
        recorded = None if key is None else self._recorded.get(key)
        if recorded is not None:
            return self._replayed(recorded, here, facts.asks)
        first, claims, entries = Place(len(self.steps)), len(self.claims), self._budget.spent[Work.ENTRIES]
        part = self._opened(block, here, given)
        if key is not None:
            steps, layers = tuple(self.steps[first:]), tuple(self.layers[first:])
            entries = self._budget.spent[Work.ENTRIES] - entries
            made = RecordedUse(part, first, steps, layers, tuple(self.claims[claims:]), len(here.uses), entries)
            self._recorded[key] = made
        return part

    def _opened(self, block: BlockSpec, here: Standing, given: Bindings) -> Part:
        """A use with its layers."""
        self._budget.spend(Work.USES, 1, here.item.entry.span)
        uses = (*here.uses, Use(here.path, here.item.entry))
        seen = inner_bindings(block, {} if block.closed else self._everywhere, given, uses, self.log)
        named = [source.name for source in block.inputs] or [INPUT_NAME]
        targets = {name: Target(source) for name, source in zip(named, here.sources, strict=True)}
        numbered, doubtful = self._blocks.of(block).numbered, here.item.doubtful
        around = Around(f"{here.path}.", seen, uses, numbered, doubtful, frozen=here.frozen, many=here.many)
        with self.log.labelled(UsedHere(uses)):
            scope = Scope(targets, None, self.log)
            made = self._list(block.layers, around, scope, here.sources[0])
            output, *others = outputs.of_block(block, scope, made.output)
        return holding(here, replace(made, output=output), block.id, seen, tuple(others))

    def _replayed(self, recorded: RecordedUse, here: Standing, asks: bool) -> Part:
        self._budget.spend(Work.ENTRIES, recorded.entries, here.item.entry.span)
        made = ReplayedUse(recorded, here, len(self.steps))
        if asks:
            # The same channels arrive, and so the same come of them.
            self._channels.again(recorded.first, len(recorded.steps))
        self._add(made, here)
        return made.part
