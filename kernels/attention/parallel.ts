import { defineVariant, type MakeTask } from '../kernel.ts';
import { sharedF32, workersVariant } from '../lib/js.ts';
import { flashSpace, flashTile, QUERIES } from './flash.ts';
import type { AttentionInput, AttentionShape } from './index.ts';

interface Data {
  q: Float32Array<SharedArrayBuffer>;
  k: Float32Array<SharedArrayBuffer>;
  v: Float32Array<SharedArrayBuffer>;
  out: Float32Array<SharedArrayBuffer>;
  shape: AttentionShape;
}

/**
 * One thread's share of the tiles: every `threads`-th, since a later tile of a head sees more keys and takes longer. Heads alone would
 * leave threads idle where there are fewer of them, or where they do not divide.
 */
export const attentionTask: MakeTask<Data> = ({ q, k, v, out, shape }) => {
  const { T, H, D } = shape;
  const space = flashSpace(D);
  const input = { q, k, v };
  const tiles = Math.ceil(T / QUERIES);
  return (thread, threads) => {
    for (let unit = thread; unit < H * tiles; unit += threads)
      flashTile(input, out, shape, Math.floor(unit / tiles), (unit % tiles) * QUERIES, space);
  };
};

export const parallel = defineVariant<AttentionInput, AttentionShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the tiles of `flash`, of all heads, dealt out to worker threads one by one: later ones of a head see more keys',
  ledger: ['S2-18'],
  prepare: ({ q, k, v }, shape, host) =>
    workersVariant<Data>(host, import.meta.url, 'attentionTask', {
      q: sharedF32(q),
      k: sharedF32(k),
      v: sharedF32(v),
      out: sharedF32(shape.T * shape.H * shape.D),
      shape,
    }),
});
