/** Added to the mean of squares, inside the root: what Llama, TinyLlama and SmolLM2 use (`rms_norm_eps`). */
export const EPSILON = 1e-5;

/**
 * Relative error that the WebGPU variant may have at 2048 columns: 8 squares a thread and 8 steps of the reduction (half
 * of 17 roundings of 2⁻²⁴ comes through the root), inverseSqrt (2 ULP) and a division (2.5 ULP, halved by the root) as
 * WGSL bounds them, and two products.
 */
export const GPU_BOUND = 1.1e-6;
