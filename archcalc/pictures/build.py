"""A picture from a report: its boxes as the spec nests them, chains of layers and copies that are alike folded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from archcalc.analysis.experts import has_routes
from archcalc.analysis.plain_network import arguments
from archcalc.analysis.receptive_field import receptive_fields
from archcalc.analysis.report import Report
from archcalc.analysis.walk import Facts, LayerFacts
from archcalc.diagnostics.model import Diagnostic, FailedNeed
from archcalc.layers.kinds import FAMILY_OF
from archcalc.layers.outcome import total
from archcalc.network.graph import INPUT as INPUT_VALUE
from archcalc.network.graph import Graph, Part, Place, Step, Value, place_of, value_of
from archcalc.pictures.draft import Draft, Folder, unwrapped
from archcalc.pictures.model import BLOCK, CHAIN, GROUP, INPUT, OUTPUT, Arrow, Box, Picture
from archcalc.pictures.part import given, taken
from archcalc.pictures.varied import counterparts
from archcalc.pictures.words import detail, in_short, sees
from archcalc.sizes.axes import shape_text
from archcalc.sizes.rules import UNKNOWN, Dim, is_known

MOST_SEEN = 5_000
"""In how many layers receptive fields are told: beyond, they take longer than the picture."""


def picture(
    report: Report, *, fold: bool = True, sizes: Sequence[str] | None = None, part: Part | None = None
) -> Picture | None:
    """The picture of a checked network, or of a ``part`` of it; ``None`` where errors leave none.

    Without ``fold`` each copy of what is repeated has a box. ``sizes`` are other words for the values' shapes, the
    input's first: formulas.
    """
    graph, facts = report.graph, report.facts
    if graph is None or facts is None or graph.root is None or not facts.layers:
        return None
    return _Builder(report, graph, facts, fold, part).picture(sizes)


class _Builder:
    def __init__(self, report: Report, graph: Graph, facts: Facts, fold: bool, part: Part | None) -> None:
        self.report, self.graph, self.facts, self.part = report, graph, facts, part
        self.folder = Folder(graph, facts, fold)
        self.errors: dict[int, list[str]] = {}
        self.warnings: dict[int, list[str]] = {}
        self.counterparts: dict[Place, list[Place]] = {}
        self.others = tuple(self._sorted_errors())
        fields = receptive_fields(facts) if report.ok and len(facts.layers) <= MOST_SEEN else ()
        self.sees = [sees(seen) for seen in fields]
        self.next = 0
        self.of: dict[int, int] = {}

    def picture(self, sizes: Sequence[str] | None) -> Picture:
        root = self.part or self.graph.root
        assert root is not None
        maps = (self.facts.input or None, *(layer.output for layer in self.facts.layers))
        drafts = self.folder.folded([self._draft(part) for part in root.parts])
        self.counterparts = counterparts(drafts)
        title = " ".join(filter(None, (self.report.name or self.report.file, self.report.preset)))
        if self.part is not None:
            title = f"{title} · {root.path}" + (f": {_kind(root)}" if root.block else "")
        number = self._number()
        arriving = [self._end(*one) for one in self._given()]
        self.of |= {place_of(end.output): end.number for end in arriving if end.output > 0}
        entry = next((end.number for end in arriving if end.output == INPUT_VALUE), number + 1)
        parts = [*arriving, *map(self._box, drafts)]
        ends = list(self._outputs())
        params, macs, active = self._totals()
        box = Box(
            number=number,
            name=title,
            path="",
            kind="",
            family=GROUP,
            places=tuple(place for draft in drafts for place in draft.all_places()),
            parts=(*parts, *(end for end, _ in ends)),
            output=root.output,
            params=params,
            macs=macs,
            own_params=params,
            own_macs=macs,
        )
        return Picture(
            title=title,
            root=box,
            active_params=active,
            arrows=(*self._arrows(entry), *(arrow for _, arrow in ends)),
            sizes=tuple(sizes or (shape_text(shape) if shape else "?" for shape in maps)),
            maps=tuple(_numbers(shape) for shape in maps),
            errors=self.others,
            is_part=self.part is not None,
        )

    def _totals(self) -> tuple[Dim, Dim, Dim | None]:
        """The parameters and MACs of all that is drawn, and the active parameters where there are experts."""
        if self.part is not None:
            layers = [self.facts.layers[place] for place in self.part.steps()]
            active = [layer.params for layer in layers if not layer.step.idle]
            routed = len(active) < len(layers)
            macs = total([layer.macs for layer in layers])
            return total([layer.params for layer in layers]), macs, total(active) if routed else None
        totals = self.report.totals
        if totals is None:
            return UNKNOWN, UNKNOWN, None
        return totals.params, totals.macs, totals.active_params if has_routes(self.graph) else None

    def _given(self) -> Iterator[tuple[str, str, Value]]:
        """The inputs, each with a box of its own; one without a name is called so."""
        if self.part is not None:
            yield from ((name, INPUT, value) for name, value in taken(self.graph, self.part))
            return
        if not self.graph.inputs:
            yield "input", INPUT, INPUT_VALUE
        for place, one in enumerate(self.graph.inputs):
            yield one.name, INPUT, value_of(place)

    def _draft(self, part: Part, within_again: bool = False) -> Draft:
        spec, again = part.spec, "" if part.again is None or within_again else f"again {part.again}"
        if part.step is not None:
            step = self.graph.steps[part.step]
            kind = step.layer.kind if step.layer is not None else (spec and spec.written_kind) or "?"
            words = "" if step.layer is None else detail(step.layer, self.facts.layers[part.step].input)
            told = ", ".join(filter(None, (words, again)))
            family = FAMILY_OF.get(kind, "unknown")
            return _standing(Draft(part.name, part.path, kind, family, part.output, told, [part.step]), part)
        drafts = self.folder.folded([self._draft(inner, part.again is not None) for inner in part.parts])
        family = BLOCK if part.block else GROUP
        told = "" if self.report.spec is None else in_short(arguments(self.report.spec, part))
        told = ", ".join(filter(None, (told, again)))
        draft = unwrapped(Draft(part.name, part.path, _kind(part), family, part.output, told, [], drafts))
        return _standing(draft, part)

    def _box(self, draft: Draft, copies: int = 1) -> Box:
        number = self._number()
        places = tuple(draft.all_places())
        for place in draft.places:
            self.of[place] = number
        layers = [self.facts.layers[place] for place in places]
        own = [self.facts.layers[place] for place in draft.all_places(copies)]
        steps = [layer.step for layer in layers]
        wrong, doubtful = (_told(places, of) for of in (self.errors, self.warnings))
        last = place_of(draft.output) if draft.output > 0 else None
        return Box(
            number=number,
            name=draft.name,
            path=draft.path,
            kind=draft.kind,
            family=draft.family,
            detail=draft.detail,
            varied=self._varied(draft),
            places=places,
            times=draft.times,
            until=draft.until,
            paths=(draft.path, *draft.paths),
            form=draft.form,
            parts=tuple(self._box(part, copies * draft.times) for part in draft.parts),
            output=draft.output,
            params=total([*map(_params_of_one, layers)]),
            macs=total([layer.macs for layer in layers]),
            copies=copies,
            own_params=total([*map(_params_of_one, own)]),
            own_macs=total([layer.macs for layer in own]),
            sees=self.sees[last] if self.sees and last is not None else "",
            errors=wrong,
            warnings=doubtful,
            line=steps[0].spec.span.line if len(draft.places) and not steps[0].spec.span.file else None,
            in_training=bool(steps) and all(step.in_training for step in steps),
        )

    def _varied(self, draft: Draft) -> str:
        """What all layers in its place have in the uses of a block that are alike, where that is more than its own."""
        if draft.family in (BLOCK, GROUP):
            return ""
        first = (draft.parts[0] if draft.family == CHAIN else draft).places[0]
        layers = [self.graph.steps[place].layer for place in self.counterparts.get(first, ())]
        known = [layer for layer in layers if layer is not None]
        told = detail(known[0], self.facts.layers[first].input, known) if known else ""
        return told if told != draft.detail else ""

    def _number(self) -> int:
        self.next += 1
        return self.next - 1

    def _end(self, name: str, family: str, value: Value) -> Box:
        return Box(number=self._number(), name=name, path="", kind="", family=family, output=value)

    def _outputs(self) -> Iterator[tuple[Box, Arrow]]:
        if self.part is not None:
            for name, value in given(self.graph, self.part):
                end = self._end(name, OUTPUT, value)
                yield end, Arrow(self._giver(value), end.number, value)
            return
        named = self.graph.named
        for place, value in enumerate(self.graph.outputs):
            if value < 0:
                continue
            name = named[place].name if len(named) == len(self.graph.outputs) > 1 else "output"
            end = self._end(name, OUTPUT, value)
            yield end, Arrow(self._giver(value), end.number, value)

    def _giver(self, value: Value) -> int:
        # The input's box is the first in the root's.
        return self.of[place_of(value)] if value > 0 else 1

    def _arrows(self, entry: int) -> Iterator[Arrow]:
        """The edges of the graph, those between copies that are folded left out; of copies' own, each once."""
        found: set[tuple[int, int]] = set()
        for place in range(len(self.graph.steps)) if self.part is None else self.part.steps():
            step = self.graph.steps[place]
            if step.is_given:
                continue
            target = self.of[place]
            for value in () if step.lost else dict.fromkeys(step.sources):
                source = entry if value <= 0 else self.of[place_of(value)]
                between = value > 0 and self.folder.between_copies(place_of(value), Place(place))
                if not between and (source, target) not in found:
                    found.add((source, target))
                    yield Arrow(source, target, value, _is_unread(step, value))

    def _sorted_errors(self) -> Iterator[str]:
        """Put each error to the layers that it is of, and give those of none."""
        for failure in (*self.facts.failures, *self.facts.training_failures):
            text = f"{failure.need.code}: `{failure.step.path}` {failure.need.why()}"
            self._add(failure.place, text, self.errors)
        for found in self.report.diagnostics:
            warns = found.severity != "error"
            if isinstance(found.cause, FailedNeed) and not warns:
                continue
            text = f"{found.code}: {found.message}"
            places = self._places(found)
            for place in places:
                self._add(place, text, self.warnings if warns else self.errors)
            if not places and not warns:
                yield text

    def _places(self, found: Diagnostic) -> list[int]:
        """The layers that it is of: that of its cause, or those whose entries it stands in."""
        if found.cause is not None:
            return [found.cause.place]
        if found.span is None or found.file != self.report.file:
            return []
        return [place for place, step in enumerate(self.graph.steps) if step.spec.span.covers(found.span)]

    def _add(self, place: int, text: str, to: dict[int, list[str]]) -> None:
        to.setdefault(place, []).append(text)


def _kind(part: Part) -> str:
    # A block in a block is called `outer/inner`.
    return (part.block or "").rpartition("/")[2]


def _told(places: Sequence[Place], of: Mapping[int, Sequence[str]]) -> tuple[str, ...]:
    """What is said of these layers, each once."""
    return tuple(dict.fromkeys(text for place in places for text in of.get(place, ())))


def _is_unread(step: Step, value: Value) -> bool:
    """Whether no values go from it into what a step gives, at whichever of its inputs it arrives."""
    layer = step.layer
    return layer is not None and not any(
        source == value and layer.passes_on(at) for at, source in enumerate(step.sources)
    )


def _standing(draft: Draft, part: Part) -> Draft:
    """A box of what may stand for others, as one of many experts does."""
    draft.stands, draft.numbered = part.times, part.path.count(".")
    return draft


def _params_of_one(layer: LayerFacts) -> Dim:
    """The parameters of a layer, of several for which it stands those of one."""
    times = layer.step.times
    return layer.params if times == 1 or not is_known(layer.params) else layer.params // times


def _numbers(shape: Sequence[object] | None) -> tuple[int, ...] | None:
    sizes = tuple(size for size in shape or () if isinstance(size, int))
    return sizes if shape and len(sizes) == len(shape) else None
