import {
  type Case,
  defineKernel,
  defineVariant,
  type FloatArray,
  type Reference,
} from '../../kernels/kernel.ts';
import { llamaCpp } from '../../kernels/peers/llama-cpp.ts';
import { wllama } from '../../kernels/peers/wllama.ts';
import type { LlamaConfig } from './config.ts';
import { floats, quantised } from './decode.ts';
import { webgpuPrefill } from './gpu/variants.ts';
import { type LlamaModel, type ModelShape, type Models, modelsOf, randomTokens } from './input.ts';
import { KEPT, LlamaJs } from './js.ts';
import { centred, fileOfWords, isFloat32, LLAMA_CPP, llamaCppTolerance, WLLAMA } from './peers.ts';
import { forward, type Pass } from './reference.ts';
import { type LlamaOptions, LlamaWasm } from './simd.ts';
import { FLOAT32, passWork, rootMeanSquare } from './work.ts';

/** The model, the format of its matrices, and the tokens of the prompt. */
export type PrefillShape = ModelShape & { readonly tokens: number };

export interface PrefillInput {
  readonly model: LlamaModel;
  readonly prompt: Int32Array;
}

/** Logits of the last token, then the last layer's keys and values of all: what every earlier layer went into. */
export function outputOf(
  logits: FloatArray,
  { keys, values }: { readonly keys: FloatArray; readonly values: FloatArray },
  length: number,
): Float32Array {
  const out = new Float32Array(logits.length + 2 * length);
  out.set(logits);
  out.set(keys.subarray(0, length), logits.length);
  out.set(values.subarray(0, length), logits.length + length);
  return out;
}

/** The same of the reference. */
export function expectedOf({ logits, added }: Pass): Reference {
  const { keys, values } = added.at(-1)!;
  const parts = [logits, keys, values];
  return { values: joined(parts), scale: joined(parts.map(rootMeanSquare)) };
}

const cacheLength = ({ kvHeads, headSize }: LlamaConfig, tokens: number) => tokens * kvHeads * headSize;

const wasm = (
  name: string,
  idea: string,
  options: Omit<LlamaOptions, 'capacity' | 'batch' | 'scopes'>,
  {
    whole = true,
    integers,
  }: {
    whole?: boolean;
    integers?: typeof quantised;
  },
) =>
  defineVariant<PrefillInput, PrefillShape>({
    name,
    backend: options.threaded ? 'wasm-threads' : 'wasm',
    idea,
    ...(integers ?? floats),
    async prepare({ model, prompt }, { tokens }, host) {
      const batch = whole ? tokens : 1;
      const { scopes } = host;
      const llama = await LlamaWasm.load(model.weights, host, {
        ...options,
        capacity: tokens,
        batch,
        scopes,
      });
      const last = llama.config.layers - 1;
      return {
        run: whole
          ? () => llama.prefill(prompt, 0)
          : () => {
              for (let t = 0; t < tokens; t++) llama.decode(prompt[t]!, t);
            },
        read: () => outputOf(llama.logits(), llama.layer(last), cacheLength(llama.config, tokens)),
        poison(value) {
          llama.logits().fill(value);
          const { keys, values } = llama.layer(last);
          keys.fill(value);
          values.fill(value);
        },
        dispose: () => llama.dispose(),
      };
    },
  });

const naive = defineVariant<PrefillInput, PrefillShape>({
  name: 'naive',
  backend: 'js',
  idea: 'plain loops, token by token: every weight is read again for each',
  async prepare({ model, prompt }, { tokens }, { scopes }) {
    const llama = await LlamaJs.load(model.weights, tokens, KEPT, { scopes });
    const layer = llama.layer(llama.config.layers - 1);
    return {
      run() {
        for (let t = 0; t < tokens; t++) llama.decode(prompt[t]!, t, t === tokens - 1);
      },
      read: () => outputOf(llama.logits, layer, cacheLength(llama.config, tokens)),
      poison(value) {
        for (const array of [llama.logits, layer.keys, layer.values]) array.fill(value);
      },
      dispose: () => {},
    };
  },
});

/** A prompt through a Llama, from an empty cache. @param cases of the presets, or of a user's file */
export const prefillOf = ({ open, sizes }: Models, cases: readonly Case<PrefillShape>[]) => {
  const modelOf = modelsOf(open);
  return defineKernel<PrefillInput, PrefillShape>({
    name: 'llama-prefill',
    kind: 'pipeline',
    formula: 'logits[vocabulary] after a prompt of tokens, whose keys and values the cache then has',
    learned: [
      'One function that held the loops of five formats took 1.4 times as long as a function for each: V8 gives out registers of a large function less carefully. `npx zoo profile llama-prefill/simd --tree` showed it, by a product that took 7.7 ms in the pipeline and 5.2 as a kernel by itself.',
      'Of a prompt of 512 tokens attention, in float32, is a fifth of the time; the integer products run at 71 % of the peak of their instruction, the rest being the scales of each block of 32.',
      'llama.cpp has vectors of 512 bits on an Intel Xeon with AVX-512 where WASM has 128, and reads a prompt faster than `simd`. With the 256 bits that V8 makes of `simd-wide` under `--experimental-wasm-revectorize` the two are level with 4-bit weights, and WASM is ahead with 8-bit ones (`npx zoo bench --suite tokens llama-prefill/simd-wide llama-prefill/llama-cpp --case tokens=512`).',
    ],
    cases,
    validate({ tokens }) {
      if (!Number.isSafeInteger(tokens) || tokens < 1)
        throw new Error(`llama-prefill: tokens = ${tokens} is no length of a prompt`);
    },
    async inputs(shape, rng, host) {
      const model = await modelOf(shape, host);
      const { config } = model.weights;
      if (shape.tokens > config.context)
        throw new Error(
          `llama-prefill: a prompt of ${shape.tokens} is beyond the context of ${config.context} tokens`,
        );
      return { model, prompt: randomTokens(config, shape.tokens, rng) };
    },
    reference({ model, prompt }) {
      return expectedOf(forward(model.tensors, prompt));
    },
    tolerance: FLOAT32,
    work: (shape) => passWork(sizes(shape), shape.tokens, 0),
    variants: [
      naive,
      wasm('simd-tokens', 'the float32 loops of decode, token by token', { exact: true }, { whole: false }),
      wasm(
        'simd-f32',
        'all tokens at once: matrix products in float32 of weights that were dequantised once',
        { exact: true },
        {},
      ),
      wasm(
        'simd',
        'all tokens at once, straight from the blocks: weights expanded a panel at a time for tiles of 6 × 8 integer sums; of the last layer only what is asked for',
        {},
        { integers: quantised },
      ),
      wasm(
        'simd-wide',
        'simd with panels of 16 weight rows, whose sums V8 joins to 256 bits with --experimental-wasm-revectorize; without the flag they spill',
        { wide: true },
        { integers: quantised },
      ),
      wasm(
        'simd-threads',
        'rows of every product shared among threads, which meet inside the one call',
        { threaded: true },
        { integers: quantised },
      ),
      webgpuPrefill(sizes),
      ...llamaCpp<PrefillInput, PrefillShape>(
        LLAMA_CPP,
        ({ model: { weights }, prompt }, { tokens }) => ({
          ...{ file: weights.file(), exact: isFloat32(weights), tokens: prompt, position: 0 },
          output: async (logits, lastLayer) =>
            outputOf(logits, await lastLayer(), cacheLength(weights.config, tokens)),
        }),
        llamaCppTolerance,
      ),
      ...wllama<PrefillInput, PrefillShape>(
        `${WLLAMA}; keys and values it does not give`,
        ({ model: { weights }, prompt }) => ({
          file: fileOfWords(weights, prompt),
          ...{
            vocabulary: weights.config.vocabulary,
            exact: isFloat32(weights),
            history: [],
            tokens: prompt,
          },
        }),
        {
          ...llamaCppTolerance,
          arithmetic: 'i8',
          reference: ({ model, prompt }) => centred(forward(model.tensors, prompt).logits),
        },
      ),
    ],
  });
};

function joined(parts: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
