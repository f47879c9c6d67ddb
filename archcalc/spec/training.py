"""How a network learns: the ``train`` of a spec, with torch's names."""

from typing import Annotated, ClassVar, TypeVar

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span
from archcalc.diagnostics.spelling import SURE, nearest, suggested
from archcalc.language.mapping_keys import described, known_keys
from archcalc.language.nodes import MapNode, Node, ScalarNode
from archcalc.layers.fields import Flag, Real
from archcalc.layers.record import Record, defaults_of, fields_of
from archcalc.layers.size_fields import Size
from archcalc.spec.field_values import Unreadable
from archcalc.spec.initialisation import NOT_NEGATIVE, POSITIVE, read_constant


class NamedClass(Record):
    """A choice with arguments; ``kind`` is its name in a spec, the class's name is torch's."""

    kind: ClassVar[str]

    def arguments(self) -> dict[str, object]:
        """The arguments that differ from torch's defaults, and the required ones."""
        values = {name: getattr(self, name) for name in fields_of(type(self))}
        defaults = defaults_of(type(self))
        return {name: value for name, value in values.items() if name not in defaults or value != defaults[name]}


class SGD(NamedClass):
    """torch.optim.SGD."""

    kind = "sgd"
    lr: Annotated[float, POSITIVE]
    momentum: Annotated[float, NOT_NEGATIVE] = 0
    dampening: Annotated[float, NOT_NEGATIVE] = 0
    weight_decay: Annotated[float, NOT_NEGATIVE] = 0
    nesterov: Annotated[bool, Flag()] = False


class Adam(NamedClass):
    """torch.optim.Adam."""

    kind = "adam"
    lr: Annotated[float, POSITIVE]
    eps: Annotated[float, NOT_NEGATIVE] = 1e-8
    weight_decay: Annotated[float, NOT_NEGATIVE] = 0


class AdamW(NamedClass):
    """torch.optim.AdamW."""

    kind = "adamw"
    lr: Annotated[float, POSITIVE]
    eps: Annotated[float, NOT_NEGATIVE] = 1e-8
    weight_decay: Annotated[float, NOT_NEGATIVE] = 0.01


class StepLR(NamedClass):
    """torch.optim.lr_scheduler.StepLR; ``step_size`` in epochs."""

    kind = "step_lr"
    step_size: Annotated[int, Size()]
    gamma: Annotated[float, POSITIVE] = 0.1


class CosineAnnealingLR(NamedClass):
    """torch.optim.lr_scheduler.CosineAnnealingLR; ``T_max`` in epochs."""

    kind = "cosine_annealing_lr"
    T_max: Annotated[int, Size()]
    eta_min: Annotated[float, NOT_NEGATIVE] = 0.0


class ReduceLROnPlateau(NamedClass):
    """torch.optim.lr_scheduler.ReduceLROnPlateau, on the held-out loss; ``patience`` in epochs."""

    kind = "reduce_lr_on_plateau"
    factor: Annotated[float, Real(0.0, 1.0, above=True)] = 0.1
    patience: Annotated[int, Size(at_least=0)] = 10
    min_lr: Annotated[float, NOT_NEGATIVE] = 0


class Augment(Record):
    """What happens to a training image. ``resize`` is the shorter side before cropping, in pixels."""

    resize: Annotated[int | None, Size()] = None
    random_crop: Annotated[bool, Flag()] = False
    horizontal_flip: Annotated[bool, Flag()] = False


class _Run(Record):
    batch_size: Annotated[int, Size()]
    epochs: Annotated[int, Size()]


OPTIMIZERS: dict[str, type[NamedClass]] = {cls.kind: cls for cls in (SGD, Adam, AdamW)}
SCHEDULES: dict[str, type[NamedClass]] = {cls.kind: cls for cls in (StepLR, CosineAnnealingLR, ReduceLROnPlateau)}
TRAIN_KEYS = ("optimizer", "schedule", "augment", "batch_size", "epochs")


class Training(Record):
    """A training recipe; ``batch_span`` is where its batch is said."""

    optimizer: NamedClass
    schedule: NamedClass | None
    augment: Augment
    batch_size: int
    epochs: int
    batch_span: Span | None = None


def read_training(node: Node, log: Log) -> Training | None:
    """The ``train`` of a spec, or ``None`` with its errors in the log."""
    if not isinstance(node, MapNode):
        log.error("A111", node.span, "`train` takes a mapping", f"its keys are {', '.join(TRAIN_KEYS)}")
        return None
    node, _ = known_keys(node, TRAIN_KEYS, "`train`", log, _FOREIGN, _LESSONS)
    entries = node.entries
    run_only = MapNode({k: v for k, v in entries.items() if k in fields_of(_Run)}, node.keys, node.span)
    run = _read_record(_Run, run_only, "`train`", log)
    optimizer = _read_choice(OPTIMIZERS, entries.get("optimizer"), "optimizer", node, log)
    schedule = None
    if "schedule" in entries:
        schedule = _read_choice(SCHEDULES, entries["schedule"], "schedule", node, log)
    augment: Augment | None = Augment()
    if "augment" in entries:
        augment = _read_record(Augment, entries["augment"], "`augment`", log)
    if run is None or optimizer is None or augment is None:
        return None
    return Training(
        optimizer=optimizer,
        schedule=schedule,
        augment=augment,
        batch_size=run.batch_size,
        epochs=run.epochs,
        batch_span=entries["batch_size"].span,
    )


def _read_choice(
    kinds: dict[str, type[NamedClass]], node: Node | None, what: str, parent: MapNode, log: Log
) -> NamedClass | None:
    known = ", ".join(f"`{kind}`" for kind in kinds)
    if node is None:
        log.error("A112", parent.span, f"`train` has no `{what}`", f"add `{what}: {{kind: …}}` with one of {known}")
        return None
    if not isinstance(node, MapNode) or not isinstance(node.entries.get("kind"), ScalarNode):
        word = node.text if isinstance(node, ScalarNode) else ""
        near = nearest(word, kinds, alike=SURE) if word else None
        wanted = [name for name in fields_of(kinds[near]) if name not in defaults_of(kinds[near])] if near else []
        example = ", ".join([f"kind: {near}", *(f"{name}: …" for name in wanted)])
        help = f"write `{what}: {{{example}}}`" if near else f"its kinds are {known}"
        log.error("A111", node.span, f"`{what}` takes a kind and its values, not {described(node)}", help)
        return None
    kind = node.entries["kind"]
    assert isinstance(kind, ScalarNode)
    meant: str | None = kind.text
    if kind.text not in kinds:
        log.error("A113", kind.span, f"there is no {what} `{kind.text}`", suggested(kind.text, kinds) or known)
        meant = nearest(kind.text, kinds, alike=SURE)
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
    node, unsure = known_keys(node, fields, what, log, _FOREIGN)
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
}
_FOREIGN = {"learning_rate": "lr", "batch": "batch_size", "scheduler": "schedule", "l2": "weight_decay"}
