"""Texts: printed tensors and docstrings."""
