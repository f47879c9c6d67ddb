"""What a token costs and what is kept of it: of sequences read at once, one token more, and in training."""
