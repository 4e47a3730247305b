/**
 * What the shipped model goes on with: `npx tsx models/training/sample.ts [--prompt TEXT] [--bytes 400] [--mode temperature] [--seed 1]`. It
 * computes the whole window anew for each byte: this shows what the model has learned, not how fast it can be.
 */
import { parseArgs } from 'node:util';
import { rng } from '../../kernels/lib/rng.ts';
import { MODES } from '../../kernels/sample/constants.ts';
import { sampleNaive } from '../../kernels/sample/naive.ts';
import { Model } from './model.ts';
import { BEGIN, SPECIALS } from './shape.ts';
import { shippedModel } from './shipped.ts';
import { tokensOf } from './text.ts';

const { values } = parseArgs({
  options: {
    prompt: { type: 'string', default: 'And it came to pass' },
    bytes: { type: 'string', default: '400' },
    mode: { type: 'string', default: 'temperature' },
    seed: { type: 'string', default: '1' },
  },
});
const mode = MODES.find((name) => name === values.mode);
if (mode === undefined) throw new Error(`--mode is one of ${MODES.join(', ')}`);
const { shape, weights } = await shippedModel();
const { context, vocabulary } = shape;
const model = await Model.create(shape, 1);
model.setWeights(weights);
const random = rng(values.seed);

const tokens = [...tokensOf(new TextEncoder().encode(values.prompt))];
process.stdout.write(values.prompt);
// A character may have several bytes.
const decoder = new TextDecoder();
for (let n = 0; n < Number(values.bytes); n++) {
  // The window moves on by half when it is full: a byte then has half a context before it.
  const full = context / 2;
  const from = tokens.length < context ? 0 : (Math.floor(tokens.length / full) - 1) * full;
  const window = [BEGIN, ...tokens.slice(from)];
  model.inputs.set(window);
  const at = (window.length - 1) * vocabulary;
  const logits = model.forward().slice(at, at + vocabulary);
  // No byte is what the specials stand for.
  logits.fill(Number.NEGATIVE_INFINITY, 0, SPECIALS);
  const token = sampleNaive(logits, mode, random.uniform());
  tokens.push(token);
  process.stdout.write(decoder.decode(Uint8Array.of(token - SPECIALS), { stream: true }));
}
process.stdout.write('\n');
