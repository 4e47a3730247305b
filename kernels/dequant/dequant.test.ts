import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProcessHost, type ProcessHost } from '../../harness/runtimes/process-host.ts';
import { QUANTS, type Quant } from '../lib/quant.ts';
import { rng } from '../lib/rng.ts';
import { blocksOf, HALVES } from './hostile.ts';
import { type DequantInput, type DequantShape, dequant } from './index.ts';
import { dequantReference } from './reference.ts';

let host: ProcessHost;
beforeAll(async () => {
  host = await createProcessHost({ threads: 3 });
});
afterAll(() => host.close());

/** A block for each half code as its scale (and minimum), the quants at random; of `q4_0`, all 16. */
function everyScale(shape: DequantShape): DequantInput {
  const { block, bytes } = QUANTS[shape.quant];
  const step = (65_536 * block) / (shape.R * shape.C);
  const random = rng('every scale');
  let code = 0;
  const { blocks } = blocksOf(
    shape,
    () => step * Math.floor(code++ / HALVES[shape.quant].length),
    () => random.integer(256),
  );
  if (shape.quant === 'q4_0')
    for (let p = 0; p < blocks.length; p += bytes) for (let i = 0; i < 16; i++) blocks[p + 2 + i] = i * 17;
  // At an odd address, as a tensor in the middle of a downloaded file may be.
  const odd = new Uint8Array(new ArrayBuffer(blocks.length + 1), 1);
  odd.set(blocks);
  return { blocks: odd };
}

describe('with every half code as a scale, the output is the reference bit for bit, the sign of zero included', () => {
  for (const [quant, { block }] of Object.entries(QUANTS) as [Quant, { block: number }][]) {
    // Of the blocks of 256, for every fourth code.
    const shape = { R: block === 256 ? 16 : 64, C: 1024 * block, quant };
    const input = everyScale(shape);
    // Rounded to float32, which only a minimum makes necessary.
    const { values } = dequantReference(input, shape);
    // WGSL leaves the sign of a zero open: kernels.test.ts checks that variant by value.
    for (const variant of dequant.variants.filter(({ backend }) => backend !== 'webgpu')) {
      it(`${variant.name}, ${quant}`, async () => {
        const prepared = await variant.prepare(input, shape, host);
        prepared.run();
        const out = await prepared.read();
        prepared.dispose();
        let first = -1;
        for (let i = out.length - 1; i >= 0; i--) if (!Object.is(out[i], values[i])) first = i;
        expect(first, dequant.where?.(input, shape, Math.max(first, 0))).toBe(-1);
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
