"""The version, in one place. Knows one string; must not import anything, because the build reads this file as text."""

__version__ = "0.1.0"
