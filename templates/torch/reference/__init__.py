"""What generated tests hold a network to: a function a layer kind, in a file a module of ``archcalc/layers/kinds``."""
