"""One method a module: arrays in, arrays out, and nothing of ours is imported."""
