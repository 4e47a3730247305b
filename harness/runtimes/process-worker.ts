/** Entry of a pool worker in Node, Bun and Deno. */
import { parentPort } from 'node:worker_threads';
import { servePool, type ToWorker } from '../../kernels/lib/pool.ts';
import { readyFor } from '../typescript.ts';

const port = parentPort!;
servePool(
  (message) => port.postMessage(message),
  (listener) =>
    port.on('message', async (message: ToWorker) => {
      // Messages keep their order: only a task waits, and the pool sends nothing more until it is made.
      if (message.kind === 'make') await readyFor(message.spec.module);
      listener(message);
    }),
);
