/** Variants that do the work once, or not when they are timed. */
import { adversaries, around, type Expected, loop, oscillation, own } from './oscillation.ts';

export const EXPECTED: Expected = {
  honest: { status: 'ok', reason: /^$/ },
  'by-identity': {
    status: 'wrong',
    reason: /^remembers its output by the identity of its input: a call takes [\d.]+ times as long/,
  },
  'by-content': { status: 'wrong', reason: /^remembers its output by the content of its input/ },
  'skips-repeats': { status: 'wrong', reason: /^leaves elements unwritten: 4096 of 4096/ },
  'skips-repeats-unseen': { status: 'wrong', reason: /^skips its work when its input repeats/ },
  'last-input': { status: 'wrong', reason: /^remembers the output of its latest input/ },
  'stale-buffer': { status: 'wrong', reason: /^gives the output of an earlier input/ },
  'first-input': { status: 'wrong', reason: /^is right only for the first input/ },
  'one-seed': { status: 'wrong', reason: /^gives the same output whatever the input/ },
  'one-shape': { status: 'wrong', reason: /^is right only for some shapes, N=4096 among them/ },
  'in-prepare': { status: 'wrong', reason: /^gives its output without a run/ },
  'in-read': {
    status: 'wrong',
    reason: /^computes in read: its output is wrong where the input is overwritten/,
  },
  'in-read-from-a-copy': {
    status: 'wrong',
    reason: /^computes in read: the first reading after a run takes/,
  },
};

const byIdentity = new WeakMap<Float32Array, Float32Array>();
const byContent = new Map<number, Float32Array>();
const computed = (x: Float32Array): Float32Array => {
  const out = new Float32Array(x.length);
  oscillation(x, out);
  return out;
};

function hash(x: Float32Array): number {
  const words = new Int32Array(x.buffer, x.byteOffset, x.length);
  let h = x.length;
  // A sample will do: the inputs are random.
  for (let i = 0; i < words.length; i += 64) h = Math.imul(h ^ words[i]!, 0x01000193);
  return h;
}

let last = 0;
let lastOut: Float32Array = new Float32Array(0);
let finished: Float32Array | undefined;
let isFirst = true;
const CONSTANT = computed(Float32Array.from({ length: 4096 }, (_, i) => Math.sin(i)));

export default adversaries('remembering', [
  loop('by-identity', 'a WeakMap from the input array to its output', (x, out) => {
    let known = byIdentity.get(x);
    if (!known) {
      known = computed(x);
      byIdentity.set(x, known);
    }
    out.set(known);
  }),
  loop('by-content', 'a Map from a hash of the input to its output', (x, out) => {
    const key = hash(x);
    let known = byContent.get(key);
    if (!known) {
      known = computed(x);
      byContent.set(key, known);
    }
    out.set(known);
  }),
  own('skips-repeats', 'computes at the first run, and leaves its output standing', (x) => {
    const out = new Float32Array(x.length).fill(Number.NaN);
    let done = false;
    const run = () => {
      if (!done) oscillation(x, out);
      done = true;
    };
    return around(out, run, { poison: (value) => out.fill(value) });
  }),
  own('skips-repeats-unseen', 'the same, where the output cannot be overwritten', (x) => {
    const out = new Float32Array(x.length).fill(Number.NaN);
    let done = false;
    return around(out, () => {
      if (!done) oscillation(x, out);
      done = true;
    });
  }),
  loop('last-input', 'keeps the output of the latest input only', (x, out) => {
    const key = hash(x);
    if (key !== last) lastOut = computed(x);
    last = key;
    out.set(lastOut);
  }),
  own('stale-buffer', 'two buffers, of which it reads the one that was written before', (x) => {
    let out: Float32Array = new Float32Array(0);
    return {
      run: () => {
        const fresh = computed(x);
        out = finished?.length === x.length ? finished : fresh;
        finished = fresh;
      },
      read: () => out,
      dispose: () => {},
    };
  }),
  loop('first-input', 'right for the first input of the process, off by a tenth for all others', (x, out) => {
    oscillation(x, out);
    if (!isFirst) for (let i = 0; i < out.length; i++) out[i]! *= 1.1;
    isFirst = false;
  }),
  loop('one-seed', 'the output of one input, known beforehand', (_, out) => {
    out.set(CONSTANT.subarray(0, out.length));
  }),
  loop('one-shape', 'forgets the remainder behind blocks of two', (x, out) => {
    const even = x.length & ~1;
    oscillation(x.subarray(0, even), out);
    out.fill(0, even);
  }),
  own('in-prepare', 'computes before it is timed', (x) => around(computed(x), () => {})),
  own('in-read', 'computes when the output is asked for', (x) => {
    const out = new Float32Array(x.length).fill(Number.NaN);
    let isDue = false;
    const read = () => {
      if (isDue) oscillation(x, out);
      isDue = false;
      return out.slice();
    };
    const run = () => {
      isDue = true;
    };
    return around(out, run, { read });
  }),
  own('in-read-from-a-copy', 'the same, from a copy of the input', (input) => {
    const x = input.slice();
    const out = new Float32Array(x.length).fill(Number.NaN);
    let isDue = false;
    const read = () => {
      if (isDue) oscillation(x, out);
      isDue = false;
      return out.slice();
    };
    const run = () => {
      isDue = true;
    };
    return around(out, run, { read });
  }),
]);
