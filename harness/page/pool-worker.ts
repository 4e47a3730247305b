/** Entry of a pool worker in a page. */
import { servePool, type ToWorker } from '../../kernels/lib/pool.ts';

const post = globalThis.postMessage.bind(globalThis) as (message: unknown) => void;

servePool(post, (listener) =>
  globalThis.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => listener(data)),
);
