"""What a layer is. Importing this package registers every kind (``archcalc.layers.kinds``)."""

from archcalc.layers import kinds as kinds
