/**
 * Trains the shipped model: `npx tsx models/training/train.ts --text FILE --out FOLDER`, see README.md for the text. It writes
 * `model.gguf` and `state.bin` to the folder every 250 steps, and goes on from there when it is started again. One thread.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { rng } from '../../kernels/lib/rng.ts';
import { writeGgufFile } from '../gguf/file.ts';
import { ggufOf } from './export.ts';
import { initialWeights } from './initial.ts';
import { train } from './loop.ts';
import { Model } from './model.ts';
import type { Recipe } from './optimiser.ts';
import { SHIPPED } from './shape.ts';
import { restoreState, saveState } from './state.ts';
import { fillBatch, plainText, split } from './text.ts';

/** Windows of a step: 2048 tokens. */
const WINDOWS = 8;
const TOKENS = WINDOWS * SHIPPED.context;
const RECIPE: Recipe = { steps: 4500, warmUp: 100, high: 3e-3, low: 1e-4 };
const SEED = 'kernel-zoo';
/** Steps from one checkpoint, and from one line of figures, to the next. */
const CHECKPOINT = 250;
const REPORT = 25;
/** Batches of held-out text that a line of figures is measured on. */
const HELD_OUT_BATCHES = 2;

const { values } = parseArgs({
  options: {
    /** What `bible -l9999` printed. */
    text: { type: 'string' },
    out: { type: 'string' },
    steps: { type: 'string' },
    /** Stop after this step, with a checkpoint: what is started next may follow another plan. */
    until: { type: 'string' },
    /** Where to write the number of this process, for who wants to stop it for a while. */
    pid: { type: 'string' },
  },
});
if (values.text === undefined || values.out === undefined)
  throw new Error('--text FILE and --out FOLDER are needed');
if (values.pid !== undefined) await writeFile(values.pid, String(process.pid));
await mkdir(values.out, { recursive: true });
const recipe = { ...RECIPE, steps: Number(values.steps ?? RECIPE.steps) };
const until = Math.min(Number(values.until ?? recipe.steps), recipe.steps);
const text = split(plainText(await readFile(values.text)));
const state = join(values.out, 'state.bin');
const model = await Model.create(SHIPPED, WINDOWS);
model.setWeights(initialWeights(SHIPPED, SEED));
const first = await restoreState(state, model);

/** Bits a byte over the same windows of held-out text each time. */
function heldOutBits(): number {
  const random = rng('held out');
  let sum = 0;
  for (let batch = 0; batch < HELD_OUT_BATCHES; batch++) {
    fillBatch(text.heldOut, SHIPPED.context, model.inputs, model.targets, random);
    model.forward();
    sum += model.loss();
  }
  return sum / HELD_OUT_BATCHES / Math.LN2;
}

let sum = 0;
let start = process.cpuUsage();
for (const { taken, loss, gradient } of train(model, text.train, recipe, SEED, first)) {
  sum += loss;
  const isCheckpoint = taken % CHECKPOINT === 0 || taken === until;
  if (taken % REPORT === 0) {
    const { user, system } = process.cpuUsage(start);
    const rate = Math.round((REPORT * TOKENS) / ((user + system) / 1e6));
    const heldOut = isCheckpoint ? `, held out ${heldOutBits().toFixed(4)}` : '';
    console.log(
      `step ${taken}/${recipe.steps}: ${(sum / REPORT / Math.LN2).toFixed(4)} bits a byte${heldOut}, gradient ${gradient.toFixed(2)}, ${rate} tokens a second of CPU`,
    );
    sum = 0;
    start = process.cpuUsage();
  }
  if (isCheckpoint) {
    const description = `${taken} steps of ${TOKENS} bytes of the King James Bible, which is in the public domain`;
    await writeGgufFile(join(values.out, 'model.gguf'), ggufOf(SHIPPED, model.weights(), description));
    await saveState(state, model, taken);
  }
  if (taken === until) break;
}
