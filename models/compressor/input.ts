/** What the pipelines of the compressor are given, and how windows lie over it. */
import type { Case, Host, Work } from '../../kernels/kernel.ts';
import type { Rng } from '../../kernels/lib/rng.ts';
import { type LlamaModel, type ModelShape, modelsOf } from '../llama/input.ts';
import { openPreset, presetSizes } from '../llama/presets.ts';
import { heldOut, KJV, trainedModel, trainedSizes } from '../llama/trained.ts';
import { passWork } from '../llama/work.ts';
import { HELD_OUT_BYTES } from '../training/held-out.ts';
import { overlapOf, type Window } from './next-byte.ts';
import { bytesOf, TEXTS, type TextName } from './texts.ts';

/** A model over bytes and the format of its matrices, the tokens of its window, and what is compressed: `bytes` of a kind of text. */
export type CompressorShape = ModelShape & {
  readonly window: number;
  readonly text: string;
  readonly bytes: number;
};

export interface CompressorInput {
  readonly model: LlamaModel;
  readonly bytes: Uint8Array;
}

/** What cases call the text that the shipped model has not read. */
const HELD_OUT = 'held-out';

const EDGE = { model: 'tiny', quant: 'q8_0', window: 12 };
const REAL = { model: 'tiny', quant: 'q8_0', window: 256 };

export const CASES: readonly Case<CompressorShape>[] = [
  { shape: { ...EDGE, text: 'text', bytes: 1 }, from: 'edge: one byte' },
  { shape: { ...EDGE, text: 'text', bytes: 12 }, from: 'edge: a window, none of which is left' },
  { shape: { ...EDGE, text: 'random', bytes: 25 }, from: 'edge: three windows' },
  { shape: { ...EDGE, quant: 'f32', text: 'runs', bytes: 13 }, from: 'edge: one byte behind a window' },
  ...TEXTS.map((text) => ({
    shape: { ...REAL, text, bytes: 300 },
    from: 'the window of the trained model, and the beginning of another',
    slow: true,
  })),
  {
    shape: { model: KJV, quant: 'f16', window: 256, text: HELD_OUT, bytes: 8192 },
    from: 'the model that is shipped, on text that it has not read',
    slow: true,
  },
];

export function validate({ model, quant, window, text, bytes }: CompressorShape): void {
  // Throws for another format than the file's.
  if (model === KJV) trainedSizes(quant);
  if (text === HELD_OUT && bytes > HELD_OUT_BYTES)
    throw new Error(`the text "${HELD_OUT}" has ${HELD_OUT_BYTES} bytes, not ${bytes}`);
  if (!Number.isSafeInteger(bytes) || bytes < 1)
    throw new Error(`a text of ${bytes} bytes: it has at least 1`);
  if (!Number.isSafeInteger(window) || window < 2)
    throw new Error(`a window of ${window} tokens: it takes 2`);
  if (text !== HELD_OUT && !TEXTS.some((each) => each === text))
    throw new Error(`there is no text "${text}"; there are ${[...TEXTS, HELD_OUT].join(', ')}`);
}

const presetOf = modelsOf(openPreset);
const modelOf = (shape: CompressorShape, host: Host) =>
  shape.model === KJV ? trainedModel(host) : presetOf(shape, host);
const sizesOf = (shape: CompressorShape) =>
  shape.model === KJV ? trainedSizes(shape.quant) : presetSizes(shape);

export async function inputs(shape: CompressorShape, rng: Rng, host: Host): Promise<CompressorInput> {
  return { model: await modelOf(shape, host), bytes: await textOf(shape, rng, host) };
}

async function textOf({ text, bytes }: CompressorShape, rng: Rng, host: Host): Promise<Uint8Array> {
  if (text !== HELD_OUT) return bytesOf(text as TextName, bytes, rng);
  const from = rng.integer(HELD_OUT_BYTES - bytes + 1);
  return (await heldOut(host)).slice(from, from + bytes);
}

/** All values in turn, and one value that none of them expects. */
export const hostile = {
  'all values in turn': async (shape: CompressorShape, _: Rng, host: Host) => ({
    model: await modelOf(shape, host),
    bytes: Uint8Array.from({ length: shape.bytes }, (_, i) => 255 - i),
  }),
  zeros: async (shape: CompressorShape, _: Rng, host: Host) => ({
    model: await modelOf(shape, host),
    bytes: new Uint8Array(shape.bytes),
  }),
};

export const windowOfShape = ({ window }: CompressorShape): Window => ({
  length: window,
  overlap: overlapOf(window),
});

/** Bytes `first` to `end` − 1 are coded with a window that begins with byte `from`. */
export interface Stretch {
  readonly from: number;
  readonly first: number;
  readonly end: number;
}

/** How windows lie over `bytes` bytes (see `WindowedBytes`): the token that begins a stream is the first of each. */
export function stretches(bytes: number, { length, overlap }: Window): Stretch[] {
  const found: Stretch[] = [];
  for (let from = 0, first = 0; first < bytes; from += length - overlap) {
    const end = Math.min(bytes, from + length);
    found.push({ from, first, end });
    first = end;
  }
  return found;
}

/** Passes of the model: one for each byte, and those of a window's first bytes together. The coder is a thousandth of it. */
export function work(shape: CompressorShape): Work {
  const sizes = sizesOf(shape);
  let [flops, bytes] = [0, 0];
  const pass = (tokens: number, depth: number) => {
    const one = passWork(sizes, tokens, depth);
    flops += one.flops;
    bytes += one.bytes;
  };
  for (const { from, first, end } of stretches(shape.bytes, windowOfShape(shape))) {
    pass(1 + first - from, 0);
    for (let n = first + 1; n < end; n++) pass(1, n - from);
  }
  return { flops, bytes, data: shape.bytes };
}
