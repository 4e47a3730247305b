/** What attention must keep: the past, chunks, groups, and single steps; and what masks that are added do not. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProcessHost, type ProcessHost } from '../../harness/runtimes/process-host.ts';
import { attentionDecode, type DecodeShape } from '../attention-decode/index.ts';
import type { Variant } from '../kernel.ts';
import { encodeHalf } from '../lib/f16.ts';
import { rng } from '../lib/rng.ts';
import { type AttentionInput, type AttentionShape, attention } from './index.ts';
import { ordinary } from './inputs.ts';
import { attentionMasked } from './masked.ts';
import { workBytes } from './simd.ts';

type AnyVariant = Variant<AttentionInput, AttentionShape>;
const named = (name: string) => attention.variants.find((v) => v.name === name) as AnyVariant;
const RIGHT = ['naive', 'rows', 'flash', 'parallel', 'simd', 'simd-threads'].map(named);

let host: ProcessHost;
beforeAll(async () => {
  host = await createProcessHost({ threads: 3 });
});
afterAll(() => host.close());

async function run(variant: AnyVariant, input: AttentionInput, shape: AttentionShape): Promise<Float32Array> {
  const prepared = await variant.prepare(input, shape, host);
  prepared.run();
  const out = Float32Array.from(await prepared.read());
  prepared.dispose();
  return out;
}

/** Largest difference of two arrays. */
function distance(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);
}

const SHAPE: AttentionShape = { T: 41, S: 41, H: 4, G: 2, D: 20 };
const ROW = SHAPE.H * SHAPE.D;
const KEY_ROW = SHAPE.G * SHAPE.D;

/** The tokens [from, to) of an input behind those before them, which are cached. */
function chunk({ q, k, v }: AttentionInput, from: number, to: number): [AttentionInput, AttentionShape] {
  const input = {
    q: q.subarray(from * ROW, to * ROW),
    k: k.subarray(0, to * KEY_ROW),
    v: v.subarray(0, to * KEY_ROW),
  };
  return [input, { ...SHAPE, T: to - from, S: to }];
}

/** The same input whose last token has other keys and values. */
function withOtherLast({ q, k, v }: AttentionInput, value: number): AttentionInput {
  const last = (SHAPE.S - 1) * KEY_ROW;
  return { q, k: k.slice().fill(value, last), v: v.slice().fill(value, last) };
}

describe.each(RIGHT)('$name', (variant) => {
  const input = ordinary(SHAPE, rng('attention'));

  it.each([1e30, Number.NaN, Infinity])(
    'a last token of %d changes no bit of the tokens before it',
    async (value) => {
      const before = await run(variant, input, SHAPE);
      const after = await run(variant, withOtherLast(input, value), SHAPE);
      expect(after.subarray(0, -ROW)).toEqual(before.subarray(0, -ROW));
      expect(after.subarray(-ROW)).not.toEqual(before.subarray(-ROW));
    },
  );

  it('a prompt in chunks of 1, 17 and 23 tokens gives what it gives at once, to 2e-6', async () => {
    const whole = await run(variant, input, SHAPE);
    for (const [from, to] of [
      [0, 1],
      [1, 18],
      [18, 41],
    ] as const) {
      const part = await run(variant, ...chunk(input, from, to));
      expect(distance(part, whole.subarray(from * ROW, to * ROW))).toBeLessThan(2e-6);
    }
  });

  it('grouped heads give what heads with copies of their group’s keys and values give, bit by bit', async () => {
    const { S, H, G, D } = SHAPE;
    const copied = (x: Float32Array) =>
      Float32Array.from({ length: S * H * D }, (_, i) => {
        const head = Math.floor(i / D) % H;
        return x[(Math.floor(i / (H * D)) * G + Math.floor((head * G) / H)) * D + (i % D)]!;
      });
    const separate = { q: input.q, k: copied(input.k), v: copied(input.v) };
    expect(await run(variant, separate, { ...SHAPE, G: H })).toEqual(await run(variant, input, SHAPE));
  });

  it('weights sum to 1: values of 1 come out, to 2^-21', async () => {
    const ones = { ...input, v: new Float32Array(input.v.length).fill(1) };
    for (const x of await run(variant, ones, SHAPE)) expect(Math.abs(x - 1)).toBeLessThan(2 ** -21);
  });
});

const DECODERS = attentionDecode.variants.filter(({ backend }) => backend !== 'webgpu') as Variant<
  AttentionInput,
  DecodeShape
>[];
it.each(DECODERS)(
  'decoding by $name, token by token, gives each row of the prompt, to 2e-6',
  async (variant) => {
    const input = ordinary(SHAPE, rng('attention'));
    const whole = await run(named('naive'), input, SHAPE);
    for (let t = 0; t < SHAPE.T; t++) {
      const [one, { S, H, G, D }] = chunk(input, t, t + 1);
      const prepared = await variant.prepare(one, { S, H, G, D }, host);
      prepared.run();
      const out = Float32Array.from(await prepared.read());
      prepared.dispose();
      expect(distance(out, whole.subarray(t * ROW, (t + 1) * ROW)), `token ${t}`).toBeLessThan(2e-6);
    }
  },
);

describe('masks that are added', () => {
  const input = ordinary(SHAPE, rng('attention'));

  it.each(['mask-billion', 'mask-infinity'])(
    '%s: a later token may be anything finite, but no NaN',
    async (name) => {
      const before = await run(named(name), input, SHAPE);
      const finite = await run(named(name), withOtherLast(input, 1e5), SHAPE);
      expect(finite.subarray(0, -ROW)).toEqual(before.subarray(0, -ROW));
      const poisoned = await run(named(name), withOtherLast(input, Number.NaN), SHAPE);
      expect(poisoned.every(Number.isNaN)).toBe(true);
    },
  );

  it('mask-off: tokens of a chunk behind a cache see later ones, and are off by more than 0.1', async () => {
    const [part, shape] = chunk(input, 18, 41);
    const right = await run(named('naive'), part, shape);
    expect(distance(await run(named('mask-off'), part, shape), right)).toBeGreaterThan(0.1);
    const [one, last] = chunk(input, 40, 41);
    expect(
      distance(await run(named('mask-off'), one, last), await run(named('naive'), one, last)),
    ).toBeLessThan(2e-6);
  });

  it('a row with every key hidden: −1e9 gives the plain mean of all values, −Infinity gives NaN', () => {
    const shape: AttentionShape = { T: 1, S: 5, H: 1, G: 1, D: 3 };
    const { q, k, v } = ordinary(shape, rng('hidden'));
    const row = (hidden: number): Float32Array => {
      const out = new Float32Array(3);
      attentionMasked({ q, k, v }, out, shape, new Float32Array(5).fill(hidden), 1, new Float32Array(5));
      return out;
    };
    expect(row(Number.NEGATIVE_INFINITY).every(Number.isNaN)).toBe(true);
    for (let d = 0; d < 3; d++) {
      const mean = (v[d]! + v[3 + d]! + v[6 + d]! + v[9 + d]! + v[12 + d]!) / 5;
      expect(row(-1e9)[d]).toBeCloseTo(mean, 6);
    }
    // Half precision knows no −1e9.
    expect(encodeHalf(-1e9)).toBe(encodeHalf(Number.NEGATIVE_INFINITY));
  });
});

it('extra memory of simd is linear in the keys: at 8 heads of 64 and 2048 tokens 1/120 of the scores', () => {
  expect(workBytes(4096, 64) - workBytes(2048, 64)).toBe(2048 * 64 * 8);
  expect((8 * 2048 * 2048 * 4) / workBytes(2048, 64)).toBeGreaterThan(120);
});
