"""The language: what a spec says, key by key, as it is written.

More than twenty modules, one a part of the language: a reader of ``let``, or of ``outputs``, is found by its name.
"""
