"""How a network starts and learns: the ``init`` and ``train`` of a spec, with torch's names."""

from typing import Annotated, Any, ClassVar, TypeVar

from msgspec import Struct

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span
from archcalc.diagnostics.spelling import SURE, nearest, suggested
from archcalc.language.mapping_keys import known_keys
from archcalc.language.nodes import MapNode, Node, ScalarNode
from archcalc.layers.fields import Field, Flag, Real
from archcalc.layers.record import Record, defaults_of, fields_of
from archcalc.layers.size_fields import Size
from archcalc.spec.field_values import NULLS, Unreadable, read_value
from archcalc.spec.let import names_in

POSITIVE = Real(0.0, above=True)
NOT_NEGATIVE = Real(0.0)


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


class Start(Struct, frozen=True):
    """How one tensor starts: a function of ``torch.nn.init`` without its ``_``, and its arguments."""

    function: str
    arguments: dict[str, float]


class Init(Struct, frozen=True):
    """How a layer's weight and bias start; ``None`` leaves torch's own."""

    weight: Start | None = None
    bias: Start | None = None


_STARTS: dict[str, dict[str, Field]] = {
    "normal": {"std": NOT_NEGATIVE, "mean": Real()},
    "trunc_normal": {"std": POSITIVE, "mean": Real()},
    "uniform": {"a": Real(), "b": Real()},
    "kaiming_normal": {"a": NOT_NEGATIVE},
    "kaiming_uniform": {"a": NOT_NEGATIVE},
    "xavier_normal": {"gain": POSITIVE},
    "xavier_uniform": {"gain": POSITIVE},
    "zeros": {},
    "ones": {},
}


def read_init(node: Node, log: Log) -> Init | None:
    """``{weight: {normal: {std: 0.01}}, bias: 1}``, or ``None`` with the fault in the log."""
    if not isinstance(node, MapNode):
        log.error("A111", node.span, "`init` takes `{weight: …, bias: …}`", "`init: {weight: kaiming_normal, bias: 0}`")
        return None
    node, _ = known_keys(node, ("weight", "bias"), "`init`", log)
    tensors = {name: _read_start(node.entries[name], log) for name in ("weight", "bias") if name in node.entries}
    return Init(**tensors)


def _is_word(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.text.isidentifier()


def _refuse_names(node: Node, field: Field, log: Log) -> None:
    """Raise Unreadable for an expression over names, once it is in the log."""
    names = sorted(names_in(node) - {*NULLS})
    if names:
        message = f"`{names[0]}` cannot stand here: `train` and `init` take numbers, and no names of `let`"
        log.error("A303", node.span, message, f"write {field.describe()}")
        raise Unreadable


def _read(field: Field, node: Node, what: str, log: Log) -> Any:
    """The value of a field, where no name is known. Raises Unreadable once the fault is in the log."""
    if not (isinstance(field, Flag) and _is_word(node)):
        _refuse_names(node, field, log)
    return read_value(field, node, what, 1, {}, log)


def _read_start(node: Node, log: Log) -> Start | None:
    if isinstance(node, ScalarNode) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        try:
            return Start("constant", {"val": _read(Real(), node, "init", log)})
        except Unreadable:
            return None
    if isinstance(node, ScalarNode) and isinstance(node.value, str) and not _is_word(node):
        try:
            _refuse_names(node, Real(), log)
        except Unreadable:
            return None
    if isinstance(node, ScalarNode) and isinstance(node.value, str):
        name, arguments = node.value, None
    elif isinstance(node, MapNode) and len(node.entries) == 1:
        ((name, arguments),) = node.entries.items()
    else:
        log.error("A111", node.span, "takes a number, a word, or `{normal: {std: 0.01}}`")
        return None
    if name not in _STARTS:
        known = ", ".join(f"`{known}`" for known in _STARTS)
        log.error("A113", node.span, f"there is no initialisation `{name}`", suggested(name, _STARTS) or known)
        return None
    allowed = _STARTS[name]
    if arguments is None:
        return Start(name, {})
    if not isinstance(arguments, MapNode):
        log.error("A111", arguments.span, f"`{name}` takes {', '.join(f'`{key}`' for key in allowed)} as a mapping")
        return None
    arguments, _ = known_keys(arguments, allowed, f"`{name}`", log)
    values: dict[str, float] = {}
    for key, value in arguments.entries.items():
        try:
            values[key] = _read(allowed[key], value, key, log)
        except Unreadable:
            return None
    return Start(name, values)


def read_training(node: Node, log: Log) -> Training | None:
    """The ``train`` of a spec, or ``None`` with its faults in the log."""
    if not isinstance(node, MapNode):
        log.error("A111", node.span, "`train` takes a mapping", f"its keys are {', '.join(TRAIN_KEYS)}")
        return None
    node, _ = known_keys(node, TRAIN_KEYS, "`train`", log, _FOREIGN)
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
        log.error("A111", node.span, f"`{what}` takes `{{kind: …}}` with its arguments", f"its kinds are {known}")
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
                values[name] = _read(field, node.entries[name], name, log)
            except Unreadable:
                sound = False
        elif name not in defaults_of(cls) and name not in unsure:
            log.error("A112", node.span, f"{what} has no `{name}`", f"add `{name}:` with {field.describe()}")
            sound = False
    return cls(**values) if sound else None


_FOREIGN = {"learning_rate": "lr", "batch": "batch_size", "scheduler": "schedule", "l2": "weight_decay"}
