"""What fields take: exactly their domain, whatever they are given, and torch agrees at the lower ends."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from operator import eq
from typing import Any

import msgspec
import pytest
from hypothesis import find as find_one
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from archcalc.layers.contract import Layer
from archcalc.layers.fields import MAX_REAL, Choice, Field, FieldError, Flag, Real
from archcalc.layers.how_many import HowMany
from archcalc.layers.record import defaults_of, fields_of
from archcalc.layers.size_fields import MAX_SIZE, Axis, Listed, PerAxis, Size
from archcalc.sizes import symbolic
from archcalc.sizes.rules import UNKNOWN
from tests.support.draw_layers import ONE_INPUT
from tests.support.torch_oracle import Tally, accepted, check_case, trained_in_torch

FIELDS = [(kind, name, field) for kind in ONE_INPUT.values() for name, field in fields_of(kind).items()]

VOCABULARY = sorted({(field, kind.axes) for kind, _, field in FIELDS}, key=str)
"""Every field that some kind has, with how many axes it speaks of."""

every_vocabulary = pytest.mark.parametrize(("field", "axes"), VOCABULARY)


def every(*sorts: type[Field]) -> pytest.MarkDecorator:
    """Every field of these sorts of every kind."""
    found = [(kind, name, field) for kind, name, field in FIELDS if isinstance(field, sorts)]
    return pytest.mark.parametrize(
        ("kind", "name", "field"), found, ids=[f"{kind.kind}.{name}" for kind, name, _ in found]
    )


@every_vocabulary
def test_drawn_values_are_read_as_they_are(field: Field, axes: int) -> None:
    @given(field.values(axes))
    def check(value: Any) -> None:
        assert field.read(value, axes) == value

    check()


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(MAX_SIZE - 2, MAX_SIZE + 2),
    st.integers(2**52, 2**2000),
    st.floats(),
    st.fractions(),
    st.text(max_size=5),
    st.sampled_from(["same", "valid", "zeros", "none", UNKNOWN, symbolic.size("H")]),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
)


@every_vocabulary
def test_whatever_is_given_is_read_or_refused(field: Field, axes: int) -> None:
    @given(anything | st.lists(anything, max_size=4))
    def check(value: Any) -> None:
        try:
            read = field.read(value, axes)
        except FieldError as refusal:
            said = str(refusal)
        else:
            # What is read once is read again as itself, and no number comes of a flag, nor a flag of a number.
            said = "takes it"
            assert field.read(read, axes) == read
            assert isinstance(value, bool) == isinstance(read, bool)
        assert said.startswith("takes ")

    check()


@every(Field)
def test_the_default_is_a_value(kind: type[Layer], name: str, field: Field) -> None:
    default = defaults_of(kind).get(name)
    # What is inferred, or left to torch, has no default that a spec could state.
    assert default is None or field.read(default, kind.axes) == default


@every(Size, PerAxis)
def test_one_below_the_lower_end_is_refused(kind: type[Layer], name: str, field: Size | PerAxis) -> None:
    below = field.at_least - 1
    refused = f"from {below + 1} up.*, not {below}"
    with pytest.raises(FieldError, match=refused):
        field.read(below, kind.axes)
    if isinstance(field, PerAxis):
        with pytest.raises(FieldError, match=refused):
            field.read([*[below + 1] * (kind.axes - 1), below], kind.axes)


def _bare(kind: type[Layer]) -> tuple[Layer, tuple[int, ...]]:
    """A layer with what it must say and no more, and an input that it takes."""
    for layer, x in accepted(kind):
        bare = kind(**{name: getattr(layer, name) for name in fields_of(kind) if name not in defaults_of(kind)})
        if all(need.holds for need in bare.checks(x)):
            return bare, x
    raise AssertionError("no bare layer was drawn")


NO_VALUES = "a table of rows without values gives an empty tensor, which torch takes"
NOT_KEPT = "without weights and statistics nothing of that number is kept"

OURS = {
    "linear.out_features": "a layer without outputs gives an empty tensor, which torch takes",
    "transposed_linear.out_features": "as linear",
    "expand.size": "an axis that is repeated no times gives an empty tensor, which torch takes",
    "instance_norm1d.num_features": NOT_KEPT,
    "instance_norm2d.num_features": NOT_KEPT,
    "instance_norm3d.num_features": NOT_KEPT,
    "embedding.embedding_dim": NO_VALUES,
    "embedding.padding_idx": "below 0 torch counts rows from the end, which a spec does not",
    "position_embedding.embedding_dim": NO_VALUES,
    "bucketed_position_bias.num_heads": NO_VALUES,
    "rotary.rotary_dim": "where no value of a head is turned, the layer does nothing",
    "position_embedding.offset": "below 0 torch counts rows from the end, which a spec does not",
}
"""The fields whose lower end torch does not have, and what is beyond it."""


@every(Size, PerAxis)
def test_torch_has_the_lower_end_too(kind: type[Layer], name: str, field: Size | PerAxis) -> None:
    layer, x = _bare(kind)
    below = msgspec.structs.replace(layer, **{name: field.at_least - 1})
    assert isinstance(trained_in_torch(below, x), Exception) == (f"{kind.kind}.{name}" not in OURS)


@every(Real)
def test_torch_has_the_ends_of_a_real_number_too(kind: type[Layer], name: str, field: Real) -> None:
    layer, x = _bare(kind)
    for end in (5e-324 if field.above else field.at_least, field.at_most):
        assert field.read(end, kind.axes) == end
        # Whether the layer takes it is for the layer to say; but torch says the same.
        check_case((msgspec.structs.replace(layer, **{name: end}), x), Tally())


@pytest.mark.parametrize(
    ("field", "described"),
    [
        (Size(), "a whole number from 1 up"),
        (Size(0, optional=True), "a whole number from 0 up, or null"),
        (Axis(), "an axis number"),
        (Axis(optional=True), "an axis number, or null"),
        (PerAxis(), "a whole number from 1 up, or a list of one for each axis"),
        (PerAxis(keep=True), "a whole number from 1 up, or a list of one for each axis (null keeps the input's)"),
        (PerAxis(0, words=("same",)), "a whole number from 0 up, or a list of one for each axis, or `same`"),
        (Flag(), "true or false"),
        (Choice(("zeros", "reflect")), "`zeros` or `reflect`"),
        (Real(), "a number"),
        (Real(0.0, 1.0), "a number from 0 to 1"),
        (Real(0.0, above=True, optional=True), "a number above 0, or null"),
    ],
)
def test_describes_what_it_takes(field: Field, described: str) -> None:
    assert field.describe() == described


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (Size(), 0, "takes a whole number from 1 up, not 0"),
        (Size(), True, "takes a whole number from 1 up, not true"),
        (Size(), "3", "takes a whole number from 1 up, not the text `3`"),
        (Size(), None, "takes a whole number from 1 up, not nothing"),
        (Size(), Fraction(1, 2), "takes a whole number from 1 up, not 0.5"),
        (Size(), 2**31, "takes at most 2,147,483,647, not 2,147,483,648"),
        (Axis(), 64, "takes less than 64 either way, not 64"),
        (PerAxis(), [1, 2, 3], "takes one number, or a list of 2, not of 3"),
        (PerAxis(), [[1], 2], "takes a whole number from 1 up, or a list of one for each axis, not a list"),
        (Flag(), 1, "takes true or false, not 1"),
        (Choice(("a", "b")), "c", "takes `a` or `b`, not `c`"),
        (Real(0.0, 1.0), 1.5, "takes a number from 0 to 1, not 1.5"),
        (Real(), float("nan"), "takes a number, not nan"),
        (Real(), float("inf"), "takes a number, not inf"),
        (Real(), 2 * MAX_REAL, "takes a number, not 6.805646932770577e+38"),
        (Real(), {}, "takes a number, not a mapping"),
    ],
)
def test_says_why_it_refuses(field: Field, value: Any, message: str) -> None:
    with pytest.raises(FieldError) as refusal:
        field.read(value, 2)
    assert str(refusal.value) == message


@pytest.mark.parametrize("value", [True, "3", None, 1.5, [1, 2]])
def test_tells_a_wrong_type_from_a_wrong_value(value: Any) -> None:
    with pytest.raises(FieldError) as refusal:
        Size().read(value, 2)
    assert refusal.value.wrong_type
    with pytest.raises(FieldError) as refusal:
        Size().read(Fraction(3, 2), 2)
    assert not refusal.value.wrong_type


def test_a_real_number_fits_a_float_or_64_bits() -> None:
    assert type(Real().read(10**20, 1)) is float
    assert type(Real().read(3, 1)) is int
    assert Real().read(Fraction(1, 4), 1) == 0.25
    # Beyond 2^53 − 1 a double does not tell a whole number from the next one (RFC 7493, 2.2).
    assert type(Real().read(2**53 - 1, 1)) is int
    assert type(Real().read(2**53, 1)) is float


@every_vocabulary
def test_what_is_near_is_so_at_one_distance(field: Field, axes: int) -> None:
    """Else it would be tried again and again, and words in place of the numbers that do the same."""

    @given(field.values(axes))
    def check(value: Any) -> None:
        near = [{str(other) for other in field.nearby(value, axes, distance)} for distance in range(1, 12)]
        assert len(set().union(*near)) == sum(map(len, near))

    check()


def test_lists_are_drawn_as_long_as_asked() -> None:
    @given(Listed(Size(), drawn=2).values(1), Listed(Size(), rest=True, drawn=2).values(1))
    def check(plain: Any, with_rest: Any) -> None:
        assert 1 <= len(plain) <= 2
        assert 1 <= len(with_rest) <= 2

    check()


def test_numbers_of_axes_are_drawn_one_beyond_those_of_a_volume_with_its_batch() -> None:
    """Five axes: with −6 and 6 all that is wrong is drawn, and little of it."""
    assert find_one(Axis().values(1), lambda value: value == 6) == 6
    assert find_one(Axis().values(1), lambda value: value == -6) == -6
    for beyond in (7, -7):
        with pytest.raises(NoSuchExample):
            find_one(Axis().values(1), partial(eq, beyond))


def test_one_part_two_and_three_are_drawn() -> None:
    """What is between parts shows with two, and what is between such with three."""
    for parts in (1, 2, 3):
        assert find_one(HowMany().values(1), partial(eq, parts)) == parts
    with pytest.raises(NoSuchExample):
        find_one(HowMany().values(1), lambda value: value not in (1, 2, 3))
