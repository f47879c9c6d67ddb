"""Dropout: zeroing at random in training, nothing otherwise."""

from typing import Annotated, ClassVar

from archcalc.layers.contract import Layer
from archcalc.layers.fields import Choice, Flag, Real


class _Dropout(Layer):
    uncounted: ClassVar[str] = "masks are not counted"
    drawn_behind: ClassVar[bool] = True
    told_in_tables: ClassVar[bool] = False
    mixes_channels: ClassVar[bool] = False
    p: Annotated[float, Real(0.0, 1.0)] = 0.5
    inplace: Annotated[bool, Flag()] = False

    positional: ClassVar[tuple[str, ...]] = ("p",)
    drops: ClassVar[bool] = True
    random_in_training: ClassVar[bool] = True
    foreign: ClassVar[dict[str, str]] = {"rate": "p", "dropout_ratio": "p", "ratio": "p", "prob": "p"}

    def overwrites(self, training: bool) -> bool:
        return self.inplace and training and self.p > 0

    def shares(self, training: bool) -> bool:
        return not training or self.p == 0

    def keeps_input(self) -> bool:
        return False


class Dropout(_Dropout):
    """(N, *) -> (N, *); torch.nn.Dropout. Zeroes single values with probability p.

    Hinton et al. 2012, "Improving neural networks by preventing co-adaptation of feature detectors".
    """

    kind = "dropout"


class Dropout1d(_Dropout):
    """(N, C, L) -> (N, C, L); torch.nn.Dropout1d. Zeroes whole channels with probability p.

    Tompson et al. 2015, "Efficient object localization using convolutional networks".
    """

    kind = "dropout1d"
    ranks = (2,)

    def misread(self, rank: int) -> bool:
        """With one axis fewer: one sample without its batch."""
        return rank == 1


class Dropout2d(_Dropout):
    """(N, C, H, W) -> (N, C, H, W); torch.nn.Dropout2d. Zeroes whole channels with probability p.

    Tompson et al. 2015, "Efficient object localization using convolutional networks".
    """

    kind = "dropout2d"
    ranks = (3,)

    def misread(self, rank: int) -> bool:
        """Always, with a warning: it is deprecated."""
        return True


class Dropout3d(_Dropout):
    """(N, C, D, H, W) -> (N, C, D, H, W); torch.nn.Dropout3d. Zeroes whole channels with probability p.

    Tompson et al. 2015, "Efficient object localization using convolutional networks".
    """

    kind = "dropout3d"
    ranks = (4,)

    def misread(self, rank: int) -> bool:
        """Always, with a warning: it is deprecated."""
        return True


class _AlphaDropout(_Dropout):
    def overwrites(self, training: bool) -> bool:
        """Never: torch's modules have ``inplace``, and pass it to nobody."""
        return False


class AlphaDropout(_AlphaDropout):
    """(N, *) -> (N, *); torch.nn.AlphaDropout. Dropout that keeps mean and variance, for SELU.

    Klambauer et al. 2017, "Self-normalizing neural networks".
    """

    kind = "alpha_dropout"


class FeatureAlphaDropout(_AlphaDropout):
    """(N, C, *) -> (N, C, *); torch.nn.FeatureAlphaDropout. Alpha dropout of whole channels.

    Klambauer et al. 2017, "Self-normalizing neural networks".
    """

    kind = "feature_alpha_dropout"


class StochasticDepth(Layer):
    """(N, *) -> (N, *); torchvision.ops.StochasticDepth.

    Zeroes whole samples (row) or the whole batch with probability p in training, and divides the others by 1 − p.
    Huang et al. 2016, "Deep networks with stochastic depth".
    """

    kind = "stochastic_depth"
    uncounted: ClassVar[str] = "masks are not counted"
    drawn_behind: ClassVar[bool] = True
    told_in_tables: ClassVar[bool] = False
    mixes_channels: ClassVar[bool] = False
    also_called = ("drop_path", "drop_connect")
    own_module: ClassVar[bool] = True
    p: Annotated[float, Real(0.0, 1.0)]
    mode: Annotated[str, Choice(("row", "batch"))] = "row"

    positional: ClassVar[tuple[str, ...]] = ("p",)
    random_in_training: ClassVar[bool] = True
    foreign: ClassVar[dict[str, str]] = {"drop_prob": "p", "rate": "p", "drop_path_rate": "p", "prob": "p"}

    def shares(self, training: bool) -> bool:
        return not training or self.p == 0

    def keeps_input(self) -> bool:
        return False
