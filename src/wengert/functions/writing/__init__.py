"""Writing into tensors: in-place methods, out=, and the histories of views."""
