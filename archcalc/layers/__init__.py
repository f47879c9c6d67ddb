"""What a layer is, what its fields can be, and the kinds (``archcalc.layers.kinds``)."""
