"""Pieces of Python source, laid out in lines as ruff and black lay them out."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from msgspec import Struct

from archcalc.targets.python.choices import chosen, operand
from archcalc.targets.python.source import WIDTH


class Piece(Struct, frozen=True):
    """Something that stands on one line where it fits, and over several where it does not."""

    def flat(self) -> str:
        """All of it on one line."""
        raise NotImplementedError

    def broken(self, indent: int) -> str:
        """Over several lines; the first goes on where it stands, the last ends at ``indent``."""
        raise NotImplementedError

    @property
    def must_break(self) -> bool:
        """Whether one line is not enough however wide it is."""
        return False

    def at(self, indent: int, before: int = 0, after: int = 0) -> str:
        """As it stands behind ``before`` columns of a line that begins at ``indent``, ``after`` columns following."""
        text = self.flat()
        if not self.must_break and indent + before + len(text) + after <= WIDTH:
            return text
        return self.broken(indent)


class Text(Piece, frozen=True):
    """A piece that is never broken."""

    text: str

    def flat(self) -> str:
        return self.text

    def broken(self, indent: int) -> str:
        return self.text


class Row(Struct, frozen=True):
    """An entry between brackets, its keyword if it has one, and what is said of it behind it."""

    piece: Piece
    keyword: str = ""
    comment: str = ""

    @property
    def label(self) -> str:
        """The keyword as it is written."""
        return f"{self.keyword}=" if self.keyword else ""


class Bracketed(Piece, frozen=True):
    """``head`` an opening bracket, entries with commas, the closing one: a call, a list, a tuple."""

    head: str
    rows: tuple[Row, ...]
    tail: str = ")"
    spread: bool = False

    @property
    def must_break(self) -> bool:
        return self.spread or any(row.comment or row.piece.must_break for row in self.rows)

    def flat(self) -> str:
        return f"{self.head}{self._inside()}{self.tail}"

    def _inside(self) -> str:
        one = "," if len(self.rows) == 1 and self.head == "(" else ""
        return ", ".join(f"{row.label}{row.piece.flat()}" for row in self.rows) + one

    def broken(self, indent: int) -> str:
        if not self.rows:
            return self.flat()
        inner = " " * (indent + 4)
        # The arguments of a call may stand together on a line of their own; what a list holds may not.
        if len(self.head) > 1 and not self.must_break and len(inner) + len(self._inside()) <= WIDTH:
            return f"{self.head}\n{inner}{self._inside()}\n{' ' * indent}{self.tail}"
        lines = []
        for row in self.rows:
            line = f"{inner}{row.label}{row.piece.at(indent + 4, len(row.label), 1)},"
            said = f"{line}  # {row.comment}"
            lines.append(said if row.comment and "\n" not in line and len(said) <= WIDTH else line)
        return f"{self.head}\n" + "\n".join(lines) + f"\n{' ' * indent}{self.tail}"


class Called(Bracketed, frozen=True):
    """A call of what another call gives; that one breaks where it alone is too long for a line."""

    made: Bracketed = Bracketed("", ())

    def at(self, indent: int, before: int = 0, after: int = 0) -> str:
        """As any piece."""
        if self.must_break or indent + before + len(self.head) <= WIDTH:
            return super().at(indent, before, after)
        return f"{self.made.broken(indent)}({self._inside()}{self.tail}"


class Spread(Piece, frozen=True):
    """``*(a, piece, b)``: entries of a longer list. ``parts`` stand each on a line of its own where it breaks."""

    head: str
    parts: tuple[Piece, ...]
    tail: str

    @property
    def must_break(self) -> bool:
        return any(part.must_break for part in self.parts)

    def flat(self) -> str:
        return f"{self.head}{' '.join(part.flat() for part in self.parts)}{self.tail}"

    def broken(self, indent: int) -> str:
        inner = " " * (indent + 4)
        lines = "\n".join(f"{inner}{part.at(indent + 4)}" for part in self.parts)
        return f"{self.head}\n{lines}\n{' ' * indent}{self.tail}"


class Headed(Piece, frozen=True):
    """A word or two, and a piece behind them: ``for part in (…)``."""

    head: str
    piece: Piece

    @property
    def must_break(self) -> bool:
        return self.piece.must_break

    def flat(self) -> str:
        return f"{self.head}{self.piece.flat()}"

    def broken(self, indent: int) -> str:
        return f"{self.head}{self.piece.broken(indent)}"


def call(function: str, arguments: Sequence[Row], *, spread: bool = False) -> Bracketed:
    """A call of a function."""
    return Bracketed(f"{function}(", tuple(arguments), ")", spread)


def listed(pieces: Sequence[Piece]) -> Bracketed:
    """A list."""
    return Bracketed("[", tuple(map(Row, pieces)), "]")


def several(pieces: Sequence[Piece]) -> Bracketed:
    """A tuple."""
    return Bracketed("(", tuple(map(Row, pieces)), ")")


def pair(row: Row) -> Piece:
    """An entry with its keyword as a name beside it."""
    return several([Text(f'"{row.keyword}"'), row.piece]) if row.keyword else row.piece


def ordered(rows: Sequence[Row], *, spread: bool = False) -> Piece:
    """An ``OrderedDict`` of entries that have keywords, of one that is a loop over pairs, or of both."""
    if all(row.keyword for row in rows):
        return call("OrderedDict", rows, spread=spread)
    if len(rows) == 1 and isinstance(rows[0].piece, Spread) and rows[0].piece.head == "*(":
        return Spread("OrderedDict(", rows[0].piece.parts, ")")
    pairs = tuple(Row(pair(row), comment=row.comment) for row in rows)
    return call("OrderedDict", [Row(Bracketed("[", pairs, "]", spread))])


def piece(source: str) -> Piece:
    """A piece of source that may be broken where it calls something, or lists something."""
    try:
        return _of(ast.parse(source, mode="eval").body)
    except SyntaxError:
        return Text(source)


def _of(node: ast.expr) -> Piece:
    if isinstance(node, ast.Call):
        rows = [Row(_of(argument)) for argument in node.args]
        rows += [Row(_of(keyword.value), keyword.arg or "") for keyword in node.keywords]
        made = _of(node.func)
        if isinstance(made, Bracketed):
            return Called(f"{made.flat()}(", tuple(rows), made=made)
        return call(_unparsed(node.func), rows)
    if isinstance(node, ast.Tuple):
        return several([_of(item) for item in node.elts])
    return Text(_unparsed(node))


def _unparsed(node: ast.expr) -> str:
    """Source with double quotes, where there are no others in it."""
    text = ast.unparse(node)
    return text if '"' in text else text.replace("'", '"')


def where(condition: str, pieces: Sequence[Piece]) -> Spread:
    """Entries of a list that are there under a condition."""
    return Spread("*(", (listed(pieces), Text(f"if {operand(condition)}"), Text("else []")), ")")


class Either(Piece, frozen=True):
    """A piece under a condition, and another one else; in brackets where it breaks."""

    one: Piece
    condition: str
    other: Piece

    @property
    def must_break(self) -> bool:
        return self.one.must_break or self.other.must_break

    def flat(self) -> str:
        return chosen(self.one.flat(), self.condition, self.other.flat())

    def broken(self, indent: int) -> str:
        inner = " " * (indent + 4)
        lines = "".join(f"{inner}{line}\n" for line in self._lines(indent + 4))
        return f"(\n{lines}{' ' * indent})"

    def _lines(self, indent: int) -> list[str]:
        first, *rest = self.other._lines(indent) if isinstance(self.other, Either) else [self.other.at(indent, 5)]
        return [self.one.at(indent), f"if {operand(self.condition)}", f"else {first}", *rest]


def each(pieces: Sequence[Piece], count: str, variable: str) -> Spread:
    """Entries of a list, all of them so many times."""
    return _in_loop(pieces, Text(f"for {variable} in range({count})"))


def through(pieces: Sequence[Piece], target: str, rows: Piece) -> Spread:
    """Entries of a list, all of them for each row; what is a loop itself, is one within."""
    loop, first = Headed(f"for {target} in ", rows), pieces[0]
    if len(pieces) == 1 and isinstance(first, Spread) and first.parts[1].flat().startswith("for "):
        return Spread(first.head, (first.parts[0], loop, *first.parts[1:]), first.tail)
    return _in_loop(pieces, loop)


def _in_loop(pieces: Sequence[Piece], loop: Piece) -> Spread:
    if len(pieces) == 1 and not isinstance(pieces[0], Spread):
        return Spread("*(", (pieces[0], loop), ")")
    return Spread("*(", (Text("module"), loop, Headed("for module in ", several(pieces))), ")")
