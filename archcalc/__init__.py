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
    "bundled_specs", "bundled_networks", "Bundled",
]  # fmt: skip

if TYPE_CHECKING:
    from archcalc.analysis.claim_check import Compared
    from archcalc.analysis.cost import Totals
    from archcalc.analysis.explanation import Explained, UnknownLayer, explain, explain_each
    from archcalc.analysis.law import Law, LawError, Laws
    from archcalc.analysis.laws import laws
    from archcalc.analysis.report import Report
    from archcalc.analysis.walk import LayerFacts
    from archcalc.diagnostics.codes import CODES
    from archcalc.diagnostics.model import Diagnostic, Label, Span
    from archcalc.diagnostics.pages import CodeExplained, explain_code
    from archcalc.explore.conditions import SolveError
    from archcalc.explore.solve import Solution, Solutions, solve
    from archcalc.explore.sweep import SpecFaults, sweep
    from archcalc.fixes.search import Repair
    from archcalc.layers.contract import KINDS, Layer
    from archcalc.pipeline import check, check_each, check_text, repairs
    from archcalc.sizes.rules import UNKNOWN
    from archcalc.spec.bundled import Bundled, bundled_networks, bundled_specs
    from archcalc.spec.model import Claim, Spec
    from archcalc.spec.settings import SettingError
    from archcalc.targets.generate import Generated, GenerateError, generate
else:
    _HOMES = {
        "spec.bundled": ("Bundled", "bundled_networks", "bundled_specs"),
        "pipeline": ("check", "check_each", "check_text", "repairs"),
        "analysis.report": ("Report",),
        "analysis.claim_check": ("Compared",),
        "analysis.law": ("Law", "LawError", "Laws"),
        "analysis.laws": ("laws",),
        "analysis.cost": ("Totals",),
        "diagnostics.codes": ("CODES",),
        "diagnostics.model": ("Diagnostic", "Label", "Span"),
        "sizes.rules": ("UNKNOWN",),
        "analysis.explanation": ("Explained", "UnknownLayer", "explain", "explain_each"),
        "diagnostics.pages": ("CodeExplained", "explain_code"),
        "targets.generate": ("generate", "Generated", "GenerateError"),
        "analysis.walk": ("LayerFacts",),
        "layers.contract": ("KINDS", "Layer"),
        "fixes.search": ("Repair",),
        "explore.conditions": ("SolveError",),
        "spec.settings": ("SettingError",),
        "explore.solve": ("Solution", "Solutions", "solve"),
        "spec.model": ("Claim", "Spec"),
        "explore.sweep": ("SpecFaults", "sweep"),
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
