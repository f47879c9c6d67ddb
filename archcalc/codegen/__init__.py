"""Specs to Python: the classes of a network and its blocks, laid out as by hand."""
