"""Public functions without calls, by why they have none and where they are tried."""

EXCEPTIONS = {
    "settings and questions about them; tests/test_settings.py, tests/test_modes.py": (
        "are_deterministic_algorithms_enabled clear_autocast_cache compiled_with_cxx11_abi get_autocast_cpu_dtype "
        "get_autocast_dtype get_default_device get_default_dtype get_deterministic_debug_mode "
        "get_float32_matmul_precision get_num_interop_threads get_num_threads is_anomaly_check_nan_enabled "
        "is_anomaly_enabled is_autocast_cache_enabled is_autocast_cpu_enabled is_autocast_enabled "
        "is_deterministic_algorithms_warn_only_enabled is_grad_enabled is_inference_mode_enabled "
        "is_warn_always_enabled promote_types set_default_device set_default_dtype set_default_tensor_type "
        "set_deterministic_debug_mode set_float32_matmul_precision set_flush_denormal set_num_interop_threads "
        "set_num_threads set_printoptions set_warn_always use_deterministic_algorithms"
    ),
    "random numbers; tests/test_distributions.py, tests/parity/cases/random.py": (
        "Tensor.bernoulli Tensor.bernoulli_ Tensor.cauchy_ Tensor.geometric_ Tensor.log_normal_ "
        "Tensor.multinomial Tensor.normal_ Tensor.random_ Tensor.uniform_ bernoulli binomial get_rng_state "
        "initial_seed manual_seed multinomial normal poisson rand rand_like randint randint_like randn randn_like "
        "randperm seed set_rng_state"
    ),
    "creation from sizes and data; tests/parity/cases/creation.py": (
        "Tensor.new_empty Tensor.new_full Tensor.new_ones Tensor.new_tensor Tensor.new_zeros arange as_tensor "
        "empty empty_like eye from_dlpack from_numpy full full_like linspace ones ones_like tensor to_dlpack "
        "zeros zeros_like"
    ),
    "conversion and memory; tests/parity/cases/conversions.py, tests/test_settings.py": (
        "Tensor.bfloat16 Tensor.bool Tensor.cdouble Tensor.cfloat Tensor.cpu Tensor.data_ptr Tensor.dim "
        "Tensor.double Tensor.element_size Tensor.float Tensor.half Tensor.int Tensor.is_contiguous "
        "Tensor.is_pinned Tensor.is_set_to Tensor.is_shared Tensor.item Tensor.long Tensor.nelement Tensor.numpy "
        "Tensor.short Tensor.size Tensor.storage Tensor.stride Tensor.tolist Tensor.type Tensor.untyped_storage"
    ),
    "the tape itself; tests/test_tape.py, tests/parity/cases/hooks.py": (
        "Tensor.backward Tensor.detach Tensor.detach_ Tensor.is_inference Tensor.register_hook "
        "Tensor.register_post_accumulate_grad_hook Tensor.requires_grad_ Tensor.retain_grad detach detach_ "
        "is_inference"
    ),
    "writing in place; tests/parity/cases/writing.py": (
        "Tensor.copy_ Tensor.resize_ Tensor.resize_as_ Tensor.transpose_ Tensor.zero_ resize_as_ zero_"
    ),
    "a Python function of the elements, which no law knows; tests/test_calling.py": ("Tensor.apply_ Tensor.map_"),
    "what there is no GPU for, and legacy types; tests/parity/cases/outdated.py": (
        "Tensor.cuda Tensor.new Tensor.pin_memory Tensor.to_dense embedding_renorm_"
    ),
    "files; tests/io": ("load save"),
    "transforms; tests/test_func.py, tests/test_transforms.py": ("cond vmap while_loop"),
    "wengert's own; tests/test_inspect.py, tests/test_compile.py": ("compile explain"),
    "unpooling by the indices of a pooling; tests/test_pooling.py": (
        "nn.functional.max_unpool1d nn.functional.max_unpool2d nn.functional.max_unpool3d"
    ),
}
