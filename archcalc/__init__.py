"""archcalc: the type checker and compiler for neural-network architectures.

    import archcalc

    report = archcalc.check("alexnet.yaml")
    report.ok, report.errors

    network = report.require_ok()
    network.totals.params, network.layers[0].output

The names in ``__all__`` are public. Each is imported when it is first asked for, so that a command
loads only what it uses.
"""

_HOMES = {
    "pipeline": ("check", "check_each", "check_text", "find_fixes"),
    "analysis.report": ("Report", "OkReport", "OkLayer", "SpecError"),
    "analysis.walk": ("LayerFacts",),
    "analysis.cost": ("Totals",),
    "analysis.claim_check": ("Compared",),
    "analysis.explanation": ("explain", "explain_each", "Explained", "UnknownLayer"),
    "analysis.laws": ("laws",),
    "analysis.law": ("Law", "Laws", "LawError"),
    "explore.difference": ("difference", "Difference"),
    "explore.layer_change": ("LayerChange",),
    "explore.side_by_side": ("totals", "SideBySide"),
    "explore.sweep": ("sweep",),
    "explore.swept": ("Swept",),
    "explore.solutions": ("Solution", "Solutions"),
    "explore.solve": ("solve",),
    "explore.varied": ("SolveError",),
    "targets.generate": ("generate", "Generated", "GenerateError"),
    "pictures.draw": ("draw", "DrawError"),
    "pictures.drawing": ("Drawing",),
    "fixes.fix": ("Fix",),
    "spec.model": ("Spec", "Claim"),
    "spec.settings": ("SettingError",),
    "spec.bundled": ("bundled_networks", "bundled_specs", "Bundled"),
    "layers.contract": ("KINDS", "Layer"),
    "diagnostics.model": ("Diagnostic", "Span", "Label"),
    "diagnostics.codes": ("CODES",),
    "diagnostics.pages": ("explain_code", "CodeExplained", "UnknownCode"),
    "diagnostics.errors": ("ArchcalcError", "ArgumentError"),
    "diagnostics.libraries": ("MissingLibrary",),
    "sizes.rules": ("UNKNOWN",),
}
"""The public names by the module that has them. ``__init__.pyi`` says the same to type checkers."""

_MEANT = {
    "compare": "`totals(a, b)` has networks side by side, and `difference(old, new)` what changes layer by layer",
    "diff": "`difference(old, new)` is what `archcalc diff` prints",
    "fix": "`find_fixes(report)` is what `archcalc fix` lists",
    "list": "`bundled_networks()` is what `archcalc list` prints",
    "table": "a report, laws and a sweep have it as a method, and `totals(a, b)` has networks side by side",
}
"""What has another name here: those that people try, and those of commands."""

__all__ = [name for names in _HOMES.values() for name in names]


def __getattr__(name):
    for home, names in _HOMES.items():
        if name in names:
            from importlib import import_module

            value = globals()[name] = getattr(import_module(f"archcalc.{home}"), name)
            return value
    meant = f": {_MEANT[name]}" if name in _MEANT else ""
    raise AttributeError(f"module 'archcalc' has no attribute {name!r}{meant}")


def __dir__():
    return __all__
