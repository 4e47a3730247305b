/** Llamas over bytes as models of the next byte. */
import type { Host } from '../../kernels/kernel.ts';
import { HEAD, tensorsOf } from '../llama/config.ts';
import { KEPT, LlamaJs } from '../llama/js.ts';
import { LlamaWasm } from '../llama/simd.ts';
import type { LlamaWeights } from '../llama/weights.ts';
import { Hash } from './checksums.ts';
import {
  bytesAmong,
  type NextByte,
  overlapOf,
  type TokenModel,
  type Window,
  WindowedBytes,
} from './next-byte.ts';

/**
 * The ways to compute it: plain loops, products of floats, products straight from quantised blocks with activations of 8 bits (of formats
 * that have those), and the latter on all threads.
 */
export const LLAMA_PATHS = ['js', 'simd-f32', 'simd', 'simd-threads'] as const;
export type LlamaPath = (typeof LLAMA_PATHS)[number];

/**
 * Parts that the keys of a byte are cut into, whatever the threads: sums of another cut would have other last bits. Four threads find work
 * there; one does all four after each other.
 */
const PARTS = 4;

/** Longest window unless asked for: attention to all of a context of thousands would cost more than it saves on most files. */
const LONGEST = 1024;

/** The context of the model, up to 1024 tokens. */
export function windowOf({ config }: LlamaWeights): Window {
  const length = Math.min(config.context, LONGEST);
  return { length, overlap: overlapOf(length) };
}

/**
 * Loads a model. The name of its path says how logits are computed, and the window; not on how many threads, which changes no bit: every
 * product's sum is one thread's, and the keys are cut into {@link PARTS} by all. So `simd` reads what `simd-threads` has written.
 * @throws CompressorError where its tokens are no bytes
 */
export async function llamaBytes(
  weights: LlamaWeights,
  host: Host,
  path: LlamaPath,
  window: Window = windowOf(weights),
): Promise<NextByte> {
  bytesAmong(weights.config.vocabulary);
  const name = `${path === 'simd-threads' ? 'simd' : path}/${window.length}/${window.overlap}`;
  const hash = await hashOf(weights);
  const model = await (path === 'js' ? plain(weights, window) : wasm(weights, host, path, window));
  try {
    return new WindowedBytes(model, { path: name, hash }, window);
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** The path that a stream names, as {@link llamaBytes} takes it; undefined where it names none of these. */
export function parsePath(name: string): { readonly path: LlamaPath; readonly window: Window } | undefined {
  const [, path, length, overlap] = /^([\w-]+)\/(\d+)\/(\d+)$/.exec(name) ?? [];
  const known = LLAMA_PATHS.find((each) => each === path);
  if (known === undefined) return undefined;
  return { path: known, window: { length: Number(length), overlap: Number(overlap) } };
}

async function plain(weights: LlamaWeights, { length }: Window): Promise<TokenModel> {
  const llama = await LlamaJs.load(weights, length, KEPT);
  return {
    vocabulary: weights.config.vocabulary,
    decode: (token, position) => llama.decode(token, position),
    prefill(tokens) {
      for (let t = 0; t < tokens.length; t++) llama.decode(tokens[t]!, t, t === tokens.length - 1);
    },
    logits: () => llama.logits,
    dispose: () => {},
  };
}

async function wasm(
  weights: LlamaWeights,
  host: Host,
  path: LlamaPath,
  { length, overlap }: Window,
): Promise<TokenModel> {
  const llama = await LlamaWasm.load(weights, host, {
    capacity: length,
    batch: overlap + 1,
    exact: path === 'simd-f32',
    threaded: path === 'simd-threads',
    parts: PARTS,
  });
  return {
    vocabulary: weights.config.vocabulary,
    decode: (token, position) => llama.decode(token, position),
    prefill: (tokens) => llama.prefill(tokens, 0),
    logits: () => llama.logits(),
    dispose: () => llama.dispose(),
  };
}

/** Of its sizes, and of all tensors as they are stored. */
async function hashOf(weights: LlamaWeights): Promise<Uint8Array> {
  const { config } = weights;
  const hash = new Hash().text(JSON.stringify(Object.entries(config).sort()));
  for (const [name] of tensorsOf(config)) {
    if (name === HEAD && weights.head !== HEAD) continue;
    const { type, bytes } = await weights.read(name);
    hash.text(`${name} ${type}`).add(bytes);
  }
  return hash.digest();
}
