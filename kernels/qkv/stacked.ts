import type { QkvInput } from './index.ts';

/** The rows of all three matrices in one, queries first: what a model that fuses the product makes of them when it is loaded. */
export function stacked({ wq, wk, wv }: QkvInput): Float32Array {
  const w = new Float32Array(wq.length + wk.length + wv.length);
  w.set(wq);
  w.set(wk, wq.length);
  w.set(wv, wq.length + wk.length);
  return w;
}
