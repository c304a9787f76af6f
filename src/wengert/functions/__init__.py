"""The PyTorch-named functions, composed of ops, so they need no rules of their own."""
