"""How a network learns: the ``train`` of a spec, and what a preset changes of it."""

from typing import TypeVar

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span
from archcalc.diagnostics.spelling import SURE, nearest, suggested
from archcalc.language.mapping_keys import described, known_keys, read_words
from archcalc.language.nodes import MapNode, Node, ScalarNode
from archcalc.layers.record import Record, defaults_of, fields_of
from archcalc.spec.field_values import Unreadable
from archcalc.spec.initialisation import read_constant
from archcalc.spec.recipe import (
    OPTIMIZERS,
    SCHEDULES,
    STEP,
    Augment,
    Average,
    NamedClass,
    Optimizer,
    ReduceLROnPlateau,
    Run,
    Schedule,
    Training,
    Warmup,
)

PARTS = ("optimizer", "schedule", "warmup", "ema", "augment")
TRAIN_KEYS = (*PARTS, *fields_of(Run), "source")


def merged(family: Node | None, own: Node | None) -> Node | None:
    """The family's recipe with what a preset states in its place, field by field; ``null`` takes a field away.

    A part of another ``kind`` replaces the family's, whose values mean nothing to it.
    """
    if own is None:
        return family
    if _is_null(own):
        return None
    if not isinstance(own, MapNode) or not isinstance(family, MapNode):
        return own
    if "kind" in own.entries and _kind(own) != _kind(family):
        return own
    entries, keys = dict(family.entries), family.keys | own.keys
    for key, node in own.entries.items():
        if _is_null(node):
            entries.pop(key, None)
        else:
            found = merged(entries.get(key), node)
            assert found is not None
            entries[key] = found
    return MapNode(entries, {key: keys[key] for key in entries}, own.span)


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value is None


def _kind(node: MapNode) -> str:
    kind = node.entries.get("kind")
    return kind.text if isinstance(kind, ScalarNode) else ""


def read_training(node: Node, log: Log) -> Training | None:
    """The ``train`` of a spec, or ``None`` with its errors in the log."""
    if not isinstance(node, MapNode):
        log.error("A111", node.span, "`train` takes a mapping", f"its keys are {', '.join(TRAIN_KEYS)}")
        return None
    node, _ = known_keys(node, TRAIN_KEYS, "`train`", log, _FOREIGN, _LESSONS)
    entries = node.entries
    run_only = MapNode({k: v for k, v in entries.items() if k in fields_of(Run)}, node.keys, node.span)
    run = _read_record(Run, run_only, "`train`", log)
    optimizer = _read_choice(OPTIMIZERS, entries.get("optimizer"), "optimizer", node, log)
    schedule = warmup = ema = None
    augment: Augment | None = Augment()
    if "schedule" in entries:
        schedule = _read_choice(SCHEDULES, entries["schedule"], "schedule", node, log)
    if "warmup" in entries:
        warmup = _read_record(Warmup, entries["warmup"], "`warmup`", log)
    if "ema" in entries:
        ema = _read_record(Average, entries["ema"], "`ema`", log)
    if "augment" in entries:
        augment = _read_record(Augment, entries["augment"], "`augment`", log)
    source = read_words(entries.get("source"), "source", log)
    stated = (("schedule", schedule), ("warmup", warmup), ("ema", ema))
    if run is None or augment is None or any(part is None and key in entries for key, part in stated):
        return None
    if not isinstance(optimizer, Optimizer):
        return None
    assert schedule is None or isinstance(schedule, (Schedule, ReduceLROnPlateau))
    training = Training(
        optimizer=optimizer,
        run=run,
        schedule=schedule,
        warmup=warmup,
        ema=ema,
        augment=augment,
        source=source,
        batch_span=entries["batch_size"].span,
        augment_span=node.keys.get("augment"),
    )
    return training if _goes_together(training, node, log) else None


def _goes_together(training: Training, node: MapNode, log: Log) -> bool:
    """Whether nothing in a recipe contradicts another part of it; an error in the log for each that does."""
    before = len(log.found)
    for name, choice in (("optimizer", training.optimizer), ("schedule", training.schedule)):
        for field, message, help in choice.contradictions() if choice else ():
            log.error("A121", _place(node, name, field), message, help)
    augment = training.augment
    if augment.random_crop and augment.random_resized_crop:
        message = "an image is cropped once: by `random_crop` or by `random_resized_crop`"
        log.error("A121", _place(node, "augment", "random_crop"), message, "remove one of them")
    if (warmup := training.warmup) is not None:
        place = node.keys["warmup"]
        if (warmup.epochs is None) == (warmup.steps is None):
            message = "`warmup` goes over `epochs` or over `steps`, and over one of them"
            log.error("A121", place, message, "write `warmup: {epochs: 5}`")
        elif isinstance(training.schedule, ReduceLROnPlateau):
            message = "`reduce_lr_on_plateau` waits for the loss, and cannot begin after a `warmup`"
            log.error("A121", place, message, "remove `warmup`, or take another schedule")
        elif warmup.steps is not None and not training.by_step:
            message = "`warmup` counts steps, and the schedule epochs"
            log.error("A121", place, message, "write `warmup: {epochs: …}`", f"add `interval: {STEP}` to the schedule")
        elif warmup.epochs is not None and warmup.epochs >= training.run.epochs:
            message = f"the learning rate still rises when the run of {training.run.epochs} epochs ends"
            log.error("A121", place, message, "write fewer `epochs` of `warmup`, or more of the run")
    return len(log.found) == before


def _place(node: MapNode, part: str, field: str) -> Span:
    entry = node.entries[part]
    return entry.keys.get(field, entry.span) if isinstance(entry, MapNode) else entry.span


def _read_choice(
    kinds: dict[str, type[NamedClass]], node: Node | None, what: str, parent: MapNode, log: Log
) -> NamedClass | None:
    known = ", ".join(f"`{kind}`" for kind in kinds)
    if node is None:
        log.error("A112", parent.span, f"`train` has no `{what}`", f"add `{what}: {{kind: …}}` with one of {known}")
        return None
    if not isinstance(node, MapNode) or not isinstance(node.entries.get("kind"), ScalarNode):
        word = node.text if isinstance(node, ScalarNode) else ""
        near = nearest(word, kinds, _WORDS, alike=SURE) if word else None
        wanted = [name for name in fields_of(kinds[near]) if name not in defaults_of(kinds[near])] if near else []
        example = ", ".join([f"kind: {near}", *(f"{name}: …" for name in wanted)])
        help = f"write `{what}: {{{example}}}`" if near else f"its kinds are {known}"
        log.error("A111", node.span, f"`{what}` takes a kind and its values, not {described(node)}", help)
        return None
    kind = node.entries["kind"]
    assert isinstance(kind, ScalarNode)
    meant: str | None = kind.text
    if kind.text not in kinds:
        log.error("A113", kind.span, f"there is no {what} `{kind.text}`", suggested(kind.text, kinds, _WORDS) or known)
        meant = nearest(kind.text, kinds, _WORDS, alike=SURE)
    if meant is None:
        return None
    rest = MapNode({k: v for k, v in node.entries.items() if k != "kind"}, node.keys, node.span)
    return _read_record(kinds[meant], rest, f"`{meant}`", log)


R = TypeVar("R", bound=Record)


def _read_record(cls: type[R], node: Node, what: str, log: Log) -> R | None:
    if not isinstance(node, MapNode):
        log.error("A111", node.span, f"{what} takes a mapping", f"its keys are {', '.join(fields_of(cls))}")
        return None
    fields = fields_of(cls)
    sound = node.entries.keys() <= fields.keys()
    node, unsure = known_keys(node, fields, what, log, _FOREIGN, _LESSONS_OF_PARTS)
    values = {}
    for name, field in fields.items():
        if name in node.entries:
            try:
                values[name] = read_constant(field, node.entries[name], name, log)
            except Unreadable:
                sound = False
        elif name not in defaults_of(cls) and name not in unsure:
            log.error("A112", node.span, f"{what} has no `{name}`", f"add `{name}:` with {field.describe()}")
            sound = False
    return cls(**values) if sound else None


_LESSONS = {
    "lr": "it belongs to the optimizer: `optimizer: {kind: adam, lr: 0.001}`",
    "learning_rate": "it belongs to the optimizer: `optimizer: {kind: adam, lr: 0.001}`",
    "loss": "remove it: the generated training has its own",
    "metrics": "remove it: the generated training has its own",
    "warmup_epochs": "write `warmup: {epochs: …}`",
    "lr_warmup_epochs": "write `warmup: {epochs: …}`",
    "warmup_steps": "write `warmup: {steps: …}`",
    "ema_decay": "write `ema: {decay: …}`",
    "model_ema_decay": "write `ema: {decay: …}`",
    "mixup": "write `augment: {mixup_alpha: …}`",
    "cutmix": "write `augment: {cutmix_alpha: …}`",
}
_LESSONS_OF_PARTS = {
    "no_weight_decay": "write `norm_weight_decay: 0` and `bias_weight_decay: 0`",
    "auto_augment": "remove it: the generated training has no policies of augmentation",
}
_FOREIGN = {"learning_rate": "lr", "batch": "batch_size", "scheduler": "schedule", "l2": "weight_decay"}
_FOREIGN |= {"lr_scheduler": "schedule", "lr_schedule": "schedule", "model_ema": "ema", "wd": "weight_decay"}
_FOREIGN |= {"smoothing": "label_smoothing", "clip_grad": "clip_grad_norm", "grad_clip": "clip_grad_norm"}
_FOREIGN |= {"gradient_clip_val": "clip_grad_norm", "max_grad_norm": "clip_grad_norm"}
_FOREIGN |= {"mixup": "mixup_alpha", "cutmix": "cutmix_alpha", "random_erase": "random_erasing"}
_WORDS = {"cosine": "cosine_annealing_lr", "cosineannealinglr": "cosine_annealing_lr", "step": "step_lr"}
_WORDS |= {"steplr": "step_lr", "multistep": "multi_step_lr", "multisteplr": "multi_step_lr", "poly": "polynomial_lr"}
_WORDS |= {"polynomial": "polynomial_lr", "linear": "linear_lr", "exponential": "exponential_lr"}
_WORDS |= {"plateau": "reduce_lr_on_plateau"}
