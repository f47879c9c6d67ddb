"""What one place of a value sees along one axis of the input: a run of pixels."""

from __future__ import annotations

from msgspec import Struct

from archcalc.layers.working import Window
from archcalc.sizes.rules import Dim, dmax, is_known


class ReceptiveField(Struct, frozen=True):
    """What place j sees along one axis of the input: pixels j·stride − padding, and the next, ``size`` in all.

    It may begin before the input or end behind it; there is padding. Dilation and strides beyond the
    kernel leave holes in it. A ``stride`` of 0 says that every place sees the same.
    """

    size: Dim
    stride: Dim
    padding: Dim

    @property
    def fixed(self) -> bool:
        """Whether every place sees the same."""
        return type(self.stride) is int and self.stride == 0

    def through(self, window: Window) -> ReceptiveField:
        """What a place sees through one window more."""
        if self.fixed:
            return self
        return ReceptiveField(
            self.size + (window.reach - 1) * self.stride,
            self.stride * window.stride,
            self.padding + window.padding * self.stride,
        )

    def around(self, other: ReceptiveField) -> ReceptiveField:
        """What a place sees through this field and another of the same stride."""
        padding = dmax(self.padding, other.padding)
        end = dmax(self.size - self.padding, other.size - other.padding)
        return ReceptiveField(end + padding, self.stride, padding)

    def of_all(self, n: Dim) -> ReceptiveField:
        """What n places see, taken as one."""
        return self if self.fixed else ReceptiveField(self.size + (n - 1) * self.stride, 0, self.padding)

    def covers(self, n: Dim) -> bool:
        """Whether it is all of an axis of n pixels, whatever the place."""
        known = is_known(self.size, self.padding, n)
        return known and self.fixed and bool(self.padding >= 0 and self.size - self.padding >= n)


NOTHING = ReceptiveField(0, 0, 0)
"""What sees nothing along an axis."""
