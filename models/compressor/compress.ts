import { capacityOf } from '../../kernels/arithmetic-coder/constants.ts';
import { encodeRuns } from '../../kernels/arithmetic-coder/runs.ts';
import { defineKernel, defineVariant, type Tolerance } from '../../kernels/kernel.ts';
import { mark } from '../../kernels/lib/integers.ts';
import { placeBytes } from './compressor.ts';
import { TOTAL } from './frequencies.ts';
import {
  CASES,
  type CompressorInput,
  type CompressorShape,
  hostile,
  inputs,
  validate,
  windowOfShape,
  work,
} from './input.ts';
import { llamaBytes } from './llama.ts';
import { EIGHT_BITS, INTEGERS, PATHS, type PathKind } from './paths.ts';
import { costs } from './reference.ts';

const TOLERANCE: Tolerance = {
  metric: 'scaled',
  bound: 1e-3,
  why: 'bits: logits of float32 are off by 1e-5, a count by one or two where it is rounded down to another integer; one that is rare changes by the bits of that',
};

/** Bits that a payload may have: its last byte is filled up, and bounds are integers. */
const mostBits = (information: number) => 1.001 * information + 24;

const variant = ({ name, path, backend, idea, integers }: PathKind) =>
  defineVariant<CompressorInput, CompressorShape>({
    name,
    backend,
    idea,
    ...(integers ? { ...INTEGERS, approximation: true, tolerance: EIGHT_BITS } : {}),
    async prepare({ model, bytes }, shape, host) {
      const next = await llamaBytes(model.weights, host, path, windowOfShape(shape));
      const N = bytes.length;
      const intervals = { low: new Int32Array(N), high: new Int32Array(N) };
      const out = new Uint8Array(capacityOf(N));
      let length = Number.NaN;
      return {
        run() {
          placeBytes(next, bytes, intervals);
          length = encodeRuns(intervals, out, N, TOTAL);
        },
        read() {
          const bits = Float64Array.from(
            intervals.low,
            (low, n) => -Math.log2((intervals.high[n]! - low) / TOTAL),
          );
          const information = bits.reduce((a, b) => a + b, 0);
          return Float64Array.of(...bits, Math.max(0, 8 * length - mostBits(information)));
        },
        poison(value) {
          for (const counts of [intervals.low, intervals.high]) counts.fill(mark(value));
          length = value;
        },
        bitsPerByte: () => (8 * length) / N,
        dispose: () => next.dispose(),
      };
    },
  });

/**
 * What a compressor does but for the header. Encoders of different paths give different bytes, each for its own decoder, so that no
 * reference can have them: what is compared is how many bits each byte takes (the model is right), and that all of them take no more
 * than that and 0.1 % (the coder is). That the bytes come back is for `decompress` to show.
 */
export const compressKernel = defineKernel<CompressorInput, CompressorShape>({
  name: 'compress',
  kind: 'pipeline',
  formula:
    'out = the bits of each of bytes bytes, −log2 of its counts in a million by the model, and how many the coder takes beyond 24 and 1.001 times their sum',
  ledger: ['S1-1', 'S1-22', 'S1-29'],
  cases: CASES,
  validate,
  inputs,
  hostile,
  reference: (input, shape, rng) => costs(input, shape, rng, TOLERANCE.bound),
  outputLength: ({ bytes }) => bytes + 1,
  tolerance: TOLERANCE,
  work,
  where: ({ bytes }, _, index) =>
    index < bytes.length ? `byte ${index}` : 'bits of all beyond their information',
  variants: PATHS.map(variant),
});
