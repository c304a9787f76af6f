"""A page for the browser that shows a graph, its values and its gradients, step by step.

    page := passes (see collecting.py), as JSON within one file of HTML that needs nothing else
    pass := nodes (leaves, data, operations), groups of them, the lines they stand in, the steps of the walk

The same program gives the same page. The folder is not called `page`, because a module of that name would hide the
function.
"""

from wengert.inspect.pages.remembering import remember
from wengert.inspect.pages.writing import Page, page

__all__ = ["Page", "page", "remember"]
