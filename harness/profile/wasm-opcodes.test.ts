import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rng } from '../../kernels/lib/rng.ts';
import { UsageError } from '../errors.ts';
import { ROOT } from '../root.ts';
import { SIMD_NAMES } from './simd-names.ts';
import { readOpcodes } from './wasm-opcodes.ts';

const uleb = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...uleb(Math.floor(value / 128))];
const section = (id: number, ...content: number[]) => [id, ...uleb(content.length), ...content];

/** A module of one function () → () with this body, a memory and a table of functions. */
function moduleOf(...body: number[]): Uint8Array<ArrayBuffer> {
  const code = [0, ...body, 0x0b];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, 0, 0),
    ...section(3, 1, 0),
    ...section(4, 1, 0x70, 0, 1),
    ...section(5, 1, 3, 1, 1), // shared, so that atomics are valid
    ...section(10, 1, ...uleb(code.length), ...code),
  ]);
}

/** Names of V8 from before the specification had any. */
const V8_OWN: Readonly<Record<string, string>> = {
  'f32x4.relaxed_madd': 'f32x4.qfma',
  'f32x4.relaxed_nmadd': 'f32x4.qfms',
  'f64x2.relaxed_madd': 'f64x2.qfma',
  'f64x2.relaxed_nmadd': 'f64x2.qfms',
  'i16x8.relaxed_dot_i8x16_i7x16_s': 'i16x8.dot_i8x16_i7x16_s',
  'i32x4.relaxed_dot_i8x16_i7x16_add_s': 'i32x4.dot_i8x16_i7x16_add_s',
};

const repo = globSync('{kernels,harness}/**/*.wasm', { cwd: ROOT }).sort();
const read = (file: string) => new Uint8Array(readFileSync(join(ROOT, file)));

describe('SIMD instructions', () => {
  it('have the names that V8 gives them, all 276 numbers', () => {
    expect(SIMD_NAMES.length).toBe(0x114);
    for (const [op, name] of SIMD_NAMES.entries()) {
      // Without operands: V8 says of which instruction they are missing. Enough bytes for every immediate.
      const { message } = errorOf(moduleOf(0xfd, ...uleb(op), ...Array(17).fill(0)));
      if (name === '-') expect(message, `0x${op.toString(16)}`).toMatch(/invalid|unknown/i);
      else if (name !== 'v128.const') expect(message).toContain(`${V8_OWN[name] ?? name} (need`);
    }
  });

  it('are followed by the immediates that V8 reads', () => {
    for (const [op, name] of SIMD_NAMES.entries()) {
      if (name === '-') continue;
      // Between two `unreachable` every operand is there and every result is forgotten. An instruction that takes a byte of
      // what follows it leaves 0xff, which is none, or takes 0x41, which is no alignment and no lane.
      const body = (n: number) =>
        moduleOf(0x00, 0xfd, ...uleb(op), ...Array(n).fill(0), 0x41, 0xff, 0x00, 0x1a, 0x00);
      const length = [0, 1, 2, 3, 16].find((n) => WebAssembly.validate(body(n)));
      expect(length, name).toBeDefined();
      const [f] = readOpcodes(body(length!), 'a');
      expect([[...f!.simd], f!.instructions], name).toEqual([[[name, 1]], 6]);
    }
  });
});

function errorOf(bytes: Uint8Array<ArrayBuffer>): Error {
  try {
    new WebAssembly.Module(bytes);
  } catch (error) {
    return error as Error;
  }
  return new Error('valid');
}

describe('readOpcodes', () => {
  it('walks every instruction that V8 accepts: numbers, control, bulk memory, threads, references', () => {
    const bodies: [string, number[]][] = [
      ['block with branch', [0x02, 0x40, 0x0c, 0x00, 0x0b]],
      ['br_table', [0x02, 0x40, 0x41, 0, 0x0e, 2, 0, 0, 0, 0x0b]],
      ['if else', [0x41, 0x7f, 0x04, 0x40, 0x01, 0x05, 0x01, 0x0b]],
      ['block of a type', [0x02, 0x7f, 0x41, 0x80, 0x80, 0x01, 0x0b, 0x1a]],
      ['select of a type', [0x41, 1, 0x41, 2, 0x41, 0, 0x1c, 1, 0x7f, 0x1a]],
      ['f32 and f64 constants', [0x43, 0x0b, 0x0b, 0x0b, 0x0b, 0x1a, 0x44, ...Array(8).fill(0x0b), 0x1a]],
      [
        'memory.copy, fill',
        [0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 10, 0, 0, 0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 11, 0],
      ],
      ['atomic.fence, i32.atomic.load', [0xfe, 3, 0, 0x41, 0, 0xfe, 0x10, 2, 0, 0x1a]],
      ['ref.null func', [0xd0, 0x70, 0xd1, 0x1a]],
      ['call, call_indirect', [0x10, 0, 0x41, 0, 0x11, 0, 0]],
      ['try_table', [0x02, 0x40, 0x1f, 0x40, 1, 0x02, 0x00, 0x0b, 0x0b]],
      ['every number instruction', Array.from({ length: 0x80 }, (_, i) => [0x00, 0x45 + i]).flat()],
    ];
    for (const [name, body] of bodies) {
      const bytes = moduleOf(...body, 0x00);
      expect(WebAssembly.validate(bytes), name).toBe(true);
      expect(() => readOpcodes(bytes, name), name).not.toThrow();
    }
  });

  it('reads every module of the repository, and finds in matmul what its source says', () => {
    expect(repo.length).toBeGreaterThan(10);
    for (const file of repo) expect(readOpcodes(read(file), file).length).toBeGreaterThan(0);
    const matmul = readOpcodes(read('kernels/matmul/simd.wasm'), 'matmul');
    const total = (name: string) => matmul.reduce((sum, f) => sum + (f.simd.get(name) ?? 0), 0);
    expect(total('f32x4.relaxed_madd')).toBeGreaterThanOrEqual(12);
    expect(total('i32x4.dot_i16x8_s')).toBe(0);
    expect(matmul.map((f) => f.name).join()).toContain('matmul');
  });

  it('shows the relaxed int8 dot in modules of their own: WebKit lacks it, and refuses all of a module that holds it', () => {
    const holds = (file: string, pattern: RegExp) =>
      readOpcodes(read(file), file).some((f) => [...f.simd.keys()].some((name) => pattern.test(name)));
    const dots = repo.filter((file) => holds(file, /relaxed_dot/));
    expect(dots).toContain('harness/roofline/relaxed-dot.wasm');
    // The products of quantised weights ask for it before they load the module, and have `wide.wasm` for engines without.
    const others = dots.filter((file) => !/^kernels\/q(matvec|matmul)\/simd\./.test(file));
    expect(others.filter((file) => holds(file, /^f\d\dx\d\.(?!splat)/))).toEqual([]);
    expect(repo.filter((file) => /\/wide\./.test(file)).filter((file) => holds(file, /relaxed_dot/))).toEqual(
      [],
    );
  });

  it('says of every cut of a module, and of garbage, in one line that it cannot be read', () => {
    const whole = read('kernels/softmax/simd.wasm');
    for (let length = 0; length < whole.length; length += length < 400 ? 1 : 97)
      refuses(whole.slice(0, length));
    for (const text of ['', 'hello', '\0asm']) refuses(new TextEncoder().encode(text));
  });

  it('never throws anything else for 2000 modules with one to eight bytes changed', () => {
    const random = rng('opcodes');
    const whole = read('kernels/rope/simd.wasm');
    for (let i = 0; i < 2000; i++) {
      const bytes = whole.slice();
      for (let n = 1 + random.integer(8); n > 0; n--)
        bytes[random.integer(bytes.length)] = random.integer(256);
      try {
        readOpcodes(bytes, 'a.wasm');
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
      }
    }
  });
});

/** Refused with one line, except where the cut falls between two sections: what is left is a module. */
function refuses(bytes: Uint8Array<ArrayBuffer>): void {
  try {
    readOpcodes(bytes, 'a.wasm');
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(/^a\.wasm is no WASM module that can be read: [^\n]+$/);
    return;
  }
  // Sections are all there; functions without bodies are beyond this reader.
  expect(errorOf(bytes).message).toMatch(/valid$|function count is|expected/);
}
