"""Specs, arguments and file names that a stranger might write to do harm, and what must hold of each.

``python -m tests.hostile`` runs all of them (``make prove``), ``test_hostile.py`` some hundreds. A family of inputs is
a file: ``structure``, ``numbers``, ``expressions``, ``words``, ``spoilt``, ``paths``, ``arguments``. ``case`` says what
one is, ``forks`` runs it within limits, ``watch`` notes what it does to the machine, ``verdict`` judges it. ``kills``
kills generate and fix at each thing that they do to a file.
"""
