"""What a recipe is made of, with torch's names: an optimizer, its schedule, and what changes images."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from archcalc.diagnostics.model import Span
from archcalc.layers.fields import Choice, Field, FieldError, Flag, Real, said
from archcalc.layers.record import Record, defaults_of, fields_of
from archcalc.layers.size_fields import Listed, Size
from archcalc.spec.initialisation import NOT_NEGATIVE, POSITIVE

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

EPOCH, STEP = "epoch", "step"

UNIT = Real(0.0, 1.0)
SHARE = Real(0.0, 1.0, above=True)


class Betas(Field, frozen=True):
    """Two numbers from 0 up to, and without, 1."""

    def read(self, value: object, axes: int) -> tuple[float, ...]:
        if not isinstance(value, (list, tuple)):
            raise FieldError(f"takes {self.describe()}, not {said(value)}", wrong_type=True)
        if len(value) != 2:
            raise FieldError(f"takes {self.describe()}, not {len(value)}")
        read = [UNIT.read(one, axes) for one in value]
        if 1 in read:
            raise FieldError(f"takes {self.describe()}, not 1")
        return tuple(float(one) for one in read if one is not None)

    def describe(self) -> str:
        return "a list of two numbers from 0 to below 1"

    def values(self, axes: int) -> "SearchStrategy[object]":
        from hypothesis import strategies as st

        return st.tuples(st.floats(0, 0.999), st.floats(0, 0.999))


class NamedClass(Record):
    """A choice with arguments; ``kind`` is its name in a spec, the class's name is torch's.

    ``ours`` are the fields that are no arguments of torch's class.
    """

    kind: ClassVar[str]
    ours: ClassVar[tuple[str, ...]] = ()

    def stated(self) -> dict[str, object]:
        """The fields that differ from their defaults, and the required ones."""
        values = {name: getattr(self, name) for name in fields_of(type(self))}
        defaults = defaults_of(type(self))
        return {name: value for name, value in values.items() if name not in defaults or value != defaults[name]}

    def arguments(self) -> dict[str, object]:
        """What of that torch's class takes."""
        return {name: value for name, value in self.stated().items() if name not in self.ours}

    def contradictions(self) -> Iterator[tuple[str, str, str]]:
        """Fields that do not go together: the one that is too much, what is wrong, and a way out."""
        return iter(())


class Optimizer(NamedClass):
    """What all have. ``norm_weight_decay`` and ``bias_weight_decay`` take the place of ``weight_decay`` for some."""

    ours = ("norm_weight_decay", "bias_weight_decay")
    fused: ClassVar[bool] = True

    lr: Annotated[float, POSITIVE]
    norm_weight_decay: Annotated[float | None, NOT_NEGATIVE] = None
    bias_weight_decay: Annotated[float | None, NOT_NEGATIVE] = None

    @property
    def split(self) -> bool:
        """Whether not all parameters decay alike."""
        return self.norm_weight_decay is not None or self.bias_weight_decay is not None


class SGD(Optimizer):
    """torch.optim.SGD."""

    kind = "sgd"
    momentum: Annotated[float, NOT_NEGATIVE] = 0
    dampening: Annotated[float, NOT_NEGATIVE] = 0
    weight_decay: Annotated[float, NOT_NEGATIVE] = 0
    nesterov: Annotated[bool, Flag()] = False

    def contradictions(self) -> Iterator[tuple[str, str, str]]:
        if self.nesterov and not self.momentum:
            yield "nesterov", "`nesterov` looks ahead by the momentum, and there is none", "add `momentum: 0.9`"
        if self.nesterov and self.dampening:
            yield "dampening", "`nesterov` takes no `dampening`", "remove one of them"


class RMSprop(Optimizer):
    """torch.optim.RMSprop, which has no fused step."""

    kind = "rmsprop"
    fused = False
    alpha: Annotated[float, UNIT] = 0.99
    eps: Annotated[float, NOT_NEGATIVE] = 1e-8
    weight_decay: Annotated[float, NOT_NEGATIVE] = 0
    momentum: Annotated[float, NOT_NEGATIVE] = 0
    centered: Annotated[bool, Flag()] = False


class Adam(Optimizer):
    """torch.optim.Adam."""

    kind = "adam"
    betas: Annotated[tuple[float, ...], Betas()] = (0.9, 0.999)
    eps: Annotated[float, NOT_NEGATIVE] = 1e-8
    weight_decay: Annotated[float, NOT_NEGATIVE] = 0


class AdamW(Adam):
    """torch.optim.AdamW."""

    kind = "adamw"
    weight_decay: Annotated[float, NOT_NEGATIVE] = 0.01


class Schedule(NamedClass):
    """What all have. ``interval`` is after what the learning rate is set anew, and so what its values count."""

    ours = ("interval",)

    interval: Annotated[str, Choice(options=(EPOCH, STEP))] = EPOCH


class StepLR(Schedule):
    """torch.optim.lr_scheduler.StepLR."""

    kind = "step_lr"
    step_size: Annotated[int, Size()]
    gamma: Annotated[float, POSITIVE] = 0.1


class MultiStepLR(Schedule):
    """torch.optim.lr_scheduler.MultiStepLR."""

    kind = "multi_step_lr"
    milestones: Annotated[tuple[int, ...], Listed()]
    gamma: Annotated[float, POSITIVE] = 0.1

    def contradictions(self) -> Iterator[tuple[str, str, str]]:
        if [*self.milestones] != sorted({*self.milestones}):
            ascending = ", ".join(map(str, sorted({*self.milestones})))
            yield "milestones", "`milestones` do not follow each other", f"write `milestones: [{ascending}]`"


class ExponentialLR(Schedule):
    """torch.optim.lr_scheduler.ExponentialLR."""

    kind = "exponential_lr"
    gamma: Annotated[float, POSITIVE]


class CosineAnnealingLR(Schedule):
    """torch.optim.lr_scheduler.CosineAnnealingLR; without ``T_max`` it ends with the run."""

    kind = "cosine_annealing_lr"
    T_max: Annotated[int | None, Size()] = None
    eta_min: Annotated[float, NOT_NEGATIVE] = 0.0


class PolynomialLR(Schedule):
    """torch.optim.lr_scheduler.PolynomialLR; without ``total_iters`` it ends with the run."""

    kind = "polynomial_lr"
    total_iters: Annotated[int | None, Size()] = None
    power: Annotated[float, POSITIVE] = 1.0


class LinearLR(Schedule):
    """torch.optim.lr_scheduler.LinearLR; without ``total_iters`` it ends with the run."""

    kind = "linear_lr"
    start_factor: Annotated[float, SHARE] = 1.0 / 3
    end_factor: Annotated[float, UNIT] = 1.0
    total_iters: Annotated[int | None, Size()] = None


class ReduceLROnPlateau(NamedClass):
    """torch.optim.lr_scheduler.ReduceLROnPlateau, on the held-out loss; ``patience`` in epochs."""

    kind = "reduce_lr_on_plateau"
    factor: Annotated[float, SHARE] = 0.1
    patience: Annotated[int, Size(at_least=0)] = 10
    min_lr: Annotated[float, NOT_NEGATIVE] = 0


LENGTHS = ("T_max", "total_iters")
"""The fields that say over how long a schedule goes."""


class Warmup(Record):
    """The learning rate rises in a line to what the schedule begins with: torch's LinearLR, in epochs or steps."""

    epochs: Annotated[int | None, Size()] = None
    steps: Annotated[int | None, Size()] = None
    start_factor: Annotated[float, SHARE] = 0.01


class Average(Record):
    """An exponential moving average of the weights, of which each ``steps``-th step takes a part."""

    decay: Annotated[float, UNIT]
    steps: Annotated[int, Size()] = 1


class Augment(Record):
    """What happens to training images.

    ``resize`` is the shorter side before cropping, in pixels, of all images. ``random_erasing`` is a share of images,
    ``mixup_alpha`` and ``cutmix_alpha`` are what a batch is mixed by: of both, each batch takes one.
    """

    resize: Annotated[int | None, Size()] = None
    random_crop: Annotated[bool, Flag()] = False
    random_resized_crop: Annotated[bool, Flag()] = False
    horizontal_flip: Annotated[bool, Flag()] = False
    lighting: Annotated[float, NOT_NEGATIVE] = 0.0
    random_erasing: Annotated[float, UNIT] = 0.0
    mixup_alpha: Annotated[float, NOT_NEGATIVE] = 0.0
    cutmix_alpha: Annotated[float, NOT_NEGATIVE] = 0.0

    @property
    def mixes(self) -> bool:
        return self.mixup_alpha > 0 or self.cutmix_alpha > 0


class Run(Record):
    """What a recipe has beside its parts."""

    batch_size: Annotated[int, Size()]
    epochs: Annotated[int, Size()]
    label_smoothing: Annotated[float, UNIT] = 0.0
    clip_grad_norm: Annotated[float | None, POSITIVE] = None


class Training(Record):
    """A training recipe. The spans are where its batch, and what changes images, are said."""

    optimizer: Optimizer
    run: Run
    schedule: Schedule | ReduceLROnPlateau | None = None
    warmup: Warmup | None = None
    ema: Average | None = None
    augment: Augment = Augment()
    source: str | None = None
    batch_span: Span | None = None
    augment_span: Span | None = None

    @property
    def batch_size(self) -> int:
        return self.run.batch_size

    @property
    def by_step(self) -> bool:
        """Whether the learning rate is set anew after each step."""
        if isinstance(self.schedule, Schedule):
            return self.schedule.interval == STEP
        return self.warmup is not None and self.warmup.steps is not None

    @property
    def ends_with_the_run(self) -> bool:
        """Whether the schedule follows from how many epochs there are."""
        return isinstance(self.schedule, Schedule) and any(getattr(self.schedule, name, 0) is None for name in LENGTHS)


def known(kinds: Sequence[type[NamedClass]]) -> dict[str, type[NamedClass]]:
    return {cls.kind: cls for cls in kinds}


OPTIMIZERS = known([SGD, RMSprop, Adam, AdamW])
SCHEDULES = known([StepLR, MultiStepLR, ExponentialLR, CosineAnnealingLR, PolynomialLR, LinearLR, ReduceLROnPlateau])
