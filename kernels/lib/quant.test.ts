import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { dequantReference } from '../dequant/reference.ts';
import { decodeHalf } from './f16.ts';
import { BLOCK, checkQuant, type Quant, quantBytes } from './quant.ts';
import { QUANTIZERS } from './quantize.ts';
import { rng } from './rng.ts';

function quantize(quant: Quant, x: Float32Array): Uint8Array {
  const out = new Uint8Array(quantBytes(quant, x.length));
  QUANTIZERS[quant](x, out);
  return out;
}

/** Blocks of dyadic numbers, the same on every engine: wide, on a grid of halves (ties), sparse, and too small for a scale. */
function inputs(): Float32Array {
  const random = rng('blocks');
  return Float32Array.from({ length: 4096 * BLOCK }, (_, i) => {
    switch (Math.floor(i / BLOCK) % 4) {
      case 0:
        return (random.integer(2 ** 24) - 2 ** 23) * 2 ** -28;
      case 1:
        return (random.integer(255) - 127) / 2;
      case 2:
        return random.integer(8) === 0 ? random.integer(2 ** 10) - 2 ** 9 : 0;
      default:
        return (random.integer(2 ** 12) - 2 ** 11) * 2 ** -32;
    }
  });
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('the bytes of 4096 blocks are those of gguf-py 0.19 (the quantisers of llama.cpp in Python)', () => {
  // sha256 of gguf.quants.quantize(x, type).tobytes() for the same x.
  const HASHES = {
    q8_0: 'f029fcb10a80991b0cbcc16ceda735aeb9e114700f5d534725deba5c8b3b17cc',
    q4_0: '7237f36f2fd5ddb99333ee47417bfca0c2c58ee64db949b05e3a056de844f97e',
    q4_1: '54d19736418499c7e3033d046ecc9fa14c7e488d77d62c472eff48985caf1ee5',
    q5_0: '1234bd6346184d21d480af66df943b42f7fb1fda18468a4415b38d65c537108e',
    f16: '5eeb4ff2c5c87e764a90713299357b0b6eef7d197200b46362f8fdc29cf7eccf',
    bf16: '4a4d90ae06a9609951aa755addc7a0ca91eb0654df91238b337e45e0ec765148',
  };
  it.each(Object.entries(HASHES) as [Quant, string][])('%s', (quant, hash) => {
    expect(sha256(quantize(quant, inputs()))).toBe(hash);
  });
});

describe('gguf-py 0.19 reads the same weights, bit for bit, from the blocks of 256', () => {
  // sha256 of gguf.quants.dequantize(blocks, type) for what quantize() gives here: gguf-py has no quantiser for them.
  const HASHES = {
    q4_k: '05abdb857669c15b0241fe8e26be61fa27bd62e979b7737452b15644ad26b29d',
    q6_k: '3e0540ac9dc83d080f29c73e0b3181f0c847b2f8a9980035a7d025e274dedd5d',
  };
  it.each(Object.entries(HASHES) as [Quant, string][])('%s', (quant, hash) => {
    const blocks = quantize(quant, inputs());
    const { values } = dequantReference({ blocks }, { R: 128, C: 1024, quant });
    expect(sha256(new Uint8Array(Float32Array.from(values).buffer))).toBe(hash);
  });
});

describe('blocks of 256 keep normal weights', () => {
  const BOUNDS = { q4_k: 0.08, q6_k: 0.02 };
  it.each(Object.entries(BOUNDS) as [Quant, number][])('%s: relative error below %d', (quant, bound) => {
    const random = rng('normal');
    const x = Float32Array.from({ length: 64 * 256 }, () => 0.02 * random.normal());
    const { values } = dequantReference({ blocks: quantize(quant, x) }, { R: 64, C: 256, quant });
    let error = 0;
    let square = 0;
    for (let i = 0; i < x.length; i++) {
      error += (x[i]! - values[i]!) ** 2;
      square += x[i]! ** 2;
    }
    expect(Math.sqrt(error / square)).toBeLessThan(bound);
  });
});

it('q8_0 is off by at most half a step, q4_0 by one at the far end of its range and half a step elsewhere', () => {
  const x = inputs().filter((_, i) => Math.floor(i / BLOCK) % 4 < 2);
  const q8 = quantize('q8_0', x);
  const q4 = quantize('q4_0', x);
  let worst8 = 0;
  let worst4 = 0;
  let worstClipped = 0;
  for (let i = 0; i < x.length; i++) {
    const b = Math.floor(i / BLOCK);
    const k = i % BLOCK;
    const d8 = decodeHalf(q8[b * 34]! | (q8[b * 34 + 1]! << 8));
    worst8 = Math.max(worst8, Math.abs(x[i]! - d8 * ((q8[b * 34 + 2 + k]! << 24) >> 24)) / d8);
    const d4 = decodeHalf(q4[b * 18]! | (q4[b * 18 + 1]! << 8));
    const byte = q4[b * 18 + 2 + (k % 16)]!;
    const nibble = k < 16 ? byte & 15 : byte >> 4;
    const error = Math.abs((x[i]! - d4 * (nibble - 8)) / d4);
    if (x[i]! / d4 > 7) worstClipped = Math.max(worstClipped, error);
    else worst4 = Math.max(worst4, error);
  }
  // The scale itself is rounded to 11 bits, which moves 127 steps by 127 · 2^-11 = 0.062, and 8 by 0.004.
  expect(worst8).toBeLessThan(0.5 + 0.063);
  expect(worst4).toBeLessThan(0.5 + 0.004);
  expect(worstClipped).toBeLessThan(1 + 0.004);
});

it('a block of zeros has the scale zero, and the quants of zero', () => {
  const zeros = new Float32Array(32);
  expect(quantize('q8_0', zeros)).toEqual(new Uint8Array(34));
  // −0: 0 / −8.
  expect(quantize('q4_0', zeros)).toEqual(Uint8Array.of(0, 0x80, ...new Array(16).fill(0x88)));
});

it('refuses an unknown format and rows that are no whole blocks, in one line', () => {
  expect(() => checkQuant('gemv', 'q9', 64)).toThrow('gemv: unknown quant "q9"; there are q8_0, q4_0, ');
  expect(() => checkQuant('gemv', 'q5_0', 64, ['q8_0'])).toThrow('unknown quant "q5_0"; there are q8_0');
  expect(() => checkQuant('gemv', 'toString', 64)).toThrow('unknown quant');
  for (const C of [33, 0, -32, 1.5, Number.NaN])
    expect(() => checkQuant('gemv', 'q8_0', C)).toThrow(`gemv: a row of ${C} weights cannot be cut`);
  expect(() => checkQuant('gemv', 'q4_0', 64)).not.toThrow();
});
