import { defineVariant, type Host, type Prepared } from '../kernel.ts';
import { gpuVariant, spread } from '../lib/gpu.ts';
import type { QkvInput, QkvShape } from './index.ts';
import { stacked } from './stacked.ts';

/** Tokens of a workgroup, as in webgpu.wgsl. */
const TOKENS = 4;

/** One dispatch: x[T,C] · w[R,C]ᵀ, gapless, as `read` gives it. */
function project(host: Host, x: Float32Array, w: Float32Array, T: number, C: number): Promise<Prepared> {
  const R = w.length / C;
  return gpuVariant(host, {
    url: new URL('./webgpu.wgsl', import.meta.url),
    inputs: [Uint32Array.of(T, C, R), x, w],
    outputLength: T * R,
    constants: {},
    workgroups: spread(R * Math.ceil(T / TOKENS)),
  });
}

export const webgpuSplit = defineVariant<QkvInput, QkvShape>({
  name: 'webgpu-split',
  backend: 'webgpu',
  idea: 'a workgroup of 64 threads a row of weights and four tokens, three dispatches into outputs of their own, which `read` puts side by side',
  prepare: async ({ x, wq, wk, wv }, { T, C, Q, G }, host) => {
    const parts: Prepared[] = [];
    for (const w of [wq, wk, wv]) parts.push(await project(host, x, w, T, C));
    return {
      run: () => {
        for (const part of parts) part.run();
      },
      encode: (pass) => {
        for (const part of parts) part.encode!(pass);
      },
      sync: () => parts[0]!.sync!(),
      async read() {
        const out = new Float32Array(T * (Q + 2 * G));
        let at = 0;
        for (const [i, R] of [Q, G, G].entries()) {
          const own = await parts[i]!.read();
          for (let t = 0; t < T; t++) out.set(own.subarray(t * R, (t + 1) * R), t * (Q + 2 * G) + at);
          at += R;
        }
        return out;
      },
      poison: (value) => {
        for (const part of parts) part.poison!(value);
      },
      dispose: () => {
        for (const part of parts) part.dispose();
      },
    };
  },
});

export const webgpu = defineVariant<QkvInput, QkvShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'the shader of `webgpu-split` in one dispatch over the stacked weights',
  prepare: (input, { T, C }, host) => project(host, input.x, stacked(input), T, C),
});
