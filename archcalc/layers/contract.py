"""The contract that every layer kind keeps, and the register of kinds.

A kind is one frozen class with torch's name. It says what it gives, needs, weighs and costs; the check, the counts, the
generated code, the documentation and the property tests are all derived from that. A class that names its ``kind`` is
final and registers itself; one that does not is an abstract base. (Above 300 lines: it is one class, and all of it.)
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import NODEFAULT

from archcalc.layers.call import Call
from archcalc.layers.counters import Rule
from archcalc.layers.kinds import FAMILIES
from archcalc.layers.need import BatchNeed, Need, disagreement
from archcalc.layers.record import Record, defaults_of, fields_of, follows_of
from archcalc.layers.register import Register
from archcalc.layers.starts import Spread
from archcalc.layers.working import Line, Repeats, Trace, Window, places
from archcalc.sizes.axes import axis_names, shape_text
from archcalc.sizes.rules import Dim, Shape, Truth, equal

KINDS: Register[type["Layer"]] = Register("archcalc.layers.kinds", FAMILIES, {"route": "archcalc.layers.route"})
"""Every kind by its name in a spec; a kind's module is imported when it is first asked for."""


class Layer(Record):
    """One layer. Every method takes the shape of its input, or of each, ``out(*shapes)``: ``(C, H, W)``, no batch."""

    kind: ClassVar[str]
    stated: ClassVar[bool] = True
    """Whether an entry of a spec states it, by its ``kind``."""
    given: ClassVar[bool] = False
    """Whether it is an input of the network, and nothing is done."""
    uncounted: ClassVar[str] = "nothing is computed"
    """In words, why a kind without ``macs`` of its own has none."""
    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    """The fewest and the most inputs it takes; ``None`` for any number."""
    joins: ClassVar[bool] = False
    """Whether it puts values together by an ``expression`` in generated code, and is no module."""
    own_module: ClassVar[bool] = False
    """Whether torch.nn has no such class, so that generated code carries ``templates/torch/modules/<kind>.py``."""
    beside_torch: ClassVar[tuple[str, ...]] = ()
    """The fields that torch's class has not: where one is given, generated code carries a class that has them, too."""
    own_parameter: ClassVar[bool] = False
    """Whether it is a single ``nn.Parameter``, and what becomes of the input its ``expression``."""
    own_buffer: ClassVar[bool] = False
    """Whether that is an ``nn.Buffer``, which is not learnt, and a function of its own makes it."""
    axes: ClassVar[int] = 0
    """How many spatial axes a per-axis field speaks of."""
    ranks: ClassVar[tuple[int, ...] | None] = None
    """How many axes an input may have, the batch left out; ``None`` for any number."""
    ranks_suffice: ClassVar[bool] = True
    """Whether an input with as many axes as ``ranks`` says leaves its output's first size known, come what may."""
    least_rank: ClassVar[int] = 0
    """How many axes an input must have at least, where ``ranks`` does not say it."""
    commutes: ClassVar[bool] = False
    """Whether the order of its inputs makes no difference."""
    positional: ClassVar[tuple[str, ...]] = ()
    """The fields that generated code passes by position, and so always."""
    routes: ClassVar[bool] = False
    """Whether it lets each token take some of several experts, so that the others compute nothing for it."""
    turns_axes: ClassVar[bool] = False
    """Whether what stands in one axis may stand in another behind it, so that the first need not be channels."""
    names_axes: ClassVar[bool] = False
    """Whether the spec names the axes that become one, so that none is taken in by chance."""
    batch_statistics: ClassVar[bool] = False
    """Whether training mode normalises over the batch, so that a sample's output depends on the others."""
    gives_probabilities: ClassVar[bool] = False
    """Whether it turns scores into probabilities, so that a loss on scores goes before it."""
    ignores_values: ClassVar[bool] = False
    """Whether no value that it gives depends on one that arrives: only its sizes, and the number of samples, do."""
    mixes_channels: ClassVar[bool] = True
    """Whether a value may depend on others along the first axis."""
    looks_up: ClassVar[bool] = False
    """Whether it takes whole numbers, and those of its field ``below``: all others compute with real ones."""
    takes_whole: ClassVar[tuple[int, ...]] = ()
    """The places of inputs that may hold whole numbers, too: they are only compared."""
    only_sizes: ClassVar[tuple[int, ...]] = ()
    """The places of inputs of which only the sizes matter: nothing that it gives depends on their values."""
    can_be_tied: ClassVar[bool] = False
    """Whether its weight can be the table of an embedding: its field ``tied`` is then the shape of that."""
    random_in_training: ClassVar[bool] = False
    """Whether two passes in training mode differ."""
    drops: ClassVar[bool] = False
    """Whether it zeroes values at random in training, and scales up the others."""
    drawn_behind: ClassVar[bool] = False
    """Whether figures draw it in the box of the layer that it stands behind, as they do an activation."""
    told_in_tables: ClassVar[bool] = True
    """Whether a paper's table has it, as one has none of the norms, the activations, and what only arranges values."""
    sort: ClassVar[str] = ""
    """What its operations are called that counters count: its MACs, or what is done value by value."""
    counted: ClassVar[Mapping[str, Rule]] = {}
    """What other counters make of it, by the counter; nothing of one that does not know it."""
    foreign: ClassVar[dict[str, str]] = {}
    """Other frameworks' words for this kind's fields."""
    also_called: ClassVar[tuple[str, ...]] = ()
    """Other frameworks' names for this kind, in lower case."""

    if TYPE_CHECKING:
        # With a field, a kind that is not known would be called with no other.
        @property
        def again(self) -> bool:
            """Whether its weights are those of a layer before it, which is applied once more; the network says so."""
    else:
        again: bool = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "kind" in cls.__dict__:
            KINDS.add(cls.kind, cls, listed=cls.stated)

    @property
    def carried(self) -> bool:
        """Whether generated code carries its class, from ``templates/torch/modules``."""
        defaults = defaults_of(type(self))
        return self.own_module or any(getattr(self, name) != defaults[name] for name in self.beside_torch)

    @property
    def carried_file(self) -> str:
        """The file in ``templates/torch/modules`` with its class; of ``x`` and ``plain_x`` the first can do more."""
        return self.kind

    @property
    def is_module(self) -> bool:
        """Whether generated code has a module for it: not for a join, nor for a parameter by itself."""
        return not self.joins and not self.own_parameter

    def passes_on(self, place: int) -> bool:
        """Whether values of this input go into what it gives, and are not only compared, nor only as many counted."""
        return not self.ignores_values and place not in (*self.only_sizes, *self.takes_whole)

    @property
    def hides_later(self) -> bool:
        """Whether a place sees only those up to itself, along an axis that goes along and of which it has no window."""
        return False

    @property
    def channels_first(self) -> bool:
        """Whether it takes the first axis of its input for channels: as all do that say how many axes there must be."""
        return self.ranks is not None

    def out(self, x: Shape) -> Shape:
        """``(C, H, W)`` → ``(C', H', W')``, the output's shape; the input's unless a kind says otherwise."""
        return x

    def needs(self, x: Shape) -> Iterator[Need]:
        """What must hold, beyond the number of axes and what the spec states twice."""
        return iter(())

    def batch_needs(self, x: Shape, /) -> Iterator[BatchNeed]:
        """What must hold of the number of samples."""
        return iter(())

    def advice(self, x: Shape, /) -> Iterator[Need]:
        """What is legal but probably not meant: a need that fails here is a warning."""
        return iter(())

    def advice_on_maps(self, x: Shape, /) -> Iterator[Need]:
        """As ``advice``, of an input that is known to be a map: channels in its first axis, places in the others."""
        return iter(())

    def infers(self, *xs: Shape) -> dict[str, Dim]:
        """The fields that follow from the input, so that a spec may leave them out, but for one stated as a list."""
        follows = follows_of(type(self))
        return {name: xs[0][axis] for name, axis in follows.items() if not isinstance(getattr(self, name), tuple)}

    def nearest_shapes(self, *xs: Shape) -> Iterator[tuple[Shape, ...]]:
        """Shapes of its sources nearest to these, where it refuses these and no field of its own is wrong."""
        return iter(())

    def settled(self, name: str, x: Shape) -> Dim:
        """One of these fields as the spec states it, else as it follows from the input."""
        stated: Dim | None = getattr(self, name)
        return x[follows_of(type(self))[name]] if stated is None else stated

    def weights(self, x: Shape) -> dict[str, Shape]:
        """The shapes of the learnable parameters, as ``state_dict`` names them."""
        return {}

    def own_weights(self, *xs: Shape) -> dict[str, Shape]:
        """Those of the weights that are not another layer's, which it is again or is tied to: that one counts them."""
        return {} if self.again else self.weights(*xs)

    def started(self, name: str, x: Shape, /) -> Spread:
        """How torch starts a learnable tensor: as a rule with ones what scales, and with zeros what shifts."""
        return (1.0, 0.0) if name == "weight" else (0.0, 0.0)

    def role(self, name: str) -> str:
        """Which word of ``init`` speaks of a learnable tensor: ``weight`` or ``bias``, and the name where none does."""
        return name

    def buffers(self, x: Shape, /) -> dict[str, Shape]:
        """The shapes of the persistent tensors that are not learnt, as ``state_dict`` names them."""
        return {}

    def held(self, name: str, x: Shape, /) -> Spread:
        """What such a tensor holds at the start: as a rule zeros, and running variances of 1."""
        return (1.0, 0.0) if name == "running_var" else (0.0, 0.0)

    def macs(self, x: Shape) -> Dim:
        """Fused multiply-adds for one sample; biases, normalisation and activations not counted."""
        return 0

    def macs_giving(self, output: Shape, *xs: Shape) -> Dim:
        """As ``macs``, of a layer that is known to give this: who needs it to count does not work it out again."""
        return self.macs(*xs)

    def twice_hidden(self, *xs: Shape) -> Dim:
        """Twice those of its MACs that a mask hides, so that a kernel can skip them; half of it is a whole number."""
        return 0

    def scores(self, *xs: Shape) -> Dim:
        """How many numbers say how places compare: one for each head and each pair of places."""
        return 0

    def hidden_from_last(self, *xs: Shape) -> Dim:
        """Those of its MACs that a window hides at the last place."""
        return 0

    def kept(self, *xs: Shape) -> Dim | None:
        """How many values it keeps of the places of a sequence, for one that comes next; ``None`` if nobody can say."""
        return None

    def leftover(self, x: Shape, /) -> Iterator[Dim]:
        """How many pixels at each axis's end no window reaches, because the stride does not divide."""
        return iter(())

    def derivation(self, x: Shape) -> Iterator[Line]:
        """How the output's sizes come about, and its needs, with the numbers put in; nothing where the shape stays."""
        return iter(())

    def spent(self, x: Shape) -> Iterator[Line]:
        """How the MACs come about, and in words why there are none."""
        yield Line("MACs", "0", 0, self.uncounted)

    def window(self, x: Shape) -> tuple[Window, ...] | None:
        """What one place sees of the input, for each of its ``places``; ``None`` where that is no window."""
        return (Window(),) * len(places(x)) if places(self.out(x)) == places(x) else None

    # What torch does with memory: by the fields alone, so that no error of sizes hides an error of these.
    def overwrites(self, training: bool) -> bool:
        """Whether torch writes what it gives over what it takes, in training or in evaluation."""
        return False

    def shares(self, training: bool) -> bool:
        """Whether what it gives may be what it takes, or a view of it: then both lie in the same memory."""
        return False

    def keeps_input(self) -> bool:
        """Whether torch may keep what it takes, all of it, for the backward pass."""
        return True

    def keeps_output(self) -> bool:
        """Whether torch keeps what it gives for the backward pass."""
        return False

    def stretch(self) -> tuple[int, int, int | None] | None:
        """Of a view of a stretch of an axis: which axis, from where and up to where, as ``slice`` has them."""
        return None

    def first(self, x: Shape) -> Window:
        """What one place sees along the first axis, which matters where ``permute`` has put pixels there."""
        return Window(x[0], 0) if self.mixes_channels else Window()

    def traces(self, x: Shape) -> tuple[Trace | None, ...]:
        """How the input goes through, where each place of the output sees one window of it; an entry an input."""
        windows = self.window(x)
        if windows is None:
            return (None,)
        # A flatten of one channel leaves its places where they are, and is one axis less.
        along = tuple(range(1, len(x))) or (0,)
        leading = (0,) if len(x) > 1 else (None,)
        axes = (*leading, *along) if len(self.out(x)) > 1 else along
        return (Trace((self.first(x), *windows) if len(x) > 1 else windows, axes),)

    def spreads(self, x: Shape) -> tuple[Window, ...] | None:
        """Where place t of the input goes, where there is no ``window``: t·stride − padding + i·dilation, i < size."""
        return None

    @property
    def in_parts(self) -> bool:
        """Whether output j of m sees input places from ⌊j·n/m⌋ to ⌈(j + 1)·n/m⌉, where it has no ``window``."""
        return False

    @property
    def in_firsts(self) -> bool:
        """Whether output j of m sees the input place ⌊j·n/m⌋ alone, where it has no ``window``."""
        return False

    def all_reached(self, x: Shape) -> tuple[Truth, ...]:
        """Whether each of the input's ``places`` has a part in the output, asked of a kind that has no ``window``."""
        return (True,) * len(places(x))

    def repeats(self, x: Shape) -> tuple[Repeats, ...] | None:
        """How padding repeats the input, for each of its ``places``, of a kind that has no ``window`` because of it."""
        return None

    def mixes_all(self, x: Shape) -> bool:
        """Whether each place surely depends on all of the first axis, where ``first`` says that it may."""
        return False

    def beside(self, *xs: Shape) -> int | None:
        """Along which axis several inputs lie beside each other in the output, if along any; 0 is behind the batch."""
        return None

    def channels_stay(self, x: Shape) -> bool:
        """Whether what is in one channel stays in one channel, so that no place becomes a channel."""
        return True

    def torch(self, x: Shape) -> Call:
        """The constructor call that builds this layer in ``torch.nn``."""
        values = {name: getattr(self, name) for name in fields_of(type(self))} | self.infers(x)
        args = tuple(values[name] for name in self.positional)
        kwargs = {
            name: value
            for name, value in values.items()
            if name not in self.positional and value != defaults_of(type(self)).get(name, NODEFAULT)
        }
        return Call(type(self).__name__, args, kwargs)

    def expression(self, values: Sequence[str]) -> str:
        """How generated code computes the output, from the names of the module, or the parameter, and of its input."""
        return f"{values[0]}({', '.join(values[1:])})"

    def checks(self, x: Shape) -> Iterator[Need]:
        """Every need: the number of axes, then what is stated and also arrives, then the kind's own."""
        if not self.takes_axes(len(x)):
            yield Need(False, "A202", lambda: self._rank_error(x), beyond_torch=self.misread(len(x)))
            return
        for name, axis in follows_of(type(self)).items():
            stated = getattr(self, name)
            if stated is not None and not isinstance(stated, tuple):
                why, ours = disagreement(name, stated, x[axis]), not self.compared_by_torch(x)
                yield Need(equal(stated, x[axis]), "A203", why, name, beyond_torch=ours)
        yield from self.needs(x)

    def takes_axes(self, rank: int) -> bool:
        """Whether it takes an input of so many axes, the batch left out."""
        return rank >= self.least_rank and (self.ranks is None or rank in self.ranks)

    def compared_by_torch(self, x: Shape) -> bool:
        """Whether torch too refuses another size than a field states: it compares with what it keeps, if anything."""
        return bool(self.weights(x) or self.buffers(x))

    def misread(self, rank: int) -> bool:
        """Whether torch takes other axes too, but as no batch: one fewer than with spatial axes is a single sample."""
        return self.axes > 0 and rank + 1 in (self.ranks or ())

    def _rank_error(self, x: Shape) -> str:
        more = ", or any more axes" if self.ranks is None else ""
        wanted = " or ".join(axis_names(rank) for rank in self.ranks or (self.least_rank,)) + more
        return f"takes {wanted}, but {shape_text(x)} arrives"
