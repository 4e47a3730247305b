import { defineKernel } from '../kernel.ts';
import type { Rng } from '../lib/rng.ts';
import { bits } from './bits.ts';
import { naive } from './naive.ts';
import { f16CodecReference, halfOf } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { table } from './table.ts';

/** Numbers, and which way: `decode` from half codes to float32, `encode` from float32 to half codes. */
export type F16CodecShape = { readonly N: number; readonly op: 'decode' | 'encode' };

/** `codes` is there to be decoded, `x` to be encoded; the other is empty. */
export interface F16CodecInput {
  readonly codes: Uint16Array;
  readonly x: Float32Array;
}

const NO_CODES = new Uint16Array(0);
const NO_X = new Float32Array(0);
const decode = (codes: Uint16Array): F16CodecInput => ({ codes, x: NO_X });
const encode = (x: Float32Array): F16CodecInput => ({ codes: NO_CODES, x });

/** Codes of normal numbers of either sign; floats that halves of that kind come from. */
function ordinary({ N, op }: F16CodecShape, rng: Rng): F16CodecInput {
  if (op === 'decode')
    return decode(
      Uint16Array.from({ length: N }, () => 0x2c00 + rng.integer(0x1400) + 0x8000 * rng.integer(2)),
    );
  return encode(Float32Array.from({ length: N }, () => rng.normal()));
}

const both = (N: number, from: string) =>
  (['decode', 'encode'] as const).map((op) => ({ shape: { N, op }, from }));

/**
 * IEEE binary16 ("half") to float32 and back, rounded to nearest with ties to even; every NaN is encoded as 0x7e00. Codes are
 * outputs as numbers 0 … 65,535. There is no WebGPU variant: pack2x16float and unpack2x16float may flush denormals, and the
 * integer form stands in `dequant` (`f16`). There are no workers: a model decodes once, when it is loaded.
 */
export const f16Codec = defineKernel<F16CodecInput, F16CodecShape>({
  name: 'f16-codec',
  formula: 'y[N] = (−1)^s · 2^(e − 15) · 1.m of N codes, and back',
  ledger: ['S3-1', 'S3-6'],
  learned: [
    'A table of all 65,536 values is no shortcut: moving bits is three times as fast as looking them up, and SIMD seven times as fast as that, denormals included.',
  ],
  cases: [
    ...both(1, 'one number'),
    ...both(7, 'vector of eight − 1'),
    ...both(9, 'vector + 1'),
    ...both(576, 'SmolLM2-135M: a row'),
    ...both(65_536, 'as many as there are codes'),
  ],
  inputs: ordinary,
  hostile: {
    'every code, or the float32 that it stands for': ({ N, op }, rng) => {
      const start = N < 65_536 ? rng.integer(65_536) : 0;
      const codes = Uint16Array.from({ length: N }, (_, i) => start + i);
      return op === 'decode' ? decode(codes) : encode(Float32Array.from(codes, halfOf));
    },
    'halfway between two halves, and the float32 on either side': ({ N, op }, rng) => {
      const start = N < 65_536 ? rng.integer(63_488) : 0;
      if (op === 'decode') return decode(Uint16Array.from({ length: N }, (_, i) => 3 * (start + i)));
      const word = new Uint32Array(1);
      const float = new Float32Array(word.buffer);
      return encode(
        Float32Array.from({ length: N }, (_, i) => {
          const code = (start + i) % 65_536;
          const magnitude = Math.min(code & 0x7fff, 0x7bff);
          // Beyond the largest half stands 65536 − 16, from which on all is Infinity.
          const next = magnitude === 0x7bff ? 65_536 : halfOf(magnitude + 1);
          float[0] = (halfOf(magnitude) + next) / 2;
          word[0]! += (i % 3) - 1;
          return code & 0x8000 ? -float[0] : float[0];
        }),
      );
    },
    'any bits': ({ N, op }, rng) => {
      const words = Uint32Array.from({ length: N }, () => rng.integer(2 ** 32));
      return op === 'decode' ? decode(Uint16Array.from(words)) : encode(new Float32Array(words.buffer));
    },
  },
  reference: f16CodecReference,
  tolerance: {
    metric: 'abs',
    bound: 0,
    why: 'every half is a float32, and rounding to nearest has one result',
  },
  work: ({ N }) => ({ flops: 0, bytes: 6 * N }),
  where: ({ codes, x }, { op }, i) => (op === 'decode' ? `code 0x${codes[i]!.toString(16)}` : `x = ${x[i]}`),
  variants: [naive, table, bits, simd, simdThreads],
});
