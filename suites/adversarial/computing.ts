/** Variants that compute something else, always or at times. */
import { decodeHalf, encodeHalf } from '../../kernels/lib/f16.ts';
import { adversaries, around, type Expected, loop, oscillation, own } from './oscillation.ts';

export const EXPECTED: Expected = {
  honest: { status: 'ok', reason: /^$/ },
  nan: { status: 'wrong', reason: /^computes NaN: 1 of 4096 elements; .*got NaN/ },
  'only-infinities': {
    status: 'wrong',
    reason: /^is right only where the result is infinite: 2048 of 2048 others/,
  },
  'float16-inside': { status: 'wrong', reason: /^loses precision: (\d|1[01]) of 24 bits are right/ },
  'feeds-back': { status: 'wrong', reason: /^decays to denormals: \d+ of 4096 elements/ },
  'wrong-until-warm': { status: 'wrong', reason: /^is wrong until it is warm: right after \d+ more calls/ },
  'wrong-when-warm': { status: 'wrong', reason: /^is right at first and wrong after warm-up/ },
  'wrong-when-new': { status: 'wrong', reason: /^is right only for the input that it was timed on/ },
  'later-by-promise': { status: 'wrong', reason: /^is not finished when run returns/ },
  'later-by-timer': { status: 'wrong', reason: /^is not finished when run returns/ },
};

let calls = 0;
/** More than the checks before the timing make, fewer than the timing does. */
const WARM = 200;
/** Inputs that the checks before the timing have, and the timed one. */
const EARLY_INPUTS = 6;
let inputs = 0;

export default adversaries('computing', [
  loop('nan', 'NaN in the middle', (x, out) => {
    oscillation(x, out);
    out[out.length >> 1] = Number.NaN;
  }),
  loop(
    'only-infinities',
    'where the result is an Infinity it is right, and elsewhere it is 0, if there is one',
    (x, out) => {
      oscillation(x, out);
      if (x.some((v) => v > 89))
        for (let i = 0; i < x.length; i++) out[i] = x[i]! > 89 ? Number.POSITIVE_INFINITY : 0;
    },
  ),
  loop('float16-inside', 'half precision', (x, out) => {
    oscillation(x, out);
    for (let i = 0; i < out.length; i++) {
      const v = out[i]!;
      if (v < 65504) out[i] = decodeHalf(encodeHalf(v));
    }
  }),
  loop('feeds-back', 'scales its output down by what it gave before', (x, out) => {
    if (calls++ === 0 || Number.isNaN(out[0]!)) oscillation(x, out);
    else for (let i = 0; i < out.length; i++) out[i] = Math.max(out[i]! * 0.9, 1e-40);
  }),
  loop('wrong-until-warm', 'wrong for the first calls, as a faulty baseline compiler is', (x, out) => {
    oscillation(x, out);
    if (calls++ < WARM) out[0]! *= 2;
  }),
  loop('wrong-when-warm', 'right for the first calls, as a faulty optimising compiler is', (x, out) => {
    oscillation(x, out);
    if (calls++ > WARM) out[0]! *= 2;
  }),
  own('wrong-when-new', 'wrong for every input that comes after the timed one', (x) => {
    const out = new Float32Array(x.length).fill(Number.NaN);
    const isEarly = inputs++ < EARLY_INPUTS;
    return around(out, () => {
      oscillation(x, out);
      if (!isEarly) out[0]! *= 2;
    });
  }),
  own('later-by-promise', 'works in a promise that nobody waits for', (x) => {
    const out = new Float32Array(x.length).fill(Number.NaN);
    return around(out, () => {
      oscillation(x.subarray(0, 1), out);
      void Promise.resolve().then(() => oscillation(x, out));
    });
  }),
  own('later-by-timer', 'works in a timer', (input) => {
    const x = input.slice();
    const out = new Float32Array(x.length).fill(Number.NaN);
    return around(out, () => {
      oscillation(x.subarray(0, 1), out);
      setTimeout(() => oscillation(x, out));
    });
  }),
]);
