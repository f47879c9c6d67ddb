"""What the formulas of a network are, and what they are asked: their values at sizes, and whether they hold there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import lcm
from operator import index
from typing import TYPE_CHECKING, overload

from msgspec import Struct
from sympy import Expr, Symbol

from archcalc.analysis.batch_laws import BatchLaw
from archcalc.diagnostics.errors import ArchcalcError
from archcalc.diagnostics.json_object import JsonObject
from archcalc.diagnostics.libraries import library
from archcalc.diagnostics.shown import Tabled
from archcalc.diagnostics.spelling import did_you_mean
from archcalc.layers.outcome import MOST_BYTES
from archcalc.sizes import symbolic
from archcalc.sizes.bounds import Validity
from archcalc.sizes.notation import python_code
from archcalc.sizes.rules import Dim, Shape
from archcalc.spec.settings import shown

if TYPE_CHECKING:
    from pandas import DataFrame

BATCH = "N"
"""What the number of samples is called."""


class LawError(ArchcalcError, ValueError):
    """A network that has no laws, a name that cannot be left free, or sizes that its laws cannot be asked at."""


class LawsTooLong(LawError):
    """The formulas are longer than anybody reads, and would take long to write."""


class Law(Struct, frozen=True, kw_only=True):
    """What a layer, or the whole network, gives and costs, as formulas.

    ``output`` leaves out the batch. ``params`` counts learnable values; ``macs`` fused multiply-adds
    for N samples; ``activation_bytes`` 4 bytes for each value that a layer gives, a view or an in-place
    layer's too, for N samples; the input is not counted. ``active_params`` are those by which a token is computed,
    where it does not take all experts. Each is an ``int`` or a sympy expression.
    """

    name: str
    kind: str
    output: Shape
    params: Dim
    macs: Dim
    activation_bytes: Dim
    active_params: Dim


class Laws(Tabled, Struct, frozen=True):
    """The formulas of a network.

    ``input`` is the shape of the input; of ``inputs`` that have names it is the sizes of all, one after the other.
    ``variables`` are the symbols by name: N, the axes, the free names. ``trunk`` is the layer that
    gives the last map whose size depends on the input's, if any. ``valid`` says for which sizes the
    formulas hold: what no number had decided. ``batch`` is what is asked of N where one sample is not
    enough. ``tensors`` are the bytes of the tensors of one sample, and of the weights, that depend on a
    variable, each once: torch refuses too large ones.
    """

    name: str
    input: Shape
    variables: dict[str, Symbol]
    layers: tuple[Law, ...]
    total: Law
    trunk: Law | None
    valid: Validity
    batch: tuple[BatchLaw, ...] = ()
    tensors: tuple[Expr, ...] = ()
    inputs: dict[str, Shape] = {}

    def __repr__(self) -> str:
        return f"<Laws of {self.name or '?'} in {', '.join(self.variables)}>"

    def to_dict(self, of: Law | None = None) -> JsonObject:
        """They as plain values, as ``archcalc law --format json`` prints them; of the layers ``of`` alone, if given.

        Where ``of`` is the total, there are no layers. Each formula is Python code over the variables.
        """
        return {
            "schema": "urn:archcalc:law:1",
            "name": self.name,
            "variables": list(self.variables),
            **self._inputs(),
            "layers": [
                {
                    "name": law.name,
                    "kind": law.kind,
                    "output": [python_code(entry) for entry in law.output],
                    **_counts(law),
                }
                for law in (self.layers if of is None else () if of is self.total else (of,))
            ],
            "total": _counts(self.total),
            "valid": conditions(self),
            "valid_in_training": conditions_in_training(self),
        }

    def _inputs(self) -> JsonObject:
        if not self.inputs:
            return {"input": list(map(python_code, self.input))}
        return {"input": None, "inputs": {name: list(map(python_code, shape)) for name, shape in self.inputs.items()}}

    def to_dataframe(self) -> DataFrame:
        """The formulas of the layers as a DataFrame of pandas, sympy expressions and ints in its columns.

        Raises MissingLibrary where pandas is not installed.
        """
        pandas = library("pandas", "`to_dataframe`")
        names = Law.__struct_fields__
        columns = {name: pandas.Series([getattr(law, name) for law in self.layers], dtype=object) for name in names}
        frame: DataFrame = pandas.DataFrame(columns)
        return frame

    def layer(self, name: str) -> Law:
        """The formulas of one layer, or of the ``total``. Raises LawError for a name that no layer has."""
        found = next((law for law in (*self.layers, self.total) if law.name == name), None)
        if found is None:
            guess = did_you_mean(name, [law.name for law in (*self.layers, self.total)])
            raise LawError(f"no layer is named `{name}`" + (f"; {guess}" if guess else ""))
        return found

    @overload
    def at(self, formula: Shape, **sizes: int) -> Shape: ...
    @overload
    def at(self, formula: Dim, **sizes: int) -> Expr: ...

    def at(self, formula: Dim | Shape, **sizes: int) -> Expr | Shape:
        """A formula's value at these sizes, an exact integer; a shape's is a shape. What is not given stays free.

        Raises LawError for a name that is no variable, and for a size that is no whole number from 1 up.
        """
        values = self._values(sizes)
        if isinstance(formula, tuple):
            return tuple(symbolic.at(size, values) for size in formula)
        return symbolic.at(formula, values)

    def on_multiples(self, formula: Dim, divisor: int) -> Expr:
        """A formula where ``divisor`` divides what ``rounded`` names: no floors, a polynomial with exact coefficients.

        Of ResNet-50's MACs with 32 it is ``N*(81456*H*W + 2048000)``. The sizes must be legal, too. Raises LawError
        where floors stay, as a smaller number is halved too often, and for what is no whole number from 1 up.
        """
        if not isinstance(divisor, int) or isinstance(divisor, bool) or divisor < 1:
            raise LawError(f"`divisor` takes a whole number from 1 up, not {shown(divisor)}")
        if not isinstance(formula, (int, Expr)):
            raise LawError(f"`formula` takes one of these formulas, such as `total.macs`, not {shown(formula)}")
        self.refuse_rounded((formula,), divisor)
        found = symbolic.on_multiples(formula, self.rounded(formula), divisor)
        assert found is not None
        return found

    def refuse_rounded(self, formulas: Sequence[Dim], divisor: int) -> None:
        """Raises LawError where floors stay in one of these on multiples, with a number that is enough for all."""
        sizes = tuple(dict.fromkeys(size for formula in formulas for size in self.rounded(formula)))

        def stay(number: int) -> bool:
            return any(symbolic.on_multiples(formula, sizes, number) is None for formula in formulas)

        if stay(divisor):
            more = lcm(divisor, *(number for formula in formulas for number in symbolic.divisors(formula)))
            way_out = "no number is enough" if stay(more) else f"try {more}"
            raise LawError(f"where {divisor} divides {together(sizes)}, some are still rounded: {way_out}")

    def rounded(self, formula: Dim) -> tuple[Symbol, ...]:
        """The sizes of the input, and the free names that a formula divides and rounds."""
        axes = [size for size in self.input if isinstance(size, Symbol)]
        free = [size for name, size in self.variables.items() if name != BATCH and size not in axes]
        return *axes, *(size for size in free if size in symbolic.rounded_in(formula))

    def holds(self, **sizes: int) -> bool:
        """Whether the network takes these sizes in evaluation, so that its formulas hold.

        Every variable but N must be given; without N, whether it takes them in batches that are large enough.
        Raises LawError for one that is missing, and otherwise as ``at``.
        """
        values = self._values(sizes)
        missing = [name for name in self.variables if name not in sizes and name != BATCH]
        if missing:
            raise LawError(f"{listed(missing)} must be given too: which sizes the network takes depends on all of them")
        within = all(
            low <= values[symbol] and (high is None or values[symbol] <= high)
            for symbol, (low, high) in self.valid.bounds.items()
        )
        met = within and all(symbolic.at(demand.relation, values) is True for demand in self.valid.demands)
        met = met and all(self._met(law, values) for law in self.batch if not law.only_in_training)
        return met and all(symbolic.at(size, values) <= MOST_BYTES for size in self.tensors)

    def trains(self, **sizes: int) -> bool:
        """Whether the network can be trained on these sizes; otherwise as ``holds``."""
        values = self._values(sizes)
        return self.holds(**sizes) and all(self._met(law, values) for law in self.batch)

    def _values(self, sizes: dict[str, int]) -> dict[Symbol, int]:
        """The sizes by symbol, as Python's ints."""
        values = {}
        for name, size in sizes.items():
            if name not in self.variables:
                guess = did_you_mean(name, self.variables) or f"there are {', '.join(self.variables)}"
                raise LawError(f"there is no variable `{name}`; {guess}")
            try:
                whole = 0 if isinstance(size, bool) else index(size)
            except TypeError:
                whole = 0
            if whole < 1:
                raise LawError(f"`{name}` takes whole numbers from 1 up, not {shown(size)}")
            values[self.variables[name]] = whole
        return values

    def _met(self, law: BatchLaw, values: dict[Symbol, int]) -> bool:
        batch = self.variables[BATCH]
        return batch not in values or symbolic.at(law.relation(batch), values) is True


def together(sizes: Iterable[Symbol]) -> str:
    """``H, W and width``."""
    *others, last = map(str, sizes)
    return f"{', '.join(others)} and {last}" if others else last


def listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _counts(law: Law) -> JsonObject:
    names = ("params", "active_params", "macs", "activation_bytes")
    return {name: python_code(getattr(law, name)) for name in names}


def conditions(laws: Laws) -> list[str]:
    """For which sizes the formulas hold, as Python code."""
    found = []
    for symbol, (low, high) in laws.valid.bounds.items():
        found += [f"{symbol.name} >= {low}"] if low > 1 else []
        found += [f"{symbol.name} <= {high}"] if high is not None else []
    found += [python_code(demand.relation) for demand in laws.valid.demands]
    return found + [_batch_code(law) for law in laws.batch if not law.only_in_training]


def conditions_in_training(laws: Laws) -> list[str]:
    """What training asks for besides, as Python code."""
    return [_batch_code(law) for law in laws.batch if law.only_in_training]


def _batch_code(law: BatchLaw) -> str:
    return python_code(law.relation(symbolic.size(BATCH)))
