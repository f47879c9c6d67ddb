"""Facts of a network, and answers about it.

More than twenty modules, one a question: they share the walk and little else, and another level would hide them.
"""
