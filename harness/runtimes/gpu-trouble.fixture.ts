/** A kernel whose WebGPU variants break the device, or ask it for what it cannot give. */
import { defineKernel, defineVariant, type Host } from '../../kernels/kernel.ts';
import { type GpuCall, gpuVariant } from '../../kernels/lib/gpu.ts';
import { normals } from '../../kernels/lib/rng.ts';

type Shape = { readonly N: number };

/** Variant, case, the status that it must get, and what its reason must say. */
export const EXPECTED: readonly [string, string, string, RegExp][] = [
  ['honest', 'N=7', 'ok', /^$/],
  ['honest', 'N=64', 'ok', /^$/],
  ['loses-device', 'N=7', 'failed', /WebGPU: the device was lost \(destroyed.*making the first call \(N=7\)/],
  ['loses-device', 'N=64', 'ok', /^$/],
  ['bad-shader', 'N=7', 'failed', /WebGPU: the shader does not compile: line 2:.*while preparing/],
  ['bad-shader', 'N=64', 'failed', /WebGPU: the shader does not compile: line 2/],
  ['too-large', 'N=7', 'failed', /WebGPU: (validation error|out of memory): .*while preparing/],
  ['too-large', 'N=64', 'failed', /WebGPU: (validation error|out of memory): /],
  ['too-wide', 'N=7', 'failed', /WebGPU: validation error: .*while making the first call/],
  ['too-wide', 'N=64', 'failed', /WebGPU: validation error: /],
];

const SHADER = `
@group(0) @binding(0) var<storage, read> x: array<f32>; @group(0) @binding(1) var<storage, read_write> out: array<f32>;
override N: u32;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < N) { out[id.x] = 2 * x[id.x]; }
}`;

function prepare(x: Float32Array, { N }: Shape, host: Host, call: Partial<GpuCall> = {}, shader = SHADER) {
  return gpuVariant(
    { ...host, load: async () => new TextEncoder().encode(shader) },
    {
      url: new URL('file:///main.wgsl'),
      inputs: [x],
      outputLength: N,
      constants: { N },
      workgroups: [Math.ceil(N / 64)],
      ...call,
    },
  );
}

const variant = (
  name: string,
  how: (x: Float32Array, shape: Shape, host: Host) => ReturnType<typeof prepare>,
) => defineVariant<Float32Array, Shape>({ name, backend: 'webgpu', idea: 'for the tests', prepare: how });

const limit = (host: Host) => ('device' in host.gpu ? host.gpu.device.limits.maxStorageBufferBindingSize : 0);

export default defineKernel<Float32Array, Shape>({
  name: 'gpu-trouble',
  formula: 'out[N] = 2 · x[N]',
  cases: [
    // Slow: else it would be among all the cases that the other one's process checks.
    { shape: { N: 7 }, from: 'odd', slow: true },
    { shape: { N: 64 }, from: 'even' },
  ],
  inputs: ({ N }, rng) => normals(rng, N),
  reference: (x) => ({ values: Float64Array.from(x, (v) => 2 * v) }),
  tolerance: { metric: 'abs', bound: 0, why: 'a product with 2 is exact' },
  work: ({ N }) => ({ flops: N, bytes: 8 * N }),
  variants: [
    variant('honest', prepare),
    variant('loses-device', async (x, shape, host) => {
      const prepared = await prepare(x, shape, host);
      return {
        ...prepared,
        run() {
          prepared.run();
          if (shape.N === 7 && 'device' in host.gpu) host.gpu.device.destroy();
        },
      };
    }),
    variant('bad-shader', (x, shape, host) =>
      prepare(x, shape, host, {}, SHADER.replace('array<f32>;', 'array<nothing>;')),
    ),
    variant('too-large', (x, shape, host) => prepare(x, shape, host, { outputLength: limit(host) / 4 + 1 })),
    variant('too-wide', (x, shape, host) => prepare(x, shape, host, { workgroups: [70_000] })),
  ],
});
