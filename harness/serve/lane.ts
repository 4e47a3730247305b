/** Measuring in the page itself: each job in a fresh worker, the same that pages of the runner start. */
import type { FromWorker, PageFiles, PageJob } from '../page/job.ts';
import type { HostInfo } from '../record.ts';
import type { Lane } from '../runtimes/runtime.ts';

/** @param known what a worker cannot know: the commit that it is built from */
export function laneHere(files: PageFiles, known: Partial<HostInfo>): Lane {
  return {
    start(message, events) {
      const worker = new Worker(new URL('../page/worker.js', import.meta.url), { type: 'module' });
      let over = false;
      const end = (how: string) => {
        if (over) return;
        over = true;
        worker.terminate();
        events.onExit(how);
      };
      worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
        if (over) return;
        if (data.kind === 'said') events.onMessage(data.message);
        else end(data.how);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        end(`ended with ${event.message || 'an error in loading its code'}`);
      };
      worker.postMessage({ message, files, known } satisfies PageJob);
      return { kill: () => end('was ended') };
    },
  };
}
