import { type Case, defineKernel, defineVariant } from '../../kernels/kernel.ts';
import { relaxedDot, withoutRelaxedDot } from '../../kernels/lib/relaxed-dot.ts';
import { llamaCpp } from '../../kernels/peers/llama-cpp.ts';
import { ort } from '../../kernels/peers/ort.ts';
import { wllama } from '../../kernels/peers/wllama.ts';
import { webgpuDecode } from './gpu/variants.ts';
import {
  type FloatCache,
  type LlamaModel,
  type ModelShape,
  type Models,
  modelsOf,
  randomCache,
  randomTokens,
} from './input.ts';
import { DEQUANTISED, KEPT, LlamaJs, type MakeRows } from './js.ts';
import { stepGraph } from './onnx.ts';
import { centred, fileOfWords, isFloat32, LLAMA_CPP, llamaCppTolerance, WLLAMA } from './peers.ts';
import { forward } from './reference.ts';
import { type LlamaOptions, LlamaWasm } from './simd.ts';
import { EIGHT_BITS, FLOAT32, passWork, rootMeanSquare } from './work.ts';

/** The model, the format of its matrices, and how many positions the cache holds before the token. */
export type DecodeShape = ModelShape & { readonly depth: number };

export interface DecodeInput {
  readonly model: LlamaModel;
  readonly token: Int32Array;
  readonly cache: FloatCache;
  /** As many other tokens as the cache has positions, for those whose cache cannot be given to them. */
  readonly history: Int32Array;
}

const js = (name: string, idea: string, make: MakeRows) =>
  defineVariant<DecodeInput, DecodeShape>({
    name,
    backend: 'js',
    idea,
    async prepare({ model, token, cache }, { depth }, { scopes }) {
      const llama = await LlamaJs.load(model.weights, depth + 1, make, { scopes });
      fill(llama, cache);
      return {
        run: () => llama.decode(token[0]!, depth),
        read: () => llama.logits.slice(),
        poison: (value) => void llama.logits.fill(value),
        dispose: () => {},
      };
    },
  });

const wasm = (
  name: string,
  idea: string,
  options: Omit<LlamaOptions, 'capacity' | 'scopes'>,
  integers?: typeof quantised,
  ledger: readonly string[] = [],
) =>
  defineVariant<DecodeInput, DecodeShape>({
    name,
    backend: options.threaded ? 'wasm-threads' : 'wasm',
    idea,
    ...(ledger.length > 0 ? { ledger } : {}),
    ...(integers ?? floats),
    async prepare({ model, token, cache }, { depth }, host) {
      const { scopes } = host;
      const llama = await LlamaWasm.load(model.weights, host, { ...options, capacity: depth + 1, scopes });
      fill(llama, cache);
      return {
        run: () => llama.decode(token[0]!, depth),
        read: () => llama.logits().slice(),
        poison: (value) => void llama.logits().fill(value),
        dispose: () => llama.dispose(),
      };
    },
  });

function fill(llama: LlamaJs | LlamaWasm, cache: FloatCache): void {
  for (const [l, { keys, values }] of cache.entries()) {
    const layer = llama.layer(l);
    layer.keys.set(keys);
    layer.values.set(values);
  }
}

/** Tokens whose float64 reference takes no more than a minute. */
const LONGEST_READ = 512;

/** Formats whose products are of integers. */
const INTEGER = ['q8_0', 'q4_0', 'q4_k'];

export const quantised = {
  arithmetic: 'i8',
  approximation: true,
  tolerance: EIGHT_BITS,
  unsupported: ({ quant }: ModelShape) => {
    if (quant !== 'file' && !INTEGER.includes(quant))
      return `products of ${quant} are of floats: simd-f32 has them`;
    return withoutRelaxedDot();
  },
} as const;

/** The one module of the pipelines has the integer loops too. */
export const floats = {
  unsupported: () =>
    relaxedDot() === 'none'
      ? 'its module holds the relaxed int8 dot product, and this engine refuses such a module'
      : undefined,
};

const GRAPH =
  'an ONNX graph of one step, as published exports are made; the cache goes in and out with each run';
// Not on WebGPU, where the caches that come out of each run would have to be given back.
const [ortWeb] = ort<DecodeInput, DecodeShape>(
  `${GRAPH}; products in float32, as over blocks it takes nine times as long`,
  (input, { depth }) => stepGraph(input, depth, false),
);
const [, , ortNode] = ort<DecodeInput, DecodeShape>(
  `${GRAPH}; MatMulNBits over the same blocks where they are of q8_0 and q4_0`,
  (input, { depth }) => stepGraph(input, depth, true),
);

/** A step of a Llama: one token after `depth` others. @param cases of the presets, or of a user's file */
export const decodeOf = ({ open, sizes }: Models, cases: readonly Case<DecodeShape>[]) => {
  const modelOf = modelsOf(open);
  return defineKernel<DecodeInput, DecodeShape>({
    name: 'llama-decode',
    kind: 'pipeline',
    formula:
      'logits[vocabulary] of the token after one more, with keys and values of depth tokens in the cache',
    cases,
    validate({ depth }) {
      if (!Number.isSafeInteger(depth) || depth < 0)
        throw new Error(`llama-decode: depth = ${depth} is no number of tokens`);
    },
    async inputs(shape, rng, host) {
      const model = await modelOf(shape, host);
      const { config } = model.weights;
      if (shape.depth >= config.context)
        throw new Error(
          `llama-decode: depth = ${shape.depth} is beyond the context of ${config.context} tokens`,
        );
      return {
        model,
        token: randomTokens(config, 1, rng),
        cache: randomCache(config, shape.depth, rng),
        history: randomTokens(config, shape.depth, rng),
      };
    },
    reference({ model, token, cache }, { depth }) {
      const wide = cache.map(({ keys, values }) => ({
        keys: Float64Array.from(keys),
        values: Float64Array.from(values),
      }));
      const { logits } = forward(model.tensors, token, depth, wide);
      return { values: logits, scale: rootMeanSquare(logits) };
    },
    tolerance: FLOAT32,
    work: (shape) => passWork(sizes(shape), 1, shape.depth),
    where: (_, __, index) => `token ${index}`,
    variants: [
      js('naive', 'plain loops; rows of weights are dequantised each time they are needed', DEQUANTISED),
      js('cached', 'plain loops over weights that were dequantised once: four bytes a weight are read', KEPT),
      wasm('simd-f32', 'one WASM call a token: products in float32 of weights that were dequantised once', {
        exact: true,
      }),
      wasm(
        'simd-unfused',
        'one WASM call a token, straight from the blocks, repacked once: activations of 8 bits, rows as lanes, keys written where the cache has them; each operation a loop of its own, which quantises what it reads',
        { unfused: true },
        quantised,
        ['S4-26', 'S4-28'],
      ),
      wasm(
        'simd',
        'fused: activations are quantised once for queries, keys and values and once for gate and up, each thread norms for itself and adds the residual to the rows it has',
        {},
        quantised,
        ['S4-26', 'S4-28'],
      ),
      wasm(
        'simd-threads-unfused',
        'rows shared among threads, which meet behind each operation, fifteen times a layer',
        { threaded: true, unfused: true },
        quantised,
      ),
      wasm(
        'simd-threads',
        'fused: rows shared among threads, which meet five times a layer inside the one call',
        { threaded: true },
        quantised,
      ),
      webgpuDecode(sizes),
      ...llamaCpp<DecodeInput, DecodeShape>(
        LLAMA_CPP,
        ({ model: { weights }, token, cache }, { depth }) => ({
          ...{ file: weights.file(), exact: isFloat32(weights), tokens: token, cache, position: depth },
          output: (logits) => logits,
        }),
        llamaCppTolerance,
      ),
      ...wllama<DecodeInput, DecodeShape>(
        `${WLLAMA}; the cache is what it makes of as many tokens itself, as it cannot be given one`,
        ({ model: { weights }, token, history }) => ({
          file: fileOfWords(weights, [...history, ...token]),
          ...{ vocabulary: weights.config.vocabulary, exact: isFloat32(weights), history, tokens: token },
        }),
        {
          ...llamaCppTolerance,
          arithmetic: 'i8',
          unsupported: ({ depth }) =>
            depth > LONGEST_READ
              ? `its cache can only be filled by reading, and the reference of ${depth} tokens takes minutes`
              : undefined,
          reference: ({ model, token, history }) =>
            centred(forward(model.tensors, Int32Array.of(...history, ...token)).logits),
        },
      ),
      ortWeb,
      // Its products in native code are of activations that are rounded to 8 bits.
      { ...ortNode, approximation: true, tolerance: EIGHT_BITS },
    ],
  });
};
