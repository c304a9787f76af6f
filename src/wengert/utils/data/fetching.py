"""Elements for indices, collated: what happens in a worker, or in the program itself.

Knows datasets. Must not know processes.
"""

from __future__ import annotations

from itertools import islice
from typing import Any, NamedTuple

from wengert.utils.data.dataset import IterableDataset, several


class Recipe(NamedTuple):
    """How batches are made of a dataset."""

    dataset: Any
    batched: bool
    collate: Any
    drop_last: bool


class Fetcher:
    """Makes one batch after another."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._elements = iter(recipe.dataset) if isinstance(recipe.dataset, IterableDataset) else None
        self._ended = False

    def fetch(self, indices: Any) -> Any:
        """The batch for some indices; of an iterable dataset, as many elements as there are indices.

        Raises:
            StopIteration: if there are no more elements.
        """
        recipe = self._recipe
        if self._elements is None:
            if not recipe.batched:
                return recipe.collate(recipe.dataset[indices])
            return recipe.collate(several(recipe.dataset, indices))
        if self._ended:
            raise StopIteration
        if not recipe.batched:
            return recipe.collate(next(self._elements))
        batch = list(islice(self._elements, len(indices)))
        self._ended = len(batch) < len(indices)
        if not batch or (recipe.drop_last and self._ended):
            raise StopIteration
        return recipe.collate(batch)
