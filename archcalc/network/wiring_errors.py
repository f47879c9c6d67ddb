"""What is said of names and sources that do not fit: names twice, too many sources or too few, outputs not taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Label
from archcalc.language.identifiers import cuts
from archcalc.layers.contract import KINDS
from archcalc.network.flow import users
from archcalc.network.graph import INPUT, NOWHERE, Part, Step, Value, place_of, use_labels
from archcalc.spec.model import BlockSpec, InputSpec, LayerSpec

_JOINED = "join them first: `- {kind: add, from: [a, b]}`"


def refuse_doubles(entries: Sequence[LayerSpec], names: Sequence[str], log: Log) -> None:
    """An error for each name that two layers of a list have."""
    _refuse_keepers(entries, names, log)
    taken: dict[str, LayerSpec] = {}
    for entry, name in zip(entries, names, strict=True) if len({*names}) < len(names) else ():
        at, first = entry.name_span or entry.span, taken.get(name)
        if first is None:
            taken[name] = entry
        elif first.span == entry.span:
            message = f"all copies of `{name}` have the same name"
            log.error("A301", at, message, f'number them, `name: "{name}{{index}}"`, or name the repeated group')
        else:
            before = first.name_span or first.span
            message = f"two layers are named `{name}`: on lines {before.line} and {at.line}"
            log.error("A301", at, message, "rename one of them", labels=[Label(before, "first here")])


def refuse_names_of_inputs(parts: Iterable[Part], inputs: Sequence[InputSpec], log: Log) -> None:
    """An error for each module at the top that is called as an input is."""
    named = {one.name: one for one in inputs}
    for part in parts if named else ():
        if part.spec is not None and part.name in named:
            at, message = part.spec.name_span or part.spec.span, f"a layer and an input are named `{part.name}`"
            log.error("A301", at, message, "rename one of them", labels=[Label(named[part.name].span, "the input")])


def which_input(entry: LayerSpec, inputs: Sequence[InputSpec], log: Log) -> None:
    """An error for a layer with nothing above it that does not say which of several inputs it takes."""
    listed = " or ".join(f"`from: {one.name}`" for one in inputs)
    at = entry.name_span or entry.where(None)
    labels = [Label(one.span, "this one?") for one in inputs]
    log.error("A311", at, "the first layer could take any of the inputs", f"say which: {listed}", labels=labels)


def report_nothing_left(entries: Sequence[LayerSpec], steps: Sequence[Step], log: Log) -> None:
    """An error where no condition of a network's layers holds."""
    if not entries or not all(step.is_given for step in steps):
        return
    help = "let a condition hold, or a `repeat` be 1 or more"
    log.error("A112", entries[0].span, "nothing is left of the network: no layer is there", help)


def is_wrong_number(kind: str, entry: LayerSpec, path: str, sources: Sequence[Value], log: Log) -> bool:
    """Whether a layer of this kind takes another number of sources; then an error, unless there is one of them."""
    fewest, most = KINDS[kind].arity
    fits = fewest <= len(sources) <= (most or len(sources))
    if not fits and entry.sources != ():
        wrong_number_for_layer(entry, path, len(sources), fewest, most, log)
    return not fits


def _refuse_keepers(entries: Sequence[LayerSpec], names: Sequence[str], log: Log) -> None:
    """An error for each name with dots of which the beginning is another's: that is no group which keeps several."""
    others = dict(zip(names, entries, strict=True))
    for entry, name in [pair for pair in zip(entries, names, strict=True) if "." in pair[1]]:
        for keeper, _ in [cut for cut in cuts(name) if cut[1] and cut[0] in others]:
            other = others[keeper].name_span or others[keeper].span
            message = f"`{name}` is kept in `{keeper}`, and that is another layer's name"
            labels = [Label(other, "this one")]
            log.error("A301", entry.name_span or entry.span, message, "rename one of them", labels=labels)


def wrong_number_for_layer(entry: LayerSpec, path: str, given: int, fewest: int, most: int | None, log: Log) -> None:
    """An error for a layer that takes another number of sources."""
    at = entry.sources[-1].span if entry.sources else entry.where(None)
    if most == 1:
        what, help = f"`{path}` takes one source, not {given}", _JOINED
    elif most == fewest:
        listed = ", ".join("abcdefgh"[:fewest])
        what, help = f"`{path}` takes {fewest} sources, not {given}", f"name them in order: `from: [{listed}]`"
    else:
        what, help = f"`{path}` joins {fewest} sources or more, not {given}", "name them: `from: [a, b]`"
    log.error("A313", at, what, help)


def wrong_number_for_block(block: BlockSpec, entry: LayerSpec, given: int, log: Log) -> None:
    """An error for a use of a block that takes another number of sources."""
    at = entry.sources[-1].span if entry.sources else entry.where(None)
    wanted = ", ".join(f"`{source.name}`" for source in block.inputs)
    many = f"{len(block.inputs)} source{'s' * (len(block.inputs) > 1)}: {wanted}" if wanted else "one source"
    help = f"give it as many: `from: [{', '.join('abcdefgh'[: len(block.inputs)])}]`" if wanted else _JOINED
    labels = [Label(block.inputs[0].span if block.inputs else block.span, "it says so here")]
    log.error("A313", at, f"the block `{block.name}` takes {many}, not {given}", help, labels=labels)


def not_as_many(block: BlockSpec, entry: LayerSpec, given: int, log: Log) -> tuple[Value, ...]:
    """What a use takes that is given another number of sources: as many as it needs, of which nothing is known."""
    if entry.sources != ():
        wrong_number_for_block(block, entry, given, log)
    return (NOWHERE,) * (len(block.inputs) or 1)


def wrong_number_for_group(entry: LayerSpec, path: str, given: int, log: Log) -> None:
    """An error for a group with more than one source."""
    at = entry.sources[1].span if entry.sources else entry.span
    log.error("A313", at, f"the group `{path}` takes one source, not {given}", _JOINED)


def report_unused(root: Part, steps: Sequence[Step], outputs: Iterable[Value], log: Log) -> None:
    """A warning for each layer whose output nothing takes, nor its weight, and for each input.

    Of several outputs of the use of a block it is enough that one is taken outside of it.
    """
    takers = [step for step in steps if step.layer is None or not step.layer.ignores_values]
    used = set(outputs).union(*[step.sources for step in takers], [step.tied for step in steps if step.tied])
    several = [part for part in _within(root) if part.others]
    if several:
        given, taken = set(outputs), users(steps)
        for part in several:
            inside = {*part.steps()}
            if any(value in given or not inside.issuperset(taken[value]) for value in part.gives if value > INPUT):
                used.update(part.gives)
    for value in sorted({*range(1, len(steps) + 1)} - used):
        step = steps[place_of(value)]
        help = "name it in a `from`, or in `outputs`, or remove it"
        message = f"nothing takes {f'the input `{step.path}`' if step.is_given else f'what `{step.path}` gives'}"
        log.warning("A315", step.spec.where(None), message, help, labels=use_labels(step.uses))


def _within(part: Part) -> Iterator[Part]:
    """The uses, groups and copies in a part, at whatever depth."""
    for below in part.parts:
        if below.parts:
            yield below
            yield from _within(below)
