/** Error of the WebGPU variant in ULP: its polynomial in float32, without fused multiply-add where the device has none. */
export const GPU_ULP = 4;
