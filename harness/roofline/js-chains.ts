import type { MakeTask } from '../../kernels/kernel.ts';

/** For pool tasks. */
export const JS_MODULE = import.meta.url;

/** Operations of one round of {@link jsChains}. */
export const JS_OPS = 96;

/**
 * Scalar JavaScript at its best: rounds of 12 independent float64 chains `a = a * h + h`, which stay in registers. Engines
 * neither join them into vectors nor fuse them (ECMAScript rounds every operation), and `Math.fround` makes float32 of them at
 * the same speed. Four steps a round, because V8 moves each chain to another register at the end of one: with a single step it
 * reaches three quarters of this.
 */
export const jsChains: MakeTask<{ rounds: number; out: Float64Array }> = ({ rounds, out }) => {
  return (thread) => {
    out[thread] = chains(rounds, thread + 1);
  };
};

function chains(rounds: number, start: number): number {
  const h = 0.5;
  let a = start;
  let b = a + 1;
  let c = a + 2;
  let d = a + 3;
  let e = a + 4;
  let f = a + 5;
  let g = a + 6;
  let i = a + 7;
  let j = a + 8;
  let k = a + 9;
  let l = a + 10;
  let m = a + 11;
  for (let n = 0; n < rounds; n++) {
    a = (((a * h + h) * h + h) * h + h) * h + h;
    b = (((b * h + h) * h + h) * h + h) * h + h;
    c = (((c * h + h) * h + h) * h + h) * h + h;
    d = (((d * h + h) * h + h) * h + h) * h + h;
    e = (((e * h + h) * h + h) * h + h) * h + h;
    f = (((f * h + h) * h + h) * h + h) * h + h;
    g = (((g * h + h) * h + h) * h + h) * h + h;
    i = (((i * h + h) * h + h) * h + h) * h + h;
    j = (((j * h + h) * h + h) * h + h) * h + h;
    k = (((k * h + h) * h + h) * h + h) * h + h;
    l = (((l * h + h) * h + h) * h + h) * h + h;
    m = (((m * h + h) * h + h) * h + h) * h + h;
  }
  return a + b + c + d + e + f + g + i + j + k + l + m;
}
