/** What the pipelines say of llama.cpp in native code and in a page, their peers (kernels/peers/llama-cpp.ts, kernels/peers/wllama.ts). */
import type { Reference, Tolerance, Variant } from '../../kernels/kernel.ts';
import type { Metadata } from '../gguf/format.ts';
import { KEY, KIND } from '../tokenizers/vocabulary.ts';
import type { LlamaWeights } from './weights.ts';
import { rootMeanSquare } from './work.ts';

export const LLAMA_CPP =
  'llama.cpp in native code for the instruction set of this machine (node-llama-cpp), on the same file: one batch a run, by its own choice flash attention over keys and values in float16; all in float32 where the weights are';

export const WLLAMA =
  'llama.cpp as WebAssembly (wllama, in Chromium), on the same weights: one token asked for a run, by request and answer as JSON; compared are the logits less their mean, which is what its log-probabilities tell of them';

/** A model of float32 is there to be exact: it is computed with as such. */
export const isFloat32 = (weights: LlamaWeights) => weights.typeOf('blk.0.attn_q.weight') === 'f32';

const tolerance: Tolerance = {
  metric: 'nmse',
  bound: 0.02,
  why: 'activations are rounded to 8 bits in blocks of 32, as here, of 256 for k-quants, and keys and values to float16: in thirty layers it was found to come to 8e-3',
};
export const llamaCppTolerance: Pick<Variant, 'approximation' | 'tolerance'> = {
  approximation: true,
  tolerance,
};

/** Logits less their mean, of which log-probabilities tell no more. */
export function centred(logits: Float64Array): Reference {
  const mean = logits.reduce((sum, v) => sum + v, 0) / logits.length;
  const values = logits.map((v) => v - mean);
  return { values, scale: rootMeanSquare(values) };
}

/**
 * The file, its tensors as they are, in which token n is the word `<n>`: for a library that takes text alone. Only words of `used` are
 * looked for in a text, as each word costs a search.
 */
export function fileOfWords(
  weights: LlamaWeights,
  used: Iterable<number>,
): AsyncIterable<Uint8Array<ArrayBuffer>> {
  const { vocabulary } = weights.config;
  const kinds = new Int32Array(vocabulary).fill(KIND.normal);
  for (const token of used) kinds[token] = KIND.userDefined;
  const words = Array.from({ length: vocabulary }, (_, n) => `<${n}>`);
  const change = (metadata: Metadata): Metadata =>
    new Map([
      ...[...metadata].filter(([key]) => !key.startsWith('tokenizer.')),
      // A byte-level BPE without merges; nothing is put in front of a text or behind it.
      [`${KEY}model`, { type: 'string', value: 'gpt2' }],
      [`${KEY}pre`, { type: 'string', value: 'smollm' }],
      [`${KEY}tokens`, { type: 'array', of: 'string', value: words }],
      [`${KEY}token_type`, { type: 'array', of: 'int32', value: kinds }],
      [`${KEY}merges`, { type: 'array', of: 'string', value: [] }],
      [`${KEY}add_bos_token`, { type: 'bool', value: false }],
      [`${KEY}add_eos_token`, { type: 'bool', value: false }],
    ]);
  return weights.fileWith(change);
}
