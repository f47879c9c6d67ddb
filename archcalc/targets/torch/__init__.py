"""The plan of PyTorch files: what the templates print.

There are 21 modules: a ``plan_*`` for each file, and what a class, its ``__init__`` and its ``forward`` are made of.
"""
