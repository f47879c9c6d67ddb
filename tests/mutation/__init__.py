"""`make mutants`: one-token changes drawn over the core, and whether the tests notice; see tests/README.md.

Nothing here imports archcalc: each mutant is imported, once, by the process that tries it.
"""
