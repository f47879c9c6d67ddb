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
    "explore.difference": ("difference", "Difference", "LayerChange"),
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

__all__ = [name for names in _HOMES.values() for name in names]


def __getattr__(name):
    for home, names in _HOMES.items():
        if name in names:
            from importlib import import_module

            value = globals()[name] = getattr(import_module(f"archcalc.{home}"), name)
            return value
    raise AttributeError(f"module 'archcalc' has no attribute {name!r}")


def __dir__():
    return __all__
