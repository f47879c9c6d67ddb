"""Edits that fix an error, each applied and re-checked before it is offered.

More than twenty modules: most are one idea of what may be wrong, and its edits (``windows``, ``skips``, ``left_out``);
what tries, orders and writes edits (``search``, ``effect``, ``practice``, ``apply``) is not much without them.
"""
