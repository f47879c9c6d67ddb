"""What is given from outside in place of what a spec says: values of its ``let``, and the sizes of its input.

There is one way of reading it, whether it comes from the command line or from Python: a text is what it would be in
the file, and a number of Python's is the number that it prints as.
"""

from __future__ import annotations

import numbers
import operator
from collections.abc import Iterable, Mapping, Set, Sized
from decimal import Decimal
from fractions import Fraction
from typing import Protocol, SupportsIndex, TypeAlias, cast

from archcalc.diagnostics.errors import ArchcalcError
from archcalc.diagnostics.log import Log
from archcalc.diagnostics.spelling import did_you_mean
from archcalc.language.arithmetic import ExprError
from archcalc.language.expressions import MAX_VALUE, parsed
from archcalc.language.nodes import ListNode
from archcalc.language.scalars import scalar_value
from archcalc.layers.size_fields import MAX_SIZE
from archcalc.spec.field_values import exact
from archcalc.spec.let import is_unset
from archcalc.spec.meant_values import FLAGS, number_meant
from archcalc.spec.model import Spec

Setting: TypeAlias = int | Fraction | bool
"""What a name of ``let`` can be given: an exact number, or a truth."""

MAX_AXES = 4
"""How many sizes an input has at most, without the batch."""


class SettingError(ArchcalcError, ValueError):
    """What was given does not fit the spec, or is none of what can be given: a setting, an input, a preset."""


def read_settings(settings: Mapping[str, object] | None) -> dict[str, Setting]:
    """Settings as exact values, by name. Raises SettingError."""
    if settings is None:
        return {}
    if not isinstance(settings, Mapping):
        raise SettingError(f"`settings` takes values of `let` by name, {{'classes': 10}}, not {shown(settings)}")
    for name in settings:
        if not isinstance(name, str):
            raise SettingError(f"`settings` takes names of `let`, such as 'classes', not {shown(name)}")
    return {name: read_setting(name, value) for name, value in settings.items()}


def read_setting(name: str, value: object) -> Setting:
    """What a setting gives the name of ``let``: a number, exactly, or a truth.

    A text is read as it stands in the file: ``0.75`` and ``3/4`` are 3/4, ``true`` is a truth, and any other
    expression is refused, as names stand for nothing outside. A float
    is the decimal that it prints as, so 0.75 is 3/4 too; so are numpy's. A truth is never the number 1, nor 1 a
    truth, while ``1``, ``1.0``, 1 and 1.0 are the same number. Raises SettingError for whatever is neither, and for
    a number beyond ±10**18.
    """
    read = exact_value(value)
    if read is None:
        raise SettingError(f"`{name}` takes a number up to ±10**18, true or false, not {shown(value)}{_meant(value)}")
    return read


def read_input(given: object) -> tuple[int, ...] | dict[str, tuple[int, ...]] | None:
    """The sizes of an input, ``(3, 224, 224)`` or ``"3,224,224"``; ``None`` is none.

    Of inputs that have names it is the sizes of each: ``{"pixels": (3, 224, 224)}`` or ``"pixels=3,224,224"``.
    Each size is read as a setting is, so 224.0, ``"224"`` and ``Fraction(224)`` are 224. Raises SettingError.
    """
    if isinstance(given, str) and "=" in given:
        name, _, text = given.partition("=")
        given = {name.strip(): text}
    if isinstance(given, Mapping) and given and all(isinstance(sizes, Iterable) for sizes in given.values()):
        for name in given:
            if not isinstance(name, str):
                raise SettingError(f"the input takes sizes by the names of inputs, not {shown(name)}")
        return {name: read_sizes(sizes) for name, sizes in given.items()}
    return None if given is None else read_sizes(given)


def read_sizes(given: object) -> tuple[int, ...]:
    """The sizes of one input. Raises SettingError."""
    sizes: list[object] = []
    if isinstance(given, str):
        sizes += (part.strip() for part in given.split(",")) if given.strip() else ()
    elif isinstance(given, Iterable) and not is_unordered(given) and getattr(given, "shape", None) != ():
        sizes += list(given)
    if not 1 <= len(sizes) <= MAX_AXES:
        what = f"the input takes the 1 to {MAX_AXES} sizes of one sample, without the batch, such as 3,224,224"
        raise SettingError(f"{what}, not {shown(given)}")
    return tuple(_input_size(size, given if len(sizes) > 1 and isinstance(given, Sized) else None) for size in sizes)


def _input_size(given: object, among: object) -> int:
    """One size of an input. Raises SettingError, which repeats it as it is given ``among`` others."""
    size = whole_size(given)
    if size is None:
        what = f"the input takes sizes that are whole numbers from 1 to {MAX_SIZE:,}, such as 3,224,224"
        raise SettingError(f"{what}, not {shown(given)}" + (f" in {shown(among)}" if among is not None else ""))
    return size


def whole_size(given: object) -> int | None:
    """The whole number from 1 on that a value is, exactly, as the size of an axis; ``None`` where it is none."""
    size = exact_value(given)
    if size is None or isinstance(size, bool) or size.denominator != 1 or not 1 <= size <= MAX_SIZE:
        return None
    return int(size)


def exact_value(value: object) -> Setting | None:
    """The number or the truth that a value is, exactly; ``None`` where it is neither, or beyond ±10**18."""
    value = native(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        read = scalar_value(value.strip())
        return read if isinstance(read, bool) else _number_or_quotient(value.strip())
    if isinstance(value, float):
        return exact(repr(value))
    if isinstance(value, (int, Fraction)):
        return value if -MAX_VALUE <= value <= MAX_VALUE else None
    return None


def _number_or_quotient(text: str) -> Setting | None:
    """The number that a text spells, alone or as a quotient of two: ``3/4``. What divides by zero is none."""
    parts = [exact(part.strip()) for part in text.split("/")]
    if any(part is None for part in parts) or not 1 <= len(parts) <= 2:
        return None
    over, under = parts[0], parts[-1] if len(parts) == 2 else 1
    assert over is not None
    assert under is not None
    quotient = Fraction(over) / Fraction(under) if under else None
    if quotient is None or not -MAX_VALUE <= quotient <= MAX_VALUE:
        return None
    return over if len(parts) == 1 else int(quotient) if quotient.denominator == 1 else quotient


class _Scalar(Protocol):
    """numpy's scalars and arrays without an axis, and torch's."""

    def item(self) -> object: ...


def native(value: object) -> object:
    """A number, a truth or a text of numpy's, or of whoever's, as Python's own; anything else as it is."""
    if value is None or type(value) in (bool, int, float, str, Fraction):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, float):
        return float(value)
    try:
        if isinstance(value, Decimal):
            # Of a huge exponent the fraction would be as long.
            return Fraction(value) if value.is_finite() and abs(value.adjusted()) < _DIGITS else value
        if isinstance(value, numbers.Integral):
            return int(value)
        if isinstance(value, numbers.Rational):
            return Fraction(int(value.numerator), int(value.denominator))
        if isinstance(value, numbers.Real):
            # What a float of 32 bits prints as is not what the float of 64 bits does that is equal to it.
            read = exact(str(value))
            return value if read is None else read
        # numpy's truths, and arrays without an axis. What is masked has no value.
        if getattr(value, "shape", None) == ():
            item = value if getattr(value, "mask", False) else cast(_Scalar, value).item()
            return value if type(item) is type(value) else native(item)
        return operator.index(cast(SupportsIndex, value))
    except (TypeError, ValueError, AttributeError, RuntimeError, ArithmeticError):
        return value


_DIGITS = 400
"""How many digits a float may have before or behind its point."""


def field_value(value: object) -> object:
    """A value for a field of a layer, as the file has it: a text is what it is there, so ``"2"`` is 2."""
    value = native(value)
    if isinstance(value, str):
        return scalar_value(value.strip())
    if isinstance(value, Iterable) and not is_unordered(value):
        return [field_value(one) for one in value]
    return value


def is_unordered(values: object) -> bool:
    """Whether something that can be gone through is no list of values."""
    return isinstance(values, (str, bytes, bytearray, memoryview, Mapping, Set))


def setting_text(value: Setting) -> str:
    """A setting as a spec writes it: a fraction as a decimal where one is the same number."""
    if isinstance(value, bool):
        return "true" if value else "false"
    decimal = str(float(value))
    is_decimal = value.denominator > 1 and Fraction(decimal) == value
    return decimal if is_decimal else str(value)


def shown(value: object) -> str:
    """A value as a message repeats it to whoever gave it."""
    try:
        text = value if isinstance(value, str) else repr(value)
    except Exception:  # whatever an object of the caller's, or a number of too many digits, raises
        return f"such a value of type `{type(value).__name__}`"
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return f"`{text[:_SHOWN]}{'…' * (len(text) > _SHOWN)}`" if text else "an empty text"


_SHOWN = 60


def _meant(value: object) -> str:
    """What to write for a text that surely means a number or a truth."""
    if not isinstance(value, str):
        return ""
    truth = FLAGS.get(value.strip().lower())
    if truth is not None:
        return f": write {'true' if truth else 'false'}"
    help, meant = number_meant(value)
    if help and not isinstance(meant, list):
        return f": {help}"
    parts = [exact(part.strip()) for part in value.split("/")]
    if None not in parts and len(parts) <= 2:
        return ": it divides by zero" if parts[1:] == [0] else ""
    return _NO_OTHER if _is_expression(value) else ""


_NO_OTHER = ": outside the spec names stand for nothing, and of expressions only a quotient of two numbers is read, 3/4"


def _is_expression(text: str) -> bool:
    """Whether a text is more of an expression than a word, or a number with its sign."""
    try:
        return type(parsed(text)).__name__ not in ("Name", "Constant", "UnaryOp")
    except ExprError:
        return False


def refuse_unknown(settings: Mapping[str, object], spec: Spec) -> None:
    """Raise SettingError for a setting that the spec's ``let`` does not name."""
    for name in settings:
        if name not in spec.let:
            known = ", ".join(spec.let) or "nothing"
            guess = did_you_mean(name, spec.let) or f"it names {known}"
            raise SettingError(f"{spec.file}: `let` does not name `{name}`; {guess}")
        lets = [spec.let, *(member.let for member in spec.presets.values())]
        if any(isinstance(let.get(name), ListNode) for let in lets):
            help = "change it in the file, or state another one in a preset"
            raise SettingError(f"{spec.file}: `{name}` is a list, and a setting is a number or a truth: {help}")


def chosen(spec: Spec, preset: str | None, settings: Mapping[str, object], log: Log) -> Spec:
    """The member of a family that was asked for. Raises SettingError for one that it has not."""
    if preset is None:
        unset = [name for name, node in spec.let.items() if name not in settings and is_unset(node)]
        if unset and spec.presets:
            message = f"this is a family of networks: `{unset[0]}` has no value before a preset is chosen"
            log.error("A314", spec.let[unset[0]].span, message, f"choose one of {', '.join(spec.presets)}")
            for name in unset:
                log.settle(spec.let[name].span)
        return spec
    if not isinstance(preset, str):
        raise SettingError(f"`preset` takes the name of a member of the family, not {shown(preset)}")
    if preset not in spec.presets:
        known = f"it has {', '.join(spec.presets)}" if spec.presets else "it has none"
        raise SettingError(f"{spec.file} has no preset `{preset}`; {did_you_mean(preset, spec.presets) or known}")
    return spec.chosen(preset)
