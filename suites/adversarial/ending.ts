/** Variants that do not come back as they should. */
import { adversaries, around, type Expected, loop, oscillation, own } from './oscillation.ts';

export const EXPECTED: Expected = {
  honest: { status: 'ok', reason: /^$/ },
  exits: { status: 'failed', reason: /^its process exited with code 0 while making the first call/ },
  // Bytes are counted first, over more calls where the heap is noisy: either may have the 501st.
  'exits-when-timed': {
    status: 'failed',
    reason: /^its process exited with code 0 while (measuring|counting bytes)/,
  },
  'throws-sometimes': {
    status: 'failed',
    reason: /^threw one call in a thousand while (measuring|counting bytes)/,
  },
  'rejects-later': {
    status: 'failed',
    reason: /^its process exited with code 1: Error: nobody waits for this while waiting for what/,
  },
  'never-read': { status: 'failed', reason: /^its process exited with code \d+ while reading the output/ },
  'hangs-in-read': { status: 'failed', reason: /^no answer within \d+ s while reading the output$/ },
  'hangs-in-dispose': { status: 'failed', reason: /^no answer within \d+ s while disposing of it$/ },
};

let calls = 0;

export default adversaries('ending', [
  loop('exits', 'ends the process as if all were well', () => {
    process.exit(0);
  }),
  loop('exits-when-timed', 'ends it between two samples', (x, out) => {
    oscillation(x, out);
    if (calls++ === 500) process.exit(0);
  }),
  loop('throws-sometimes', 'throws in one call of a thousand', (x, out) => {
    oscillation(x, out);
    if (++calls % 1000 === 0) throw new Error('one call in a thousand');
  }),
  loop('rejects-later', 'fails where nobody looks', (x, out) => {
    oscillation(x, out);
    if (calls++ === 0) void Promise.reject(new Error('nobody waits for this'));
  }),
  own('never-read', 'a promise that is never kept', (x) => {
    const out = new Float32Array(x.length);
    let hasRun = false;
    const run = () => {
      oscillation(x, out);
      hasRun = true;
    };
    return around(out, run, { read: () => (hasRun ? new Promise<never>(() => {}) : out.slice()) });
  }),
  own('hangs-in-read', 'never returns its output', (x) => {
    const out = new Float32Array(x.length);
    let hasRun = false;
    const run = () => {
      oscillation(x, out);
      hasRun = true;
    };
    const read = () => {
      while (hasRun);
      return out;
    };
    return around(out, run, { read });
  }),
  own('hangs-in-dispose', 'never gives back', (x) => {
    const out = new Float32Array(x.length);
    const dispose = () => {
      for (;;);
    };
    return around(out, () => oscillation(x, out), { dispose });
  }),
]);
