/** What the shipped model has learned, and what of it survives quantisation: on 4 KiB that it was not trained on. */
import { stat } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { openGgufFile } from '../gguf/file.ts';
import { agreement, bitsPerByte, type Evaluation, plainEvaluator, wasmEvaluator } from './evaluate.ts';
import { type Format, quantised } from './quantised.ts';
import { type ModelShape, SHIPPED, type Weights } from './shape.ts';
import { heldOutPiece, MODEL, shippedModel } from './shipped.ts';

/** Seconds where nothing else runs. */
const SLOW = { timeout: 60_000 };

let shape: ModelShape;
let weights: Weights;
let piece: Uint8Array;
let text: Uint8Array;
let evaluate: Awaited<ReturnType<typeof wasmEvaluator>>;
let whole: Evaluation;

beforeAll(async () => {
  ({ shape, weights } = await shippedModel());
  piece = await heldOutPiece();
  text = piece.subarray(0, 4096);
  evaluate = await wasmEvaluator(shape);
  whole = evaluate(weights, text);
}, SLOW.timeout);

describe('the shipped file', () => {
  it('has at most 5 MB, and the shape that the training has', async () => {
    expect((await stat(MODEL)).size).toBeLessThanOrEqual(5_000_000);
    expect(shape).toEqual(SHIPPED);
  });

  it('has a token for each byte, and that of the space is the word that llama.cpp makes of spaces', async () => {
    const gguf = await openGgufFile(MODEL);
    await gguf.close();
    expect(gguf.string('general.architecture')).toBe('llama');
    const tokens = gguf.metadata.get('tokenizer.ggml.tokens')!.value as readonly string[];
    expect(tokens.slice(0, 4)).toEqual(['<unk>', '<s>', '</s>', '<0x00>']);
    expect([tokens[3 + 31], tokens[3 + 32], tokens[3 + 255]]).toEqual(['<0x1F>', '▁', '<0xFF>']);
    expect(tokens.length).toBe(SHIPPED.vocabulary);
  });
});

describe('the shipped model', SLOW, () => {
  it('gives held-out text less than 1.9 bits a byte, when gzip -9 gives all 64 kB of it more than 2.7', () => {
    expect(bitsPerByte(whole)).toBeLessThan(1.9);
    expect((8 * gzipSync(piece, { level: 9 }).length) / piece.length).toBeGreaterThan(2.7);
  });

  it('gives fewer bits where bytes have at least half a context before them, and counts each byte once', () => {
    const overlapping = evaluate(weights, text, shape.context / 2);
    expect(bitsPerByte(overlapping)).toBeLessThan(bitsPerByte(whole));
    // The first window is the same, and behind it a byte is told what a window of its own would tell.
    expect(overlapping.bits.subarray(0, 256)).toEqual(whole.bits.subarray(0, 256));
    const second = evaluate(weights, text.subarray(128, 384));
    expect(overlapping.bits.subarray(256, 384)).toEqual(second.bits.subarray(128));
  });

  it('is the same in WASM and in float64 within 1e-4 bits for each byte', () => {
    const start = text.subarray(0, 96);
    const plain = plainEvaluator(shape, weights)(start);
    const off = plain.bits.map((bits, i) => Math.abs(bits - whole.bits[i]!));
    expect(Math.max(...off)).toBeLessThan(1e-4);
    expect(plain.best).toEqual(whole.best.subarray(0, start.length));
  });

  // Bits a byte that are lost at most, and bytes that stay the most probable at least.
  const bounds: readonly [Format, loss: number, same: number][] = [
    ['f16', 0, 1],
    ['q8_0', 0.002, 0.99],
    ['int8', 0.005, 0.98],
    ['q4_k', 0.02, 0.94],
    ['q4_0', 0.02, 0.94],
  ];
  it.each(bounds)(
    'loses to %s at most %f bits a byte, and keeps %f of the first bytes',
    (format, loss, same) => {
      const result = evaluate(quantised(shape, weights, format), text);
      expect(bitsPerByte(result) - bitsPerByte(whole)).toBeLessThanOrEqual(loss);
      expect(agreement(result, whole)).toBeGreaterThanOrEqual(same);
    },
  );
});
