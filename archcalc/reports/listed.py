"""What is a line each in a table of a network: layers, and whole uses of blocks and groups, as deep as is asked for."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from archcalc.analysis.report import Report
from archcalc.analysis.walk import LayerFacts
from archcalc.layers.outcome import total
from archcalc.network.graph import Part
from archcalc.sizes.rules import Dim, Shape, is_known


class Listed(Struct, frozen=True):
    """A layer, or a module with its layers. ``part`` is ``None`` where there is no tree of modules.

    ``many`` is how many layers or modules it stands for, all alike, in all that it is in.
    """

    name: str
    what: str
    output: Shape | None
    layers: tuple[LayerFacts, ...]
    part: Part | None = None
    many: int = 1

    @property
    def kind(self) -> str:
        """What it is, and that it is so once more."""
        return self.what + self._again

    @property
    def told(self) -> str:
        """What it is, and of how many."""
        return (self.what if self.many == 1 else f"{self.what} × {self.many:,}") + self._again

    @property
    def _again(self) -> str:
        return "" if self.part is None or self.part.again is None else ", again"

    @property
    def params(self) -> Dim:
        """The learnable parameters in it."""
        return total([layer.params for layer in self.layers])

    @property
    def macs(self) -> Dim:
        """The multiply-adds in it, for one sample."""
        return total([layer.macs for layer in self.layers])

    @property
    def times(self) -> int:
        """How many modules it stands for, all alike."""
        return 1 if self.part is None else self.part.times

    @property
    def until(self) -> str:
        """The name of the last of them."""
        return self.name if self.part is None else self.part.until

    @property
    def only_in_training(self) -> bool:
        """Whether it runs in training only, so that its MACs are not in the total."""
        return bool(self.layers) and all(layer.step.in_training for layer in self.layers)


def listed(report: Report, depth: int | None) -> Iterator[Listed]:
    """The lines in order. ``depth`` says how deep in one another blocks are before their use is one line.

    At 0 a group is one line, too, and with ``None`` nothing is.
    """
    root = None if report.graph is None else report.graph.root
    if root is None or report.facts is None:
        yield from (_layer(layer, None) for layer in report.layers)
        return
    layers = report.facts.layers
    waiting = [(part, 0) for part in reversed(root.parts)]
    while waiting:
        part, within = waiting.pop()
        if part.step is not None:
            yield _layer(layers[part.step], part)
            continue
        within += part.block is not None
        if depth is None or (depth > 0 if part.block is None else within < depth):
            waiting += [(inner, within) for inner in reversed(part.parts)]
            continue
        kind = part.spec.written_kind if part.spec is not None and part.block is not None else "group"
        output, inside = report.facts.shape_of(part.output), tuple([layers[place] for place in part.steps()])
        many = min((layer.step.times for layer in inside), default=1)
        yield Listed(part.path, kind or "?", output, inside, part, many)


def input_holds(report: Report) -> str:
    """What the input is, where it holds whole numbers: ``below 50,257``."""
    return _holds(None if report.graph is None else report.graph.below)


def _holds(below: Dim | None) -> str:
    return "" if below is None else f"below {below:,}" if is_known(below) else "below ?"


def inputs_listed(report: Report) -> list[tuple[str, str, Shape | None]]:
    """What a line each is of the inputs: their names, what they hold, and their shapes."""
    inputs = () if report.graph is None else report.graph.inputs
    if not inputs or report.input is None:
        return [("input", input_holds(report), report.input)]
    return [(one.name, " ".join(filter(None, ("input", _holds(one.below)))), one.of(report.input)) for one in inputs]


def _layer(layer: LayerFacts, part: Part | None) -> Listed:
    return Listed(layer.name, layer.kind, layer.output, (layer,), part, layer.step.times)
