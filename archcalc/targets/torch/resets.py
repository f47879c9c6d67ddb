"""How ``reset_parameters`` starts tensors: those of all layers of a class in one loop, and others by name."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache

from archcalc.analysis.walk import Facts, LayerFacts
from archcalc.spec.initialisation import Start
from archcalc.spec.model import Spec
from archcalc.targets.python import source
from archcalc.targets.python.source import Code
from archcalc.targets.torch.own_classes import own_class
from archcalc.targets.torch.starts import Started, starts

FEW = 8
"""So many names are told one by one."""

HOLDERS = {"nn.MultiheadAttention": "nn.Linear"}
"""Classes of torch with a module of another class inside."""


def resets(spec: Spec, facts: Facts) -> list[Code]:
    """The lines of ``reset_parameters``, from the body of the function on."""
    every = [*starts(spec, facts)]
    groups: dict[tuple[str, str], tuple[Start, list[Started]]] = {}
    for one in every:
        if one.start is not None:
            groups.setdefault((one.name, repr(one.start)), (one.start, []))[1].append(one)
    looped: list[str] = []
    named: list[str] = []
    seen: set[str] = set()
    for (tensor, _), (start, some) in groups.items():
        asked = _asked(some, every, facts) if tensor in ("weight", "bias") and tensor not in seen else None
        if asked:
            seen.add(tensor)
            looped += [f"    if {asked}:", f"        {_call(start, f'module.{tensor}')}"]
        else:
            named += _of_names(tensor, start, some)
    # What is told by name has been started with all of its class, and starts anew.
    return [Code(line) for line in [*(["for module in self.modules():"] if looped else []), *looped, *named]]


def _asked(some: list[Started], every: Iterable[Started], facts: Facts) -> str | None:
    """What a loop asks of a module to find these tensors; ``None`` where they are few, or it would find others, too."""
    tensor, start = some[0].name, some[0].start
    layers = [_classes(one.layer) for one in some]
    own = {found[0] for found in layers}
    wanted = {found[0] for found in layers if own.isdisjoint(found[1:])}
    listed = ", ".join(sorted(wanted))
    asked = f"isinstance(module, {listed if len(wanted) == 1 else f'({listed})'})"
    if tensor == "bias" or _may_lack(tensor, wanted, facts):
        asked += f" and module.{tensor} is not None"
    if len(some) <= FEW or len(f"if {asked}:") > source.WIDTH - 12:
        return None
    for one in every:
        found = _classes(one.layer)
        if not wanted.isdisjoint(HOLDERS[name] for name in found if name in HOLDERS):
            return None
        # What is started otherwise by the spec is so below; a tied tensor is the one that it is.
        apart = one.start is None if one.tied is None else one.tied.start != start
        if one.name == tensor and apart and not wanted.isdisjoint(found):
            return None
    return asked


def _may_lack(tensor: str, classes: Collection[str], facts: Facts) -> bool:
    """Whether some module of these classes has no such tensor: it is None there."""
    some = [one for one in facts.layers if tensor not in one.weights and one.step.layer and one.step.layer.is_module]
    return any(not set(classes).isdisjoint(_classes(one)) for one in some)


def _classes(layer: LayerFacts) -> list[str]:
    """What a layer's module is called in the code, and the class of torch that it is made from, if there is one."""
    made, xs = layer.step.layer, layer.arriving
    assert made is not None
    assert xs is not None
    name = made.torch(*xs).name
    return [name, *_bases(made.carried_file)] if made.carried else [f"nn.{name}"]


@cache
def _bases(file: str) -> tuple[str, ...]:
    found = [node for node in ast.parse(own_class(file)).body if isinstance(node, ast.ClassDef)]
    return tuple(ast.unparse(base) for node in found for base in node.bases if ast.unparse(base) != "nn.Module")


def _of_names(tensor: str, start: Start, some: Sequence[Started]) -> Iterator[str]:
    if len(some) == 1:
        (one,) = some
        name = source.literal(one.layer.key(tensor))
        yield _call(start, f"self.get_parameter({name})", 8)
        return
    parameter = f'self.get_parameter(f"{{name}}.{tensor}")' if tensor else "self.get_parameter(name)"
    yield source.rows([one.layer.name for one in some], 8, "for name in ", ":")
    yield f"    {_call(start, parameter, 12)}"


def _call(start: Start, parameter: str, indent: int = 16) -> str:
    arguments = {name: source.literal(value) for name, value in start.arguments.items()}
    return source.call(f"nn.init.{source.ident(start.function)}_", [parameter], arguments, indent)
