/** The WebGPU variants of the pipelines of a Llama. */
import { defineVariant, type Host } from '../../../kernels/kernel.ts';
import type { DecodeInput, DecodeShape } from '../decode.ts';
import type { ModelShape, Models } from '../input.ts';
import type { PrefillInput, PrefillShape } from '../prefill.ts';
import { LlamaGpu } from './model.ts';
import { unfit } from './plan.ts';

const unsupported =
  <S extends ModelShape>(sizes: Models['sizes'], room: (shape: S) => { capacity: number; batch: number }) =>
  (shape: S, { gpu }: Host) =>
    'device' in gpu ? unfit({ ...sizes(shape), ...room(shape) }, gpu.device.limits) : undefined;

export const webgpuDecode = (sizes: Models['sizes']) =>
  defineVariant<DecodeInput, DecodeShape>({
    name: 'webgpu',
    backend: 'webgpu',
    idea: 'one command buffer a token, straight from the blocks: 5 dispatches a layer and 2; norms, RoPE, SwiGLU and residuals within the products, which read each weight once; reading the logits back is not timed',
    unsupported: unsupported(sizes, ({ depth }) => ({ capacity: depth + 1, batch: 1 })),
    async prepare({ model, token, cache }, { depth }, host) {
      const llama = await LlamaGpu.load(model.weights, host, { capacity: depth + 1 });
      for (const [l, layer] of cache.entries()) llama.fill(l, layer);
      llama.begin(token, depth);
      return {
        run: () => llama.run(token, depth),
        encode: (pass) => llama.encode(pass),
        sync: () => llama.sync(),
        read: () => llama.logits(),
        poison: (value) => llama.poison(value),
        dispose: () => llama.dispose(),
      };
    },
  });

export const webgpuPrefill = (sizes: Models['sizes']) =>
  defineVariant<PrefillInput, PrefillShape>({
    name: 'webgpu',
    backend: 'webgpu',
    idea: 'one command buffer for all tokens: 5 dispatches a layer, tiles of 32 tokens × 32 rows that are dequantised on the way; of the last layer only keys, values and the last token; reading back is not timed',
    unsupported: unsupported(sizes, ({ tokens }) => ({ capacity: tokens, batch: tokens })),
    async prepare({ model, prompt }, { tokens }, host) {
      const llama = await LlamaGpu.load(model.weights, host, { capacity: tokens, batch: tokens });
      const last = llama.config.layers - 1;
      llama.begin(prompt, 0);
      return {
        run: () => llama.run(prompt, 0),
        encode: (pass) => llama.encode(pass),
        sync: () => llama.sync(),
        read: () => llama.read(last, tokens),
        poison: (value) => llama.poison(value, last, tokens),
        dispose: () => llama.dispose(),
      };
    },
  });
