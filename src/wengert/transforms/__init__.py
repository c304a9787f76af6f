"""Functions of functions: one file per transform, each a Level that says what happens to a primitive."""
