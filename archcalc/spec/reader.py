"""A spec's text to a Spec.

Everything that can be said without computing is checked here: keys, types, kinds, names. Field
values wait for ``elaborate``, since they may be expressions over ``let``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from archcalc.diagnostics.budget import TooMuchWork
from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span
from archcalc.diagnostics.spelling import did_you_mean
from archcalc.language.identifiers import is_name, renamed
from archcalc.language.mapping_keys import Ways, described, known_keys, read_words
from archcalc.language.nodes import MapNode, Node, ScalarNode
from archcalc.language.yaml_reader import parse, parsed
from archcalc.spec.blocks import Blocks, read_version
from archcalc.spec.claims import read_total_claims
from archcalc.spec.model import LayerSpec, OutputName, Preset, Spec, has_branches_that_may_be_absent
from archcalc.spec.named_inputs import sample
from archcalc.spec.named_sizes import let_spans, read_let
from archcalc.spec.source_names import refuse_twice
from archcalc.spec.stated_axes import read_axes
from archcalc.spec.stated_input import StatedInput, read_input
from archcalc.spec.unused_names import asked, report_unused, unused_names

if TYPE_CHECKING:
    from archcalc.spec.initialisation import Init
    from archcalc.spec.model import Limit
    from archcalc.spec.recipe import Training

SPEC_KEYS = (
    *("archcalc", "name", "source", "input", "axes", "let", "blocks", "presets"),
    *("layers", "outputs", "init", "train", "expect", "budget", "warn"),
)
PRESET_KEYS = ("title", "let", "input", "train", "expect", "budget")

_SPEC_FOREIGN = {"version": "archcalc", "title": "name", "model": "name", "input_shape": "input", "inputs": "input"}
_SPEC_FOREIGN |= {"vars": "let", "variables": "let", "params": "let", "training": "train", "claims": "expect"}
_SPEC_FOREIGN |= {"layer": "layers", "architecture": "layers", "backbone": "layers", "initializer": "init"}
_SPEC_FOREIGN |= {"output": "outputs", "modules": "blocks", "variants": "presets", "configs": "presets"}
_SPEC_FOREIGN |= {"warnings": "warn"}

_EXAMPLES = {"name": "`name: AlexNet`", "input": "`input: [3, 227, 227]`", "layers": "`layers:` and a list below it"}


def read_spec(text: str, log: Log) -> Spec | None:
    """The Spec in a text, or ``None`` where it holds none; errors go to the log.

    The log's file says beside which folder files of blocks are looked for.
    """
    try:
        # An edit that is tried was parsed to see what it changes.
        root = (parsed(text) if log.tried else None) or parse(text, log)
        if root is None or _has_blocks_alone(root, log):
            return None
        return _SpecReader(log, text).spec(root)
    except TooMuchWork as error:
        log.too_much(error)
        return None


def _has_blocks_alone(root: MapNode, log: Log) -> bool:
    """Whether a file is a block's, or has blocks and no network; an error in the log if it is."""
    if root.entries.keys() & _EXAMPLES.keys() - {"layers"} or not root.entries.keys() & {"args", "blocks"}:
        return False
    if "layers" not in root.entries:
        help = "add a network, `name: …`, `input: […]` and `layers:`, or check a spec that uses these blocks"
        log.error("A112", _start(root.span), "this file has blocks and no network", help)
        return True
    if "args" not in root.entries:
        return False
    help = f"check a spec that uses it, `blocks: {{a_name: {{use: {log.file}}}}}`"
    log.error("A112", root.keys["args"], "this is the file of a block, not a spec: it has `args`, and no `input`", help)
    return True


class _SpecReader:
    def __init__(self, log: Log, text: str) -> None:
        self.log = log
        self.text = text

    def spec(self, root: MapNode) -> Spec:
        top = _start(root.span)
        whole, wrong, written = root, bool(self.log.found), root.entries
        root, unsure = known_keys(root, SPEC_KEYS, "a spec", self.log, _SPEC_FOREIGN, {"model": _model_lesson})
        entries = root.entries
        # Of a spec below a key of its own, that key is all there is to say.
        nested = isinstance(written.get("model"), MapNode)
        if not nested:
            read_version(entries.get("archcalc"), top, "the spec", self.log)
        for key, example in _EXAMPLES.items():
            if key not in entries and key not in unsure and not nested:
                self.log.error("A112", top, f"the spec has no `{key}`", f"add {example}")
        title, url = self._source(entries.get("source"))
        blocks = Blocks(self.log)
        lists = blocks.read(entries.get("blocks"), self.log)
        layers = lists.layers(entries.get("layers"))
        report_unused(blocks.found, layers, self.log)
        let = read_let(entries.get("let"), self.log)
        outputs = self._outputs(entries.get("outputs"))
        refuse_twice(outputs, "outputs", self.log)
        stated = read_input(entries.get("input"), let, self.log)
        training = self._training(entries.get("train"))
        members = self._presets(entries.get("presets"), let, entries.get("train"))
        samples = [stated.tensors, *(one.tensors for _, one in members.values())]
        lets = [let, *(member.let for member, _ in members.values())]
        unclear = self._unclear(layers, blocks, outputs, lets)
        axes = read_axes(entries.get("axes"), let, samples, self.log)
        sizes, inputs = sample(stated, axes)
        spec = Spec(
            file=self.log.file,
            text=self.text,
            root=None if wrong else whole,
            name=read_words(entries.get("name"), "name", self.log) or "",
            title=title,
            url=url,
            input=sizes,
            input_span=stated.span or top,
            inputs=inputs,
            axes=axes,
            below=stated.below,
            let=let,
            layers=layers,
            asked=asked(layers),
            claims=read_total_claims(entries.get("expect"), self.log),
            init=self._init(entries.get("init")),
            training=training,
            budget=self._budget(entries.get("budget")),
            warn=self._warn(entries.get("warn")),
            blocks=blocks.found,
            presets={name: _with_input(*member, axes) for name, member in members.items()},
            outputs=outputs,
            unclear=unclear,
            texts=blocks.texts,
        )
        return replace(spec, unused=tuple(unused_names(spec, let_spans(entries.get("let")))))

    def _presets(
        self, node: Node | None, let: dict[str, Node], train: Node | None
    ) -> dict[str, tuple[Preset, StatedInput]]:
        """The members of a family, each with the input that it states."""
        if node is None:
            return {}
        if not isinstance(node, MapNode):
            what = f"`presets` takes names with what each sets, not {described(node)}"
            self.log.error("A111", node.span, what, "write `presets: {resnet50: {let: {depth: 50}}}`")
            return {}
        found = {}
        for name, body in node.entries.items():
            span = node.keys[name]
            if not is_name(name):
                self.log.error("A302", span, f"`{name}` cannot name a preset", renamed(name, "preset"))
            if isinstance(body, MapNode):
                found[name] = self._preset(name, span, body, let, train)
            else:
                what = f"`{name}` takes what the preset sets, not {described(body)}"
                self.log.error("A111", body.span, what, "write `{let: {depth: 50}, expect: {params: 25.6M}}`")
        return found

    def _preset(
        self, name: str, span: Span, node: MapNode, let: dict[str, Node], train: Node | None
    ) -> tuple[Preset, StatedInput]:
        foreign = {"claims": "expect", "vars": "let", "training": "train"}
        node, _ = known_keys(node, PRESET_KEYS, "a preset", self.log, foreign)
        entries = node.entries
        sets = read_let(entries.get("let"), self.log)
        for setting, value in sets.items():
            if setting not in let:
                help = did_you_mean(setting, let) or f"add it to the spec's `let`: `let: {{{setting}}}`"
                self.log.error(
                    "A318",
                    _key_span(entries["let"], setting) or value.span,
                    f"the spec's `let` does not name `{setting}`",
                    help,
                )
        stated = read_input(entries.get("input"), let, self.log)
        member = Preset(
            name=name,
            span=span,
            title=read_words(entries.get("title"), "title", self.log),
            let={setting: value for setting, value in sets.items() if setting in let},
            claims=read_total_claims(entries.get("expect"), self.log),
            budget=self._budget(entries.get("budget")),
            train=entries.get("train"),
            training=self._member_training(train, entries["train"]) if "train" in entries else None,
        )
        return member, stated

    # Most specs have none of these, and a cold check is mostly imports.

    def _outputs(self, node: Node | None) -> tuple[OutputName, ...]:
        if node is None:
            return ()
        from archcalc.spec.outputs import read_outputs

        return read_outputs(node, self.log)

    def _unclear(
        self,
        layers: tuple[LayerSpec, ...],
        blocks: Blocks,
        outputs: tuple[OutputName, ...],
        lets: list[dict[str, Node]],
    ) -> frozenset[Span]:
        """Where entries stand of which it is open what they take."""
        if not any(map(has_branches_that_may_be_absent, (layers, *(block.layers for block in blocks.found.values())))):
            return frozenset()
        from archcalc.spec.absence import report_two_readings
        from archcalc.spec.rows import row_names

        named = [one.name for one in outputs]
        return report_two_readings(layers, blocks.found.values(), named, self.log, row_names(lets))

    def _init(self, node: Node | None) -> Init | None:
        if node is None:
            return None
        from archcalc.spec.initialisation import read_init

        return read_init(node, self.log)

    def _training(self, node: Node | None) -> Training | None:
        if node is None:
            return None
        from archcalc.spec.training import read_training

        return read_training(node, self.log)

    def _budget(self, node: Node | None) -> dict[str, Limit]:
        if node is None:
            return {}
        from archcalc.spec.network_budget import read_budget

        return read_budget(node, self.log)

    def _warn(self, node: Node | None) -> tuple[str, ...]:
        if node is None:
            return ()
        from archcalc.spec.warn import read_warn

        return read_warn(node, self.log)

    def _member_training(self, family: Node | None, own: Node) -> Training | None:
        from archcalc.spec.training import merged, read_training

        recipe = merged(family, own)
        if recipe is None:
            return None
        log = Log(self.log.file, budget=self.log.budget)
        training = read_training(recipe, log)
        # What is wrong with the family's is not said of each preset again.
        log.found = [error for error in log.found if error not in self.log.found]
        self.log.adopt(log)
        return training

    def _source(self, node: Node | None) -> tuple[str | None, str | None]:
        if node is None:
            return None, None
        if isinstance(node, ScalarNode):
            return read_words(node, "source", self.log), None
        if not isinstance(node, MapNode):
            self.log.error("A111", node.span, "`source` takes a title and a url", "write `source: {title: …, url: …}`")
            return None, None
        node, _ = known_keys(node, ("title", "url"), "`source`", self.log, {"link": "url", "name": "title"})
        title, url = (read_words(node.entries.get(key), key, self.log) for key in ("title", "url"))
        return title, url


def _with_input(member: Preset, stated: StatedInput, axes: tuple[str, ...]) -> Preset:
    sizes, inputs = sample(stated, axes)
    return replace(member, input=sizes, input_span=stated.span, inputs=inputs, below=stated.below)


def _model_lesson(node: Node) -> Ways:
    is_spec = isinstance(node, MapNode)
    return ("the keys of a spec stand at the top: move them there" if is_spec else "did you mean `name`?",)


def _key_span(node: Node, key: str) -> Span | None:
    return node.keys.get(key) if isinstance(node, MapNode) else None


def _start(span: Span) -> Span:
    return Span(span.line, span.column, span.line, span.column + 1)
