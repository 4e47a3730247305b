import { capacityOf } from '../../kernels/arithmetic-coder/constants.ts';
import { encodeRuns } from '../../kernels/arithmetic-coder/runs.ts';
import { defineKernel, defineVariant } from '../../kernels/kernel.ts';
import { freshVariant } from '../../kernels/lib/integers.ts';
import { decode, placeBytes } from './compressor.ts';
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
import { others } from './others.ts';
import { INTEGERS, PATHS, type PathKind } from './paths.ts';

const variant = ({ name, path, backend, idea, integers }: PathKind) =>
  defineVariant<CompressorInput, CompressorShape>({
    name,
    backend,
    idea,
    ...(integers ? INTEGERS : {}),
    async prepare({ model, bytes }, shape, host) {
      const next = await llamaBytes(model.weights, host, path, windowOfShape(shape));
      const N = bytes.length;
      const intervals = { low: new Int32Array(N), high: new Int32Array(N) };
      placeBytes(next, bytes, intervals);
      const out = new Uint8Array(capacityOf(N));
      const payload = out.slice(0, encodeRuns(intervals, out, N, TOTAL));
      return {
        ...freshVariant(N, () => decode(next, payload, N)),
        bitsPerByte: () => (8 * payload.length) / N,
        dispose: () => next.dispose(),
      };
    },
  });

/** A payload that the same path has made, back to bytes: the model runs as it did for the encoder, and a search finds each byte. */
export const decompressKernel = defineKernel<CompressorInput, CompressorShape>({
  name: 'decompress',
  kind: 'pipeline',
  formula: 'out[bytes] = the bytes that a payload of the same path was made of',
  ledger: ['S1-1', 'S1-22', 'S1-28', 'S1-29'],
  cases: CASES,
  validate,
  inputs,
  hostile,
  reference: ({ bytes }) => ({ values: Float64Array.from(bytes) }),
  tolerance: { metric: 'abs', bound: 0, why: 'bytes: lossless' },
  work,
  where: (_, __, index) => `byte ${index}`,
  variants: [...PATHS.map(variant), ...others],
});
