/**
 * Trains the shipped model: `npx tsx models/training/train.ts --text FILE --out FOLDER`, see README.md for the text. It writes
 * `model.gguf` and `state.bin` to the folder every 250 steps, and goes on from there when it is started again. One thread.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { rng } from '../../kernels/lib/rng.ts';
import { writeGgufFile } from '../gguf/file.ts';
import { ggufOf } from './export.ts';
import { initialWeights } from './initial.ts';
import { Model } from './model.ts';
import { type Recipe, takeStep } from './optimiser.ts';
import { SHIPPED } from './shape.ts';
import { restoreState, saveState } from './state.ts';
import { fillBatch, plainText, split } from './text.ts';

/** Windows of a step: 2048 tokens. */
const WINDOWS = 8;
const SEED = 'kernel-zoo';
/** Steps from one checkpoint, and from one line of figures, to the next. */
const CHECKPOINT = 250;
const REPORT = 25;
/** Windows of held-out text that a line of figures is measured on. */
const HELD_OUT_WINDOWS = 16;

const { values } = parseArgs({
  options: {
    text: { type: 'string' },
    out: { type: 'string' },
    steps: { type: 'string', default: '3500' },
    /** Take the text as it is. */
    plain: { type: 'boolean', default: false },
    pid: { type: 'string' },
  },
});
if (values.text === undefined || values.out === undefined)
  throw new Error('--text FILE and --out FOLDER are needed');
if (values.pid !== undefined) await writeFile(values.pid, String(process.pid));
const steps = Number(values.steps);
const recipe: Recipe = { steps, warmUp: 100, high: 3e-3, low: 1e-4 };

const printed = await readFile(values.text);
const { train, heldOut } = split(values.plain ? printed : plainText(printed));
const model = await Model.create(SHIPPED, WINDOWS);
model.setWeights(initialWeights(SHIPPED, SEED));
const state = join(values.out, 'state.bin');

/** Bits a byte over windows spread over the held-out text. */
function heldOutBits(): number {
  const random = rng('held out');
  let sum = 0;
  for (let done = 0; done < HELD_OUT_WINDOWS; done += WINDOWS) {
    fillBatch(heldOut, SHIPPED.context, model.inputs.view(), model.targets.view(), random);
    model.forward();
    sum += model.loss() * WINDOWS;
  }
  return sum / HELD_OUT_WINDOWS / Math.LN2;
}

const first = await restoreState(state, model);
let seconds = 0;
let loss = 0;
for (let step = first; step < steps; step++) {
  const start = process.cpuUsage();
  // Each step has a generator of its own, so that a training that was stopped sees the same text.
  fillBatch(train, SHIPPED.context, model.inputs.view(), model.targets.view(), rng(`${SEED}/${step}`));
  model.forward();
  loss += model.loss();
  model.backward();
  const length = takeStep(model, step, recipe);
  const { user, system } = process.cpuUsage(start);
  seconds += (user + system) / 1e6;
  const taken = step + 1;
  if (taken % REPORT === 0) {
    const bits = loss / REPORT / Math.LN2;
    const rate = (REPORT * WINDOWS * SHIPPED.context) / seconds;
    const heldOutText = taken % CHECKPOINT === 0 ? `, held out ${heldOutBits().toFixed(4)}` : '';
    console.log(
      `step ${taken}/${steps}: ${bits.toFixed(4)} bits a byte${heldOutText}, gradient ${length.toFixed(2)}, ${Math.round(rate)} tokens a second of CPU`,
    );
    loss = 0;
    seconds = 0;
  }
  if (taken % CHECKPOINT === 0 || taken === steps) {
    const description = `${taken} steps of ${WINDOWS * SHIPPED.context} bytes of the King James Bible, in the public domain`;
    await writeGgufFile(join(values.out, 'model.gguf'), ggufOf(SHIPPED, model.weights(), description));
    await saveState(state, model, taken);
  }
}
