"""A spec's recipe to what train.py prints."""

from __future__ import annotations

from archcalc.spec.model import Spec
from archcalc.spec.training import AdamW, Augment, NamedClass, ReduceLROnPlateau, Training
from archcalc.targets.python import source
from archcalc.targets.python.source import Code

DEFAULT_TRAINING = Training(optimizer=AdamW(lr=1e-3), schedule=None, augment=Augment(), batch_size=32, epochs=10)
"""What ``train.py`` does where the spec has no ``train``; it says so."""


def plan_training(spec: Spec) -> dict[str, object]:
    training = spec.training or DEFAULT_TRAINING
    own = "The recipe is the spec's." if spec.training else "The spec has no recipe; this one is archcalc's default."
    schedule = training.schedule
    return {
        "training": training,
        "recipe_note": own,
        "recipe_source": "spec" if spec.training else "archcalc",
        "optimizer": _constructed(
            "torch.optim", training.optimizer, "self.model.parameters()", 17, {"lr": "options.lr", "fused": "True"}
        ),
        "schedule": schedule and _constructed("torch.optim.lr_scheduler", schedule, "self.optimizer", 16, {}),
        "watches_loss": isinstance(schedule, ReduceLROnPlateau),
    }


def _constructed(module: str, choice: NamedClass, of: str, before: int, instead: dict[str, str]) -> Code:
    """A call of torch's class of the choice's own name, ``instead`` in place of some arguments."""
    arguments = {name: source.literal(value) for name, value in choice.arguments().items()} | instead
    return source.call(f"{module}.{source.ident(type(choice).__name__)}", [of], arguments, 8, before)
