"""archcalc: the type checker and compiler for neural-network architectures.

    import archcalc

    report = archcalc.check("alexnet.yaml")
    report.ok, report.totals.params, report.layers[0].output

The names in ``__all__`` are public. Each is imported when it is first asked for, so that a command
loads only what it uses.
"""

from typing import TYPE_CHECKING

__all__ = [
    "check", "check_each", "check_text", "Report", "SettingError",
    "sweep", "SpecFaults",
    "explain", "explain_each", "Explained", "UnknownLayer", "explain_code", "CodeExplained",
    "Spec", "Claim", "Compared", "LayerFacts", "Totals", "UNKNOWN",
    "Diagnostic", "Span", "Label", "CODES",
    "KINDS", "Layer",
    "laws", "Law", "Laws", "LawError",
    "generate", "Generated", "GenerateError",
    "repairs", "Repair", "solve", "Solution", "Solutions", "SolveError",
    "bundled_specs",
]  # fmt: skip

if TYPE_CHECKING:
    from archcalc.bundled import bundled_specs
    from archcalc.checking import Report, check, check_each, check_text
    from archcalc.claims import Compared
    from archcalc.closed_forms import Law, LawError, Laws, laws
    from archcalc.conditions import SolveError
    from archcalc.cost import Totals
    from archcalc.diagnostics import CODES, Diagnostic, Label, Span
    from archcalc.dims import UNKNOWN
    from archcalc.explaining import Explained, UnknownLayer, explain, explain_each
    from archcalc.explanations import CodeExplained, explain_code
    from archcalc.fixing import repairs
    from archcalc.generating import Generated, GenerateError, generate
    from archcalc.infer import LayerFacts
    from archcalc.layers import KINDS, Layer
    from archcalc.repair import Repair
    from archcalc.settings import SettingError
    from archcalc.solving import Solution, Solutions, solve
    from archcalc.spec import Claim, Spec
    from archcalc.sweeping import SpecFaults, sweep
else:
    _HOMES = {
        "bundled": ("bundled_specs",),
        "checking": ("check", "check_each", "check_text", "Report"),
        "claims": ("Compared",),
        "closed_forms": ("Law", "LawError", "Laws", "laws"),
        "cost": ("Totals",),
        "diagnostics": ("CODES", "Diagnostic", "Label", "Span"),
        "dims": ("UNKNOWN",),
        "fixing": ("repairs",),
        "explaining": ("Explained", "UnknownLayer", "explain", "explain_each"),
        "explanations": ("CodeExplained", "explain_code"),
        "generating": ("generate", "Generated", "GenerateError"),
        "infer": ("LayerFacts",),
        "layers": ("KINDS", "Layer"),
        "repair": ("Repair",),
        "conditions": ("SolveError",),
        "settings": ("SettingError",),
        "solving": ("Solution", "Solutions", "solve"),
        "spec": ("Claim", "Spec"),
        "sweeping": ("SpecFaults", "sweep"),
    }

    def __getattr__(name):
        for home, names in _HOMES.items():
            if name in names:
                from importlib import import_module

                value = globals()[name] = getattr(import_module(f"archcalc.{home}"), name)
                return value
        raise AttributeError(f"module 'archcalc' has no attribute {name!r}")

    def __dir__():
        return __all__
