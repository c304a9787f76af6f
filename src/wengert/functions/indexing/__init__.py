"""Functions that read and write elements at positions."""
