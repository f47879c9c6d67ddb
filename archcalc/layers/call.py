"""How a layer is built in torch."""

from msgspec import Struct


class Call(Struct, frozen=True):
    """A ``torch.nn`` constructor call: the class's name and its arguments."""

    name: str
    args: tuple[object, ...]
    kwargs: dict[str, object]
