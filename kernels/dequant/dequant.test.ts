import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProcessHost, type ProcessHost } from '../../harness/runtimes/process-host.ts';
import { rng } from '../lib/rng.ts';
import { type DequantInput, type DequantShape, dequant } from './index.ts';
import { dequantReference } from './reference.ts';

let host: ProcessHost;
beforeAll(async () => {
  host = await createProcessHost({ threads: 3 });
});
afterAll(() => host.close());

/**
 * One block for each of the 65,536 half codes as its scale. A `q4_0` block of this kind holds all 16 quants; those of
 * `q8_0` begin with the extremes and go on at random.
 */
function everyScale(quant: DequantShape['quant']): DequantInput {
  const size = quant === 'q8_0' ? 34 : 18;
  const random = rng('every scale');
  // At an odd address, as a tensor in the middle of a downloaded file may be.
  const blocks = new Uint8Array(new ArrayBuffer(65_536 * size + 1), 1);
  for (let code = 0; code < 65_536; code++) {
    const at = code * size;
    blocks[at] = code;
    blocks[at + 1] = code >> 8;
    for (let i = 2; i < size; i++) {
      blocks[at + i] = quant === 'q4_0' ? (i - 2) * 16 + 17 - i : random.integer(256);
    }
    if (quant === 'q8_0') blocks.set([0x80, 0x7f, 0, 0xff], at + 2);
  }
  return { blocks };
}

describe('with every half code as a scale, the output is the reference bit for bit, the sign of zero included', () => {
  const shape = (quant: DequantShape['quant']) => ({ R: 2048, C: 1024, quant });
  for (const quant of ['q8_0', 'q4_0'] as const) {
    const input = everyScale(quant);
    // Exact in float64, and in float32 too: rounding changes nothing.
    const { values } = dequantReference(input, shape(quant));
    // WGSL leaves the sign of a zero open: kernels.test.ts checks that variant by value.
    for (const variant of dequant.variants.filter(({ backend }) => backend !== 'webgpu')) {
      it(`${variant.name}, ${quant}`, async () => {
        const prepared = await variant.prepare(input, shape(quant), host);
        prepared.run();
        const out = await prepared.read();
        prepared.dispose();
        let first = -1;
        for (let i = out.length - 1; i >= 0; i--) if (!Object.is(out[i], values[i])) first = i;
        expect(first, dequant.where?.(input, shape(quant), Math.max(first, 0))).toBe(-1);
      });
    }
  }
});

it('refuses a shape that cannot be, in one line', () => {
  const refuse = (shape: Record<string, number | string>) => () => dequant.validate?.(shape);
  expect(refuse({ R: 4, C: 33, quant: 'q8_0' })).toThrow(
    'dequant: a row of 33 weights cannot be cut into blocks of 32',
  );
  expect(refuse({ R: 4, C: 64, quant: 'q3_k' })).toThrow('dequant: unknown quant "q3_k"');
  expect(refuse({ R: 0, C: 64, quant: 'q8_0' })).toThrow('dequant: 0 is no number of rows');
  for (const { shape } of dequant.cases) expect(() => dequant.validate?.(shape)).not.toThrow();
});
