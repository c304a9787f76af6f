"""Public functions without calls, by why they have none."""

EXCEPTIONS = {}
