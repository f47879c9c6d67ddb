"""A spec's recipe to what recipe.py prints, and to what the rest of the training code asks of it."""

from __future__ import annotations

from archcalc.layers.record import Record, fields_of
from archcalc.spec.model import Spec
from archcalc.spec.recipe import (
    LENGTHS,
    AdamW,
    NamedClass,
    Optimizer,
    ReduceLROnPlateau,
    Run,
    Training,
    Warmup,
)
from archcalc.targets.python import source
from archcalc.targets.python.source import Code

DEFAULT_TRAINING = Training(optimizer=AdamW(lr=1e-3), run=Run(batch_size=32, epochs=10))
"""What ``train.py`` does where the spec has no ``train``; it says so."""


def plan_training(spec: Spec, frozen: bool) -> dict[str, object]:
    training = spec.training or DEFAULT_TRAINING
    own = "The recipe is the spec's." if spec.training else "The spec has no recipe; this one is archcalc's default."
    if training.source:
        own = f"The recipe is the spec's: {training.source.rstrip('.')}."
    schedule, over = training.schedule, training.schedule or training.warmup
    optimizer = source.ident(type(training.optimizer).__name__)
    return {
        "training": training,
        "recipe_note": own,
        "recipe_source": "spec" if spec.training else "archcalc",
        "recipe": source.mapping(_stated(training), 0),
        "optimizer_class": optimizer,
        "optimizer_imports": Code(", ".join(sorted({optimizer, *(["Optimizer"] if over else [])}, key=_as_sorted))),
        "optimizer": _optimizer(training.optimizer, frozen),
        "smoothing": training.run.label_smoothing,
        "decays": _decays(training.optimizer),
        "schedule": _schedule(training),
        "watches_loss": isinstance(schedule, ReduceLROnPlateau),
        "tested": Code("average.module" if training.ema else "model"),
        "by_step": training.by_step,
        "ends_with_the_run": training.ends_with_the_run,
    }


def _as_sorted(name: str) -> tuple[bool, str]:
    """As imports are sorted: what is in capitals goes first."""
    return not name.isupper(), name


def _stated(training: Training) -> dict[str, object]:
    """All that a recipe says, and that no option of ``train.py`` does."""
    found: dict[str, object] = {} if training.source is None else {"source": training.source}
    for name in ("optimizer", "schedule", "warmup", "ema", "augment"):
        part = getattr(training, name)
        if isinstance(part, NamedClass):
            found[name] = {"kind": part.kind} | {key: value for key, value in part.stated().items() if key != "lr"}
        elif isinstance(part, Record):
            values = {key: getattr(part, key) for key in fields_of(type(part))}
            said = {key: value for key, value in values.items() if value not in (None, False)}
            found |= {name: said} if said else {}
    if training.run.label_smoothing:
        found["label_smoothing"] = training.run.label_smoothing
    if training.run.clip_grad_norm is not None:
        found["clip_grad_norm"] = training.run.clip_grad_norm
    return found


def _optimizer(optimizer: Optimizer, frozen: bool) -> Code:
    arguments = {name: source.literal(value) for name, value in optimizer.arguments().items()} | {"lr": "lr"}
    if optimizer.fused:
        arguments["fused"] = "True"
    every = "[one for one in model.parameters() if one.requires_grad]" if frozen else "model.parameters()"
    parameters = "groups(model)" if optimizer.split else every
    return source.call(source.ident(type(optimizer).__name__), [parameters], arguments, 4, 7)


def _decays(optimizer: Optimizer) -> Code:
    """How much each group of parameters decays."""
    decays = {
        "other": getattr(optimizer, "weight_decay", 0),
        "norm": optimizer.norm_weight_decay,
        "bias": optimizer.bias_weight_decay,
    }
    stated = [f"{source.literal(name)}: {source.literal(value)}" for name, value in decays.items() if value is not None]
    return Code("{" + ", ".join(stated) + "}")


def _schedule(training: Training) -> dict[str, object] | None:
    """What makes the schedule: the main one, the warm-up before it, and what they follow from."""
    main, warmup = training.schedule, training.warmup
    if main is None and warmup is None:
        return None
    by_step, ends = training.by_step, training.ends_with_the_run
    in_steps = by_step and warmup is not None and warmup.epochs is not None
    whole = "epochs * steps" if by_step else "epochs"
    length = source.literal((warmup.epochs or warmup.steps) if warmup else 0)
    if in_steps:
        length = Code("steps" if length == "1" else f"{length} * steps")
    classes = {"LinearLR", *(["SequentialLR"] if main else [])} if warmup else set()
    classes |= {type(main).__name__} if main else set()
    return {
        "classes": Code(", ".join(sorted(map(source.ident, classes)))),
        "type": source.ident("SequentialLR" if main and warmup else type(main).__name__ if main else "LinearLR"),
        "epochs": ends,
        "steps": (by_step and ends) or in_steps,
        "warmup": length,
        "rise": warmup and _rise(warmup, "warmup" if main else length),
        "main": main and _main(main, f"max(1, {whole} - warmup)" if warmup else whole, 7),
    }


def _rise(warmup: Warmup, length: str) -> Code:
    arguments = {"start_factor": source.literal(warmup.start_factor), "total_iters": length}
    return source.call("LinearLR", ["optimizer"], arguments, 4, 7)


def _main(main: NamedClass, whole: str, before: int) -> Code:
    """The call that makes the main schedule, over the ``whole`` where the spec does not say over how long."""
    arguments = {name: source.literal(value) for name, value in main.arguments().items()}
    arguments |= {name: source.Code(whole) for name in LENGTHS if getattr(main, name, 0) is None}
    return source.call(source.ident(type(main).__name__), ["optimizer"], arguments, 4, before)
