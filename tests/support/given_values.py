"""Values as they are given from outside: each way of saying one, and what is none."""

from __future__ import annotations

import enum
import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import sympy
import torch

from archcalc import check_text
from archcalc.analysis.report import Report

SPEC = """\
archcalc: 1
name: Scaled
input: [3, 16, 16]
let: {alpha: 1, wide: "ceil(16*alpha)", biased: true}
layers:
  - {name: conv1, kind: conv2d, out_channels: wide, kernel_size: 3, bias: biased}
  - {name: conv2, kind: conv2d, out_channels: ceil(24*alpha), kernel_size: 3, when: alpha < 4}
  - {kind: flatten}
  - {name: fc, kind: linear, out_features: 10}
"""


def said(report: Report) -> tuple[Any, ...]:
    """All that a report says of the network and of its errors, wherever it is read from."""
    errors = [(error.code, re.sub("; [^;]* set from outside$", "", error.message)) for error in report.diagnostics]
    return errors, [(one.name, one.output, one.weights, one.macs) for one in report.layers]


def written(name: str, text: str) -> Report:
    """The report of the spec with a value written into its `let`."""
    old = {"alpha": "alpha: 1,", "biased": "biased: true", "wide": 'wide: "ceil(16*alpha)"'}[name]
    assert old in SPEC
    return check_text(SPEC.replace(old, f"{name}: {text}{',' * old.endswith(',')}"))


class Two(enum.IntEnum):
    TWO = 2


class Indexed:
    def __index__(self) -> int:
        return 2


# What each is in the file. A value that is given as any of these is that very thing.
ALIKE: dict[str, list[Any]] = {
    "2": [2, "2", " 2 ", "+2", "0x2", "2.0", "2e0", 2.0, Fraction(2), Decimal(2), Two.TWO, Indexed(), sympy.Integer(2)]
    + [np.dtype(kind).type(2) for kind in "bBhHiIlLqQefdg"]
    + [np.array(2), np.array(2.0), np.str_("2"), torch.tensor(2), torch.tensor(2.0)],
    "0.75": [0.75, "0.75", ".75", "75e-2", Fraction(3, 4), Decimal("0.75"), sympy.Rational(3, 4)]
    + [np.dtype(kind).type("0.75") for kind in "efdg"],
    # Neither is the number that a float of so many bits holds; both print as it.
    "0.1": [0.1, "0.1", Fraction(1, 10), Decimal("0.1"), np.float16(0.1), np.float32(0.1), np.float64(0.1)],
    "1": [1, "1", 1.0, "1.0", np.int8(1), Fraction(1)],
    "1/3": ["1/3", "2/6", " 1 / 3 ", "-0.1/-0.3", Fraction(1, 3)],
    "0": [0, "0/7", "0", 0.0, "-0.0", np.uint8(0), Decimal("0E-30")],
    "-3": [-3, "6/-2", "-3", -3.0, np.int64(-3)],
    "1000000000000000000": [10**18, "1e18", 1e18, np.int64(10**18), Decimal("1E+18")],
    "true": [True, "true", "True", "TRUE", " true ", np.True_, np.bool_(1), np.array(True), torch.tensor(True)],
    "false": [False, "false", "False", "FALSE", np.False_],
}


# What is none.
NONE: dict[str, Any] = {
    "None": None,
    "ten": "ten",
    "an empty text": "",
    "nan": float("nan"),
    "inf": float("inf"),
    ".inf": ".inf",
    "Decimal('NaN')": Decimal("NaN"),
    "Decimal('Infinity')": Decimal("Infinity"),
    "Decimal('1E+999999999')": Decimal("1E+999999999"),
    "Decimal('1E-999999999')": Decimal("1E-999999999"),
    "1j": 1j,
    repr(np.complex128(2)): np.complex128(2),  # numpy 1 says `(2+0j)`
    "[2]": [2],
    "(2, 3)": (2, 3),
    "array([2, 3])": np.array([2, 3]),
    "b'2'": b"2",
    "{}": {},
    "1000000000000000001": 10**18 + 1,
    "-1000000000000000001": np.int64(-(10**18) - 1),
    "1e19": "1e19",
    "1e+19": 1e19,
    "1e-400": "1e-400",
    "Decimal('1E-400')": Decimal("1E-400"),
    "alpha": "alpha",
    "such a value of type `int`": 10**9999,
    "masked": np.ma.masked,
    "n": sympy.Symbol("n"),
    "…": "9" * 5000,
}
