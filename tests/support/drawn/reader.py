"""What a spec means, layer by layer: read from the language's documentation, sharing nothing with the package.

A ``Reading`` is rows of layers that each say what they take, without blocks, copies and conditions.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.support.drawn.items import Document, Item, call, names_of, spread
from tests.support.drawn.values import Env, filled, plain, value

WIRING = frozenset({"name", "kind", "when", "repeat", "from", "layers", "expect", "init", "tied", "route", "again"})


class Row(NamedTuple):
    """A layer: its dotted name, its kind, its fields, and the names of what it takes (``input`` is the network's).

    ``tied`` is the name of the layer whose weight it has, if it has another's; ``again`` that of the layer which it is
    once more.
    """

    name: str
    kind: str
    fields: dict[str, Any]
    sources: tuple[str, ...]
    tied: str = ""
    again: str = ""


class Stands(NamedTuple):
    """What a name stands for. ``inside`` are the names in a group; ``gone`` says that the entry is absent.

    ``made`` says of a layer or module its path, what it takes, and which rows it is: from one, up to another.
    """

    value: str
    inside: Scope | None = None
    gone: bool = False
    made: tuple[str, tuple[str, ...], int, int] | None = None


Scope = dict[str, Stands]


class Library(NamedTuple):
    """The blocks that may be used at a place, and the names that their expressions see besides their own."""

    blocks: dict[str, Document]
    let: Env


class Reading:
    """The rows of a document, and the names of the rows that give its outputs. ``files`` are those it uses."""

    def __init__(self, document: Document, files: dict[str, Document] | None = None, preset: str | None = None) -> None:
        self.files = files or {}
        member = document.get("presets", {}).get(preset, {})
        let: Env = {}
        for name, written in {**document.get("let", {}), **member.get("let", {})}.items():
            let[name] = value(written, let)
        stated = member.get("input", document["input"])
        holds = stated if isinstance(stated, dict) else {"shape": stated, "below": None}
        self.input = tuple(int(value(size, let)) for size in holds["shape"])
        self.below = None if holds["below"] is None else int(value(holds["below"], let))
        self.rows: list[Row] = []
        self.met: set[str] = set()
        self.channels: dict[str, Any] = {"input": self.input[0]}
        library = Library(document.get("blocks", {}), let)
        top: Scope = {}
        last = self._list(document["layers"], let, library, [top, {"input": Stands("input")}], "input", "", "top")
        found = [self._found(name, [top, {"input": Stands("input")}]) for name in document.get("outputs", [])]
        if any(one.gone for one in found):
            self.met.add("output absent")
        self.outputs = [one.value for one in found if not one.gone] or [last]

    def flat(self, document: Document) -> Document:
        """The same network without blocks, copies and conditions."""
        renamed = {row.name: f"row{place}" for place, row in enumerate(self.rows)} | {"input": "input"}
        rows = [
            {"name": renamed[row.name]}
            | ({"again": renamed[row.again]} if row.again else {"kind": row.kind, **_listed(row.fields)})
            | {"from": [renamed[source] for source in row.sources]}
            for row in self.rows
        ]
        outputs = [renamed[name] for name in dict.fromkeys(self.outputs)]
        return {"archcalc": 1, "name": document["name"], "input": list(self.input), "layers": rows, "outputs": outputs}

    def _list(
        self,
        entries: list[Document],
        env: Env,
        library: Library,
        scopes: list[Scope],
        arriving: str,
        prefix: str,
        where: str,
    ) -> str:
        items = list(spread(entries, env))
        call(items, where)
        return self._wired(items, library, scopes, arriving, prefix)

    def _wired(self, items: list[Item], library: Library, scopes: list[Scope], arriving: str, prefix: str) -> str:
        """What the items give, each linked to what it takes: what came before it, unless it says otherwise."""
        mine, current = scopes[0], arriving
        for item in items:
            sources = self._sources(item, scopes) or [current]
            if not item.there:
                self.met |= {"entry absent"} | ({"repeat of 0"} if item.none else set())
                inside = self._left_out(item, library, sources)
                for name in names_of(item):
                    mine.setdefault(name, Stands(sources[0], inside, gone=True))
            elif item.inside is not None:
                current = self._wired(item.inside, library, scopes, sources[0], prefix)
            else:
                assert item.name is not None
                stands = self._placed(item, library, sources, scopes, f"{prefix}{item.name}")
                mine[item.name], current = stands, stands.value
        return current

    def _placed(self, item: Item, library: Library, sources: list[str], scopes: list[Scope], path: str) -> Stands:
        first = len(self.rows)
        stands = self._stands(item, library, sources, scopes, path)
        return stands._replace(made=(path, tuple(sources), first, len(self.rows)))

    def _stands(self, item: Item, library: Library, sources: list[str], scopes: list[Scope], path: str) -> Stands:
        if item.copies is None:
            return self._one(item.entry, item.env, library, sources, scopes, path)
        inside: Scope = {}
        if "route" in item.entry:
            return self._routed(item, library, sources, scopes, path)
        for number, env in enumerate(item.copies):
            own, begin = f"{path}.{number}", len(self.rows)
            stands = self._one(item.entry, env, library, sources, scopes, own)
            inside[str(number)] = stands._replace(made=(own, tuple(sources), begin, len(self.rows)))
            gives = [stands.value, *(one.value for one in self._others(item, library, stands))]
            # Each output goes to the input in its place; an input that has none in its place stays.
            sources = [*gives[: len(sources)], *sources[len(gives) :]]
        last = inside[str(len(item.copies) - 1)]
        named = last.inside or {} if "kind" in item.entry else {}
        return Stands(sources[0], {**inside, **named})

    def _outputs(self, item: Item, library: Library) -> list[str]:
        """What a use calls the outputs besides the first."""
        block = library.blocks.get(item.entry.get("kind", ""), {})
        block = self.files[block["use"]] if "use" in block else block
        return [name.split(".")[-1] for name in block.get("outputs", [])[1:]]

    def _others(self, item: Item, library: Library, stands: Stands) -> list[Stands]:
        return [(stands.inside or {})[name] for name in self._outputs(item, library)]

    def _left_out(self, item: Item, library: Library, sources: list[str]) -> Scope:
        """What the outputs of a use stand for that is not there: what it would have taken in their place."""
        others = enumerate(self._outputs(item, library), 1)
        return {name: Stands(sources[at] if at < len(sources) else sources[0], gone=True) for at, name in others}

    def _routed(self, item: Item, library: Library, sources: list[str], scopes: list[Scope], path: str) -> Stands:
        """Copies side by side, and the layer that weighs what they give by the scores of another."""
        route = item.entry["route"]
        scores = self._found(route["by"], scopes).value
        inside = {
            str(number): self._one(item.entry, env, library, sources, scopes, f"{path}.{number}")
            for number, env in enumerate(item.copies or [])
        }
        fields = {name: plain(value(written, item.env)) for name, written in route.items() if name != "by"}
        given = [one.value for one in inside.values()]
        self.rows.append(Row(path, "route", fields, (scores, *given)))
        self.channels[path] = self.channels[given[0]]
        return Stands(path, inside)

    def _one(
        self, entry: Document, env: Env, library: Library, sources: list[str], scopes: list[Scope], path: str
    ) -> Stands:
        if "again" in entry:
            return self._again(filled(entry["again"], env), sources, scopes, path)
        if "layers" in entry:
            inside: Scope = {}
            given = self._list(entry["layers"], env, library, [inside, *scopes], sources[0], f"{path}.", "group")
            return Stands(given, inside)
        if entry["kind"] in library.blocks:
            return self._use(library.blocks[entry["kind"]], entry, env, library, sources, path)
        fields = {name: plain(value(written, env)) for name, written in entry.items() if name not in WIRING}
        tied = self._found(entry["tied"], scopes).value if "tied" in entry else ""
        self.rows.append(Row(path, entry["kind"], fields, tuple(sources), tied))
        self.channels[path] = _channels(entry["kind"], fields, [self.channels[source] for source in sources])
        return Stands(path)

    def _again(self, name: str, sources: list[str], scopes: list[Scope], path: str) -> Stands:
        """The rows of what stands above once more, each with what it takes there in the place of what it took."""
        self.met.add("applied again")
        found = self._found(name, scopes)
        assert found.made is not None
        first, took, begin, end = found.made
        here = dict(zip(took, sources, strict=True))
        for row in self.rows[begin:end]:
            own = path + row.name[len(first) :]
            here[row.name] = own
            taken = tuple(here.get(source, source) for source in row.sources)
            self.rows.append(Row(own, row.kind, row.fields, taken, "", row.again or row.name))
            self.channels[own] = _channels(row.kind, row.fields, [self.channels[source] for source in taken])
        inside = {name: Stands(here.get(one.value, one.value)) for name, one in (found.inside or {}).items()}
        return Stands(here.get(found.value, found.value), inside)

    def _use(
        self, block: Document, entry: Document, env: Env, library: Library, sources: list[str], path: str
    ) -> Stands:
        if "use" in block:
            block = self.files[block["use"]]
            library = Library(block.get("blocks", {}), {})
        inside = dict(library.let)
        if "inputs" in block:
            arrives = dict(zip(block["inputs"], sources, strict=True))
            inside |= {f"{name}_channels": self.channels[source] for name, source in arrives.items()}
        else:
            arrives = {"input": sources[0]}
            inside["in_channels"] = self.channels[sources[0]]
        given = {name: value(entry[name], env) for name in block.get("args", {}) if name in entry}
        inside |= given
        for name, default in block.get("args", {}).items():
            if name not in given:
                inside[name] = value(default, inside)
        for name, written in block.get("let", {}).items():
            inside[name] = value(written, inside)
        scopes: list[Scope] = [{}, {name: Stands(source) for name, source in arrives.items()}]
        last = self._list(block["layers"], inside, library, scopes, sources[0], f"{path}.", "block")
        if "outputs" not in block:
            return Stands(last)
        first, *others = [(name, self._found(name, scopes).value) for name in block["outputs"]]
        return Stands(first[1], {name.split(".")[-1]: Stands(value) for name, value in others})

    def _sources(self, item: Item, scopes: list[Scope]) -> list[str]:
        written = item.entry.get("from", [])
        names = written if isinstance(written, list) else [written]
        return [self._found(filled(name, item.env), scopes).value for name in names]

    def _found(self, name: str, scopes: list[Scope]) -> Stands:
        parts = name.split(".")
        found, rest = next(filter(None, (_head(scope, parts) for scope in scopes)), (None, []))
        if found is None:
            raise KeyError(name)
        if found.gone:
            self.met.add("entry absent and referred to" + (" into" if rest else ""))
        while rest:
            inner = _head(found.inside or {}, rest)
            if inner is None and found.gone:
                break
            assert inner is not None, name
            found, rest = inner
        return found


def _head(scope: Scope, parts: list[str]) -> tuple[Stands, list[str]] | None:
    """What the longest beginning of a name stands for, which a layer may have with its dots, and the rest."""
    heads = ((".".join(parts[:many]), parts[many:]) for many in range(len(parts), 0, -1))
    return next(((scope[head], rest) for head, rest in heads if head in scope), None)


def _channels(kind: str, fields: dict[str, Any], given: list[Any]) -> Any:
    """How many channels a layer gives, of those that arrive."""
    if kind == "concat":
        return sum(given) if fields.get("dim", 1) == 1 else given[0]
    if kind == "pixel_shuffle":
        return given[0] // fields["upscale_factor"] ** 2
    if kind == "pixel_unshuffle":
        return given[0] * fields["downscale_factor"] ** 2
    if kind == "slice" and fields.get("dim", 1) == 1:
        return len(range(given[0])[fields.get("start", 0) : fields.get("stop")])
    return fields.get("out_channels", fields.get("out_features", max(given)))


def _listed(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: list(one) if isinstance(one, tuple) else one for name, one in fields.items()}
