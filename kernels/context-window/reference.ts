import type { Reference } from '../kernel.ts';
import type { ContextWindowInput, ContextWindowShape } from './index.ts';

/** The window after n tokens holds what stands before place n + W of W zeros followed by all tokens. */
export function contextWindowReference(
  { tokens, looks }: ContextWindowInput,
  { W, N }: ContextWindowShape,
): Reference {
  const all = [...new Array<number>(W).fill(0), ...tokens];
  const seen = Array.from(looks, (look, n) => all[n + 1 + look]!);
  return { values: Float64Array.from([...seen, ...all.slice(N)]) };
}
