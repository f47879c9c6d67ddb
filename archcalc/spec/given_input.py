"""The input that is given from outside, as the sizes of a whole sample: of several inputs each by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.spelling import did_you_mean
from archcalc.sizes.rules import Shape, is_known, known_sizes
from archcalc.spec.let import let_values
from archcalc.spec.model import Spec
from archcalc.spec.settings import Setting, SettingError
from archcalc.spec.stated_input import input_shape_of

if TYPE_CHECKING:
    from archcalc.spec.model import InputSpec

Given: TypeAlias = Shape | dict[str, tuple[int, ...]]
"""The sizes of an input, or of each input by its name."""


def given_sample(spec: Spec, given: Given | None, settings: Mapping[str, Setting]) -> Shape | None:
    """The sizes of a sample: what is given, and of inputs that are not what the spec states. Raises SettingError."""
    if given is None or (isinstance(given, tuple) and not spec.inputs):
        return given
    if isinstance(given, tuple):
        if len(given) == len(spec.input):
            return given
        example = f"{spec.inputs[0].name}=3,224,224"
        raise SettingError(f"{spec.file} has inputs with names: give each by its own, such as {example}")
    if not spec.inputs:
        raise SettingError(f"{spec.file} has one input without a name: give its sizes alone, such as 3,224,224")
    log = Log(spec.file)
    stated = input_shape_of(spec, let_values(spec.let, settings, {}, log), log)
    if not is_known(*stated):
        # What is wrong with them is said where they are read.
        return None
    found: dict[int, int] = {}
    for name, sizes in given.items():
        one = _named(spec, name)
        if len(sizes) != len(one.axes):
            raise SettingError(f"`{name}` has {len(one.axes)} sizes, and {len(sizes)} were given")
        for axis, size in zip(one.axes, sizes, strict=True):
            if found.setdefault(axis, size) != size:
                raise SettingError(f"one axis of several inputs cannot be {found[axis]:,} and {size:,} at once")
    return tuple(found.get(axis, size) for axis, size in enumerate(known_sizes(stated)))


def _named(spec: Spec, name: str) -> InputSpec:
    for one in spec.inputs:
        if one.name == name:
            return one
    names = [one.name for one in spec.inputs]
    known = did_you_mean(name, names) or f"it has {', '.join(names)}"
    raise SettingError(f"{spec.file} has no input `{name}`; {known}")


def by_name(spec: Spec, sample: tuple[int, ...]) -> Given:
    """The sizes of a sample as they are given from outside."""
    return {one.name: tuple(sample[axis] for axis in one.axes) for one in spec.inputs} or sample


def option(given: Given) -> str:
    """What ``--input`` says of it."""
    if isinstance(given, tuple):
        return f"--input {','.join(map(str, given))}"
    return " ".join(f"--input {name}={','.join(map(str, sizes))}" for name, sizes in given.items())
