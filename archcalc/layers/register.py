"""The register of layer kinds: each class by its name in a spec, imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Generic, TypeVar

Kind = TypeVar("Kind", bound=type)


class Register(Mapping[str, Kind], Generic[Kind]):
    """Every kind's class by its name. Names are known without an import; a class is imported with its family."""

    def __init__(self, package: str, families: Mapping[str, str], unlisted: Mapping[str, str]) -> None:
        """``families`` has the names of each family's kinds, in one text; each is a module of ``package``.

        ``unlisted`` are the modules of kinds that no entry of a spec states: they are found, and not listed.
        """
        self._modules = {kind: f"{package}.{family}" for family, kinds in families.items() for kind in kinds.split()}
        self._unlisted = dict(unlisted)
        self._found: dict[str, Kind] = {}

    def add(self, name: str, kind: Kind, *, listed: bool) -> None:
        """Register a class. Raises TypeError where another module has one of that name."""
        names = self._modules if listed else self._unlisted
        if names.setdefault(name, kind.__module__) != kind.__module__:
            raise TypeError(f"two classes name themselves {name!r}")
        self._found[name] = kind

    def __getitem__(self, name: str) -> Kind:
        if name not in self._found:
            import_module(self._modules.get(name) or self._unlisted[name])
        return self._found[name]

    def __contains__(self, name: object) -> bool:
        return name in self._modules

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def every(self) -> Iterator[Kind]:
        """The classes of all kinds, those that no entry states as well."""
        return (self[name] for name in (*self._modules, *self._unlisted))

    def __len__(self) -> int:
        return len(self._modules)
