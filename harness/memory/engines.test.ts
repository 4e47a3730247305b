/** Bytes a call in Bun and Deno against functions whose allocation is known; what cannot be told is left out, and is not 0. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { MemorySummary } from '../record.ts';
import { ROOT } from '../root.ts';
import { installed } from '../runtimes/versions.ts';
import { MEMORY_FLAGS } from './node.ts';

const FIXTURE = join(ROOT, 'harness/memory/known.fixture.ts');
type Known = Readonly<Record<string, readonly [heap: number | undefined, external: number]>>;

/** V8 without pointer compression, as in Node; the content of a typed array is never on the heap. */
const DENO: Known = {
  nothing: [0, 0],
  arithmetic: [0, 0],
  object: [48, 0],
  array: [560, 0],
  largeArray: [65_584, 0],
  closure: [96, 0],
  boxedDouble: [16, 0],
  typedArrayOnHeap: [200, 64],
  typedArrayOffHeap: [200, 8000],
  string: [32, 0],
  promise: [48, 0],
  bigint: [32, 0],
  arrayBuffer: [96, 8000],
  largeArrayBuffer: [96, 20e6],
  megabyte: [960_000, 0],
  beyondTheYoungGeneration: [192e6, 0],
};

/** JSC: cells of multiples of 16 bytes, arrays with room to grow, numbers that are not boxed, 96 bytes for a buffer. */
const BUN: Known = {
  nothing: [0, 0],
  arithmetic: [0, 0],
  object: [48, 0],
  array: [640, 0],
  largeArray: [65_552, 0],
  closure: [80, 0],
  boxedDouble: [0, 0],
  typedArrayOnHeap: [112, 0],
  string: [32, 0],
  promise: [32, 0],
  bigint: [32, 0],
  // Too few fit between two collections for blocks of 16 KiB to tell.
  arrayBuffer: [undefined, 8096],
  sharedArrayBuffer: [undefined, 8096],
  largeArrayBuffer: [undefined, 20_000_096],
  wasmMemory: [0, 65_536],
  sharedWasmMemory: [0, 65_536],
  exportedWasmMemory: [0, 65_536],
  megabyte: [960_000, 0],
  beyondTheYoungGeneration: [192e6, 0],
};

const ENGINES = [
  { name: 'deno', known: DENO, within: 0.01, command: denoCommand },
  { name: 'bun', known: BUN, within: 0.035, command: [] },
] as const;

function denoCommand(): string[] {
  return ['run', '--allow-all', '--no-lock', '--quiet', `--v8-flags=${MEMORY_FLAGS.join(',')}`];
}

for (const { name, known, within, command } of ENGINES) {
  const binary = installed(name);
  it.runIf(process.env.CI === 'true')(`${name} is installed`, () => expect(binary).toBeDefined());
  describe.skipIf(binary === undefined)(`bytes a call in ${name}`, () => {
    let cached: Record<string, MemorySummary> | undefined;
    const result = () => {
      cached ??= JSON.parse(
        execFileSync(binary!, [...(typeof command === 'function' ? command() : command), FIXTURE], {
          encoding: 'utf8',
        }),
      ) as Record<string, MemorySummary>;
      return cached;
    };
    for (const [fn, [heap, external]] of Object.entries(known)) {
      const said =
        heap === undefined ? 'left out' : heap === 0 ? 'exactly 0' : `${heap} within ${100 * within} %`;
      it(`of "${fn}" are ${said} on the heap and ${external} outside`, { timeout: 120_000 }, () => {
        const { heapBytesPerOp, externalBytesPerOp, method } = result()[fn]!;
        if (heap === undefined) {
          expect(heapBytesPerOp, method).toBeUndefined();
          expect(method).toContain('heap: not known');
        } else expect(Math.abs(heapBytesPerOp! - heap), method).toBeLessThanOrEqual(within * heap);
        expect(Math.abs(externalBytesPerOp! - external), method).toBeLessThanOrEqual(0.01 * external);
      });
    }
  });
}
