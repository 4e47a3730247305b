/** A page that calls kernels, and says what came out where a test looks for it. */
import { dequant, matmul, softmax, tanh, useThreads } from 'kernel-zoo/kernels';

async function outcome() {
  const ready = await matmul.prepare({ M: 2, N: 2, K: 2 });
  const c = ready.run({ a: Float32Array.of(1, 2, 3, 4), b: Float32Array.of(0, 1, 1, 0) });
  const p = await softmax(Float32Array.of(1, 1, 1, 1), { R: 1, C: 4 });
  const t = await tanh(Float32Array.of(0, 20), { N: 2 });
  const d = await dequant({ blocks: new Uint8Array(18) }, { R: 1, C: 32, quant: 'q4_0' });
  const threads = await useThreads(2).catch((error) => String(error.message));
  return { variant: ready.variant, c: [...c], p: [...p], t: [...t], d: d.length, threads };
}

outcome().then(
  (value) => Object.assign(globalThis, { outcome: value }),
  (error) => Object.assign(globalThis, { outcome: { error: String(error.stack) } }),
);
