import { defineVariant, type MakeTask } from '../kernel.ts';
import { sharedF32, workersVariant } from '../lib/js.ts';
import { firstOf } from '../lib/pool.ts';
import { QUANTS, type Quant } from '../lib/quant.ts';
import type { DequantInput, DequantShape } from './index.ts';
import { LOOPS } from './loops.ts';

interface Data {
  blocks: Uint8Array<SharedArrayBuffer>;
  quant: Quant;
  out: Float32Array<SharedArrayBuffer>;
}

/** One thread's share of the blocks. */
export const dequantTask: MakeTask<Data> = ({ blocks, quant, out }) => {
  const loop = LOOPS[quant];
  const count = out.length / QUANTS[quant].block;
  return (thread, threads) => {
    const from = firstOf(count, thread, threads);
    const to = firstOf(count, thread + 1, threads);
    loop(blocks, out, from, to);
  };
};

export const parallel = defineVariant<DequantInput, DequantShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the loop of `blocked` with the blocks, not the rows, shared among worker threads: one long row keeps all busy',
  prepare({ blocks }, { R, C, quant }, host) {
    const copy = new Uint8Array(new SharedArrayBuffer(blocks.length));
    copy.set(blocks);
    return workersVariant<Data>(host, import.meta.url, 'dequantTask', {
      blocks: copy,
      quant,
      out: sharedF32(R * C),
    });
  },
});
