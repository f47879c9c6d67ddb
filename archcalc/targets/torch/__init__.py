"""The plan of PyTorch files: what the templates print.

More than twenty modules: a ``plan_*`` for each file, and what a class, its ``__init__`` and ``forward`` are made of.
"""
