"""Functions that rearrange elements: views, joins, pieces."""
