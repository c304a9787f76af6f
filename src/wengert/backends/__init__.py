"""torch.backends: what there is to compute with. Knows answers to questions; nothing here changes what is computed."""

from wengert.backends import cpu, cuda, cudnn, mkl, mkldnn, mps, openmp

__all__ = ["cpu", "cuda", "cudnn", "mkl", "mkldnn", "mps", "openmp"]
