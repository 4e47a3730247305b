/** Every entry of the package, as a program uses it. */
import assert from 'node:assert/strict';
import { bench, compare } from 'kernel-zoo';
import { attention, dequant, gelu, matmul, qmatvec, release, sample, useThreads } from 'kernel-zoo/kernels';

const a = Float32Array.of(1, 2, 3, 4);
const c = await matmul({ a, b: Float32Array.of(0, 1, 1, 0) }, { M: 2, N: 2, K: 2 });
assert.deepEqual([...c], [2, 1, 4, 3]);
assert.equal((await dequant({ blocks: new Uint8Array(34) }, { R: 1, C: 32, quant: 'q8_0' })).length, 32);

const one = Float32Array.of(1, 1);
const shape = { T: 1, S: 1, H: 1, G: 1, D: 2 };
assert.deepEqual([...(await attention({ q: one, k: one, v: Float32Array.of(3, 4) }, shape))], [3, 4]);
const logits = Float32Array.of(0, 2, 1);
const token = await sample({ logits, u: Float64Array.of(0.5) }, { R: 1, S: 3, mode: 'greedy' });
assert.deepEqual([...token], [1]);
const layer = await qmatvec.prepare({ N: 1, K: 32, quant: 'q8_0' }, { blocks: new Uint8Array(34) });
assert.deepEqual([...layer.run({ x: new Float32Array(32) })], [0]);

await useThreads(2);
const N = 400_001;
const y = await gelu(new Float32Array(N).fill(1), { N });
assert.ok(y.every((v) => Math.abs(v - 0.8413447) < 1e-6));
await release();

const quick = { time: 20, tiers: false };
const { records, rows } = await bench({ kernels: ['./mine.js'], processes: 1, cases: ['N=1023'], ...quick });
assert.deepEqual(
  rows.map(({ id, status }) => [id, status]),
  [
    ['mine/naive@N=1023', 'ok'],
    ['mine/mapped@N=1023', 'ok'],
  ],
);
assert.equal(records.length, 2);

const [row] = await compare('gelu/blocked', 'naive', { cases: ['N=3072'], processes: 3, ...quick });
// On a busy machine the difference may be unclear; it is never the other way round.
assert.ok(['faster', 'unclear'].includes(row?.difference?.verdict), JSON.stringify(row?.difference));
await assert.rejects(bench({ select: ['matmull'] }), {
  name: 'UsageError',
  message: /did you mean "matmul"/,
});
console.log('all entries work');
