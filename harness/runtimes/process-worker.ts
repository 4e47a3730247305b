/** Entry of a pool worker in Node, Bun and Deno. */
import { parentPort } from 'node:worker_threads';
import { servePool, type ToWorker } from '../../kernels/lib/pool.ts';

const port = parentPort!;
servePool(
  (message) => port.postMessage(message),
  (listener) => port.on('message', (message: ToWorker) => listener(message)),
);
