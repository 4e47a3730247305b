import { defineVariant } from '../kernel.ts';
import { sharedF32 } from '../lib/js.ts';
import type { MatmulInput, MatmulShape } from './index.ts';

export { matmulTask } from './parallel.ts';

export const posted = defineVariant<MatmulInput, MatmulShape>({
  name: 'parallel-posted',
  backend: 'workers',
  exhibit: true,
  idea: 'parallel, with its task posted to the workers anew in each call: messages there and back cost more than a small product, and starting the workers as well would cost milliseconds',
  ledger: ['S2-15', 'S2-16', 'S3-25'],
  async prepare({ a, b }, { M, N, K }, host) {
    const pool = await host.pool();
    const out = sharedF32(M * N);
    const data = { a: sharedF32(a), b: sharedF32(b), out, M, N, K };
    const once = async () => {
      const task = await pool.task({ module: import.meta.url, make: 'matmulTask', data });
      task.run();
      task.dispose();
    };
    let calls: Promise<void> = Promise.resolve();
    return {
      run: () => {
        calls = calls.then(once);
      },
      sync: () => calls,
      read: () => Float32Array.from(out),
      poison: (value) => out.fill(value),
      dispose: () => {},
    };
  },
});
