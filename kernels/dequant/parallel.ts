import { defineVariant, type MakeTask } from '../kernel.ts';
import { sharedF32, workersVariant } from '../lib/js.ts';
import { firstOf } from '../lib/pool.ts';
import { BLOCK, type Quant } from '../lib/quant.ts';
import { blockLoop } from './blocked.ts';
import type { DequantInput, DequantShape } from './index.ts';

interface Data {
  blocks: Uint8Array<SharedArrayBuffer>;
  quant: Quant;
  out: Float32Array<SharedArrayBuffer>;
}

/** One thread's share of the blocks. */
export const dequantTask: MakeTask<Data> = ({ blocks, quant, out }) => {
  const loop = blockLoop(quant, blocks);
  return (thread, threads) => {
    const from = firstOf(out.length / BLOCK, thread, threads);
    const to = firstOf(out.length / BLOCK, thread + 1, threads);
    loop(out, from, to);
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
