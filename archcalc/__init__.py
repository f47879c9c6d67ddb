"""archcalc: the type checker and compiler for neural-network architectures."""
