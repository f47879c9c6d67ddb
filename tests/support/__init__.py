"""What tests share: ways to draw, oracles, and readers of what is printed.

More than twenty modules, since no test module imports another: what two of them need stands here.
"""
