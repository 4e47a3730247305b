/** A kernel of one instruction, `i32x4.relaxed_dot_i8x16_i7x16_add_s`, which the baseline compiler of Node 20 computes wrongly. */
import { defineKernel, defineVariant } from '../../kernels/kernel.ts';

type Shape = { readonly N: number };
interface Input {
  readonly a: Int8Array;
  /** 0..127, where the instruction means the same on every machine. */
  readonly b: Int8Array;
}

/**
 * (func (export "run") (param $n i32) (local $i i32) (loop $next
 *   (v128.store (i32.add (local.get $i) (i32.shl (local.get $n) (i32.const 1)))
 *     (i32x4.relaxed_dot_i8x16_i7x16_add_s (v128.load (local.get $i)) (v128.load (i32.add (local.get $i) (local.get $n)))
 *       (v128.const i32x4 0 0 0 0)))
 *   (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $n)))))
 */
const MODULE = Buffer.from(
  '0061736d0100000001050160017f00030201000503010001071002066d656d6f727902000372756e00000a45014301017f0340200120004101746a' +
    '2001fd000400200120006afd000400fd0c00000000000000000000000000000000fd9302fd0b0400200141106a22012000490d000b0b',
  'hex',
);

/** Compiled once: code that is compiled in each `prepare` makes every first call a slow one. */
let compiled: Promise<WebAssembly.Module> | undefined;

const relaxed = defineVariant<Input, Shape>({
  name: 'relaxed',
  backend: 'wasm',
  idea: 'sixteen products and twelve additions an instruction',
  async prepare({ a, b }, { N }) {
    compiled ??= WebAssembly.compile(MODULE);
    const { memory, run } = (await WebAssembly.instantiate(await compiled)).exports as {
      memory: WebAssembly.Memory;
      run(n: number): void;
    };
    new Int8Array(memory.buffer).set(a);
    new Int8Array(memory.buffer).set(b, N);
    const out = new Int32Array(memory.buffer, 2 * N, N / 4);
    return {
      run: () => run(N),
      read: () => Float64Array.from(out),
      poison: (value) => out.fill(Number.isNaN(value) ? -1 : value),
      dispose() {},
    };
  },
});

const naive = defineVariant<Input, Shape>({
  name: 'naive',
  backend: 'js',
  idea: 'four products at a time',
  prepare({ a, b }, { N }) {
    const out = new Float64Array(N / 4);
    return {
      run() {
        for (let i = 0; i < out.length; i++) {
          let sum = 0;
          for (let k = 4 * i; k < 4 * i + 4; k++) sum += a[k]! * b[k]!;
          out[i] = sum;
        }
      },
      read: () => out,
      poison: (value) => out.fill(value),
      dispose() {},
    };
  },
});

export default defineKernel<Input, Shape>({
  name: 'relaxed-dot',
  formula: 'out[N/4] = Σ₄ a[N] · b[N]',
  cases: [{ shape: { N: 4096 }, from: 'some hundred instructions' }],
  inputs: ({ N }, rng) => ({
    a: Int8Array.from({ length: N }, () => rng.integer(255) - 127),
    b: Int8Array.from({ length: N }, () => rng.integer(128)),
  }),
  reference: ({ a, b }) => ({
    values: Float64Array.from({ length: a.length / 4 }, (_, i) =>
      [0, 1, 2, 3].reduce((sum, k) => sum + a[4 * i + k]! * b[4 * i + k]!, 0),
    ),
  }),
  tolerance: { metric: 'abs', bound: 0, why: 'integers' },
  work: ({ N }) => ({ flops: 2 * N, bytes: 3 * N }),
  variants: [naive, relaxed],
});
