"""Fourier transforms under PyTorch's names, and windows."""
