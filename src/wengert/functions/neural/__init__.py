"""Functions of neural networks: what `torch.nn.functional` holds."""
