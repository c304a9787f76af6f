"""Calls of what moves and reads pixels: sizes, grids, shuffles, pooling at random steps."""

import numpy as np
from tests.functions.calls import Constant, call

rng = np.random.default_rng(5)
LINE, IMAGE, VOLUME = rng.normal(size=(2, 2, 5)), rng.normal(size=(1, 2, 5, 4)), rng.normal(size=(1, 1, 4, 5, 4))
MODES = [(LINE, "linear"), (IMAGE, "bilinear"), (IMAGE, "bicubic"), (VOLUME, "trilinear")]
INPUTS = [LINE, IMAGE, VOLUME]
OPTIONS = "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"

INTERPOLATE = [
    *(call(x, size=n, mode=mode) for x in INPUTS for mode in ["nearest", "nearest-exact"] for n in [2, 7]),
    *(call(x, scale_factor=f, mode=mode) for x in INPUTS for mode in ["nearest", "nearest-exact"] for f in [0.7, 2.4]),
    *(call(x, size=n, mode="area") for x in INPUTS for n in [2, 4]),
    *(call(x, size=n, mode=mode, align_corners=c) for x, mode in MODES for n in [2, 7] for c in [True, False]),
    *(call(x, scale_factor=f, mode=mode, align_corners=False) for x, mode in MODES for f in [0.7, 2.4]),
    *(call(x, scale_factor=1.7, mode=mode, recompute_scale_factor=True) for x, mode in MODES),
    *(call(IMAGE, size=n, mode=mode, antialias=True) for mode in ["bilinear", "bicubic", "lanczos"] for n in [2, 7]),
    *(call(IMAGE, size=(2, 3), mode=mode, antialias=True, align_corners=True) for mode in ["bilinear", "bicubic"]),
    *(call(IMAGE, scale_factor=0.5, mode=mode, antialias=True) for mode in ["bilinear", "bicubic"]),
    call(IMAGE, (3, 9)), call(IMAGE, scale_factor=(2, 0.5), mode="area"), call(LINE, 1, mode="linear", align_corners=True),
    call(LINE, 5), call(LINE, [5], mode="linear"),
    call(IMAGE, _raises="either size or scale_factor should be defined"),
    call(IMAGE, 2, 2.0, _raises="only one of size or scale_factor should be defined"),
    call(IMAGE, (2, 2, 2), _raises="Input and output must have the same number of spatial dimensions, but got input with"),
    call(IMAGE, scale_factor=(2.5,), _raises="Input and scale_factor must have the same number of spatial dimensions, but"),
    call(IMAGE, 2, align_corners=True, _raises=OPTIONS),
    call(IMAGE, 2, mode="linear", _raises="Got 4D input, but linear mode needs 3D input"),
    call(LINE, 2, mode="bilinear", _raises="Got 3D input, but bilinear mode needs 4D input"),
    call(VOLUME, 2, mode="linear", _raises="Got 5D input, but linear mode needs 3D input"),
    call(LINE[0], 2, _raises="Input Error: Only 3D, 4D and 5D input Tensors supported (got 2D) for the modes: nearest | lin"),
    call(IMAGE, 2, mode="x", _raises="Input Error: Only 3D, 4D and 5D input Tensors supported (got 4D) for the modes: nea"),
    call(IMAGE, 0, _raises="Input and output sizes should be greater than 0, but got input (H: 5, W: 4) output (H: 0, W: 0)"),
    call(IMAGE[:, :0], 2, _raises="Non-empty 4D data tensor expected but got a tensor with sizes [1, 0, 5, 4]"),
    call(IMAGE, 2, antialias=True, _raises="Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and r"),
    call(IMAGE, 2, mode="lanczos", _raises="Lanczos mode requires antialias=True"),
    call(IMAGE, 2, recompute_scale_factor=True, _raises="recompute_scale_factor is not meaningful with an explicit size."),
    call(IMAGE, (2.5, 2), _raises="expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int]"),
]  # fmt: skip

# ------------------------------------------------------------------------ grids


def smooth_places(shape, lengths):
    """Places from -1.4 to 1.4 that are not near the middle or edge of an element, wherever the corners are."""
    found = np.zeros(shape)
    for at in np.ndindex(shape):
        n = lengths[::-1][at[-1]]
        while True:
            x = rng.uniform(-1.4, 1.4)
            twice = 2 * np.array([(x + 1) / 2 * (n - 1), ((x + 1) * n - 1) / 2])
            if np.abs(twice - np.rint(twice)).min() > 0.1:
                break
        found[at] = x
    return found


FLAT_GRID, DEEP_GRID = smooth_places((1, 3, 2, 2), (5, 4)), smooth_places((1, 2, 2, 2, 3), (4, 5, 4))
PAIRS = [(IMAGE, FLAT_GRID, m) for m in ["bilinear", "nearest", "bicubic"]]
PAIRS += [(VOLUME, DEEP_GRID, m) for m in ["bilinear", "nearest"]]
PADDINGS = ["zeros", "border", "reflection"]
EDGES = np.array([-3.0, -1.0, -0.2, 0.0, 1.0, 5.0, 1e30, np.nan]).reshape(1, 2, 2, 2)
GRID = [
    *(call(x, g, m, pad, c) for x, g, m in PAIRS for pad in PADDINGS for c in [True, False]),
    call(IMAGE, FLAT_GRID), call(IMAGE[:, :, :1, :1], FLAT_GRID, "bilinear", "reflection", True, _smooth=False),
    call(IMAGE, FLAT_GRID, mode="x", _raises="nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or"),
    call(IMAGE, FLAT_GRID, padding_mode="x", _raises="nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'b"),
    call(LINE, FLAT_GRID, _raises="grid_sampler(): expected grid and input to have same batch size, but got input with si"),
    call(IMAGE, DEEP_GRID[:, 0], _raises="grid_sampler(): expected grid to have size 2 in last dimension, but got grid wit"),
    call(VOLUME, DEEP_GRID, "bicubic", _raises="grid_sampler(): bicubic interpolation only supports 4D input"),
    call(IMAGE[:, :, :0], FLAT_GRID, _raises="grid_sampler(): expected input to have non-empty spatial dimensions, but inp"),
]  # fmt: skip
FLAT, DEEP = rng.normal(size=(2, 2, 3)), rng.normal(size=(2, 3, 4))
AFFINE = [
    *(call(FLAT, (2, 1, 3, 4), c) for c in [True, False]), *(call(DEEP, (2, 1, 2, 3, 2), c) for c in [True, False]),
    call(FLAT, (2, 1, 1, 3), False, _smooth=False), call(FLAT, [2, 1, 2, 1], align_corners=True, _smooth=False),
    call(FLAT, (2, 1, 4), _raises="affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectivel"),
    call(DEEP, (2, 1, 4, 4), _raises="Expected a batch of 2D affine matrices of shape Nx2x3 for size (2, 1, 4, 4). Got tor"),
    call(FLAT, (2, 1, 4, 4, 4), _raises="Expected a batch of 3D affine matrices of shape Nx3x4 for size (2, 1, 4, 4, 4)."),
    call(FLAT, (2, 1, 0, 4), _raises="Expected non-zero, positive output size. Got (2, 1, 0, 4)"),
    call(FLAT, (1, 1, 4, 4), _raises="Expected size for first two dimensions of batch2 tensor to be: [1, 3] but got: [2, "),
]  # fmt: skip

# ------------------------------------------------------------------------ shuffles

CHANNELS = rng.normal(size=(2, 8, 4, 6))
SHUFFLE = [
    call(CHANNELS, 2), call(CHANNELS[0], 2), call(CHANNELS[None], 1), call(CHANNELS[:0], 2),
    call(CHANNELS[0, 0, 0], 2, _raises="pixel_shuffle expects input to have at least 3 dimensions, but got input with 1 di"),
    call(CHANNELS, 3, _raises="pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of up"),
    call(CHANNELS, 0, _raises="pixel_shuffle expects a positive upscale_factor, but got 0"),
]  # fmt: skip
UNSHUFFLE = [
    call(CHANNELS, 2), call(CHANNELS[0], 2), call(CHANNELS[None], 1),
    call(CHANNELS[0, 0, 0], 2, _raises="pixel_unshuffle expects input to have at least 3 dimensions, but got input with 1"),
    call(CHANNELS, 3, _raises="pixel_unshuffle expects height to be divisible by downscale_factor, but input.size(-2)=4 i"),
    call(CHANNELS, 0, _raises="pixel_unshuffle expects a positive downscale_factor, but got 0"),
]  # fmt: skip
CHANNEL = [
    call(CHANNELS, 2), call(CHANNELS, 4), call(CHANNELS[:, :, 0], 8),
    call(CHANNELS[0, 0], 2, _raises="channel_shuffle expects input with > 2 dims, but got input with sizes [4, 6]"),
    call(CHANNELS, 3, _raises="Number of channels must be divisible by groups. Got 8 channels and 3 groups."),
    call(CHANNELS, 0, _raises="Number of groups to divide channels in must be positive. Value of groups:0"),
]  # fmt: skip

# ------------------------------------------------------------------------ pooling

STEPS = Constant(rng.uniform(size=(1, 2, 2)))
DEEP_STEPS = Constant(rng.uniform(size=(1, 1, 3)))
FRACTIONAL = [
    call(IMAGE, 2, 3, None, False, STEPS), call(IMAGE, (3, 2), (2, 3), None, False, STEPS), call(IMAGE, 2, None, (0.5, 0.6), False, STEPS),
    call(IMAGE[0], 2, 2, _batch=False), call(IMAGE, 2, 2, None, True, STEPS),
    call(IMAGE, 2, _raises="fractional_max_pool2d requires specifying either an output_size or an output_ratio"),
    call(IMAGE, 2, 5, _raises="fractional_max_pool2d(): pool height 2 too large relative to input height 5"),
    call(IMAGE[0, 0], 2, 2, _raises="Dimension out of range (expected to be in range of [-2, 1], but got -3)"),
    call(IMAGE, (2, 2, 2), 2, _raises="fractional_max_pool2d: kernel_size must either be a single Int or tuple of Ints"),
]  # fmt: skip
FRACTIONAL_DEEP = [
    call(VOLUME, 2, 2, None, False, DEEP_STEPS), call(VOLUME, (2, 3, 1), (1, 2, 3), None, False, DEEP_STEPS), call(VOLUME[0], 2, 2, _batch=False),
    call(VOLUME, 2, None, (0.7, 0.6, 0.7), True, DEEP_STEPS),
    call(VOLUME, 2, 5, _raises="fractional_max_pool3d_out(): pool time 2 too large relative to input time 4"),
]  # fmt: skip
POOLED = {
    **{f"nn.functional.max_pool{d}d_with_indices": [call(x, 2), call(x, 2, 1)] for d, x in enumerate(INPUTS, 1)},
    **{f"nn.functional.adaptive_max_pool{d}d_with_indices": [call(x, 2), call(x, 3)] for d, x in enumerate(INPUTS, 1)},
    "nn.functional.fractional_max_pool2d_with_indices": [call(IMAGE, 2, 3, None, False, STEPS)],
    "nn.functional.fractional_max_pool3d_with_indices": [call(VOLUME, 2, 2, None, False, DEEP_STEPS)],
}
CALLS = {
    "nn.functional.interpolate": INTERPOLATE,
    "nn.functional.upsample": [call(LINE, 3), call(IMAGE, scale_factor=2, mode="bilinear", align_corners=True)],
    "nn.functional.upsample_nearest": [call(IMAGE, 3), call(VOLUME, scale_factor=2)],
    "nn.functional.upsample_bilinear": [call(IMAGE, 3), call(IMAGE, scale_factor=2)],
    "nn.functional.grid_sample": [*GRID, *(call(IMAGE, EDGES, m, p, True, _smooth=False) for _, _, m in PAIRS[:2] for p in PADDINGS[:1])],
    "grid_sampler": [call(IMAGE, FLAT_GRID, 0, 1, True), call(IMAGE, FLAT_GRID, 2, 2, False)],
    "grid_sampler_2d": [call(IMAGE, FLAT_GRID, 0, 1, True)],
    "grid_sampler_3d": [call(VOLUME, DEEP_GRID, 0, 2, True)],
    "nn.functional.affine_grid": AFFINE,
    "affine_grid_generator": [call(FLAT, (2, 1, 3, 4), False, _smooth=False)],
    "nn.functional.pixel_shuffle": SHUFFLE, "pixel_shuffle": SHUFFLE[:2],
    "nn.functional.pixel_unshuffle": UNSHUFFLE, "pixel_unshuffle": UNSHUFFLE[:2],
    "nn.functional.channel_shuffle": CHANNEL, "channel_shuffle": CHANNEL[:2],
    "nn.functional.native_channel_shuffle": CHANNEL[:2], "native_channel_shuffle": CHANNEL[:2],
    "nn.functional.fractional_max_pool2d": FRACTIONAL,
    "nn.functional.fractional_max_pool3d": FRACTIONAL_DEEP,
    **POOLED,
    "max_pool1d_with_indices": [call(LINE, 2)],
    "adaptive_max_pool1d": [call(LINE, 2), call(LINE, 3)],
}  # fmt: skip
