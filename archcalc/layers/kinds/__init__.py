"""The layer kinds, one module a family. Importing this package registers them all.

A new family is a new module here; nothing else names it.
"""

from importlib import import_module
from pkgutil import iter_modules

for _module in sorted(module.name for module in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")
