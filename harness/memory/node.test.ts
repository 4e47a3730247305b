/** The memory meter against functions whose allocation is known, in a process with the flags that it needs. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../root.ts';
import { nodeBinary } from '../runtimes/node.ts';
import { TSX } from '../runtimes/node-host.ts';
import { MEMORY_FLAGS } from './node.ts';

/** Bytes on 64-bit V8 with pointers of 8 bytes, as Node is built. */
const KNOWN: Record<string, { heap: number; external: number }> = {
  nothing: { heap: 0, external: 0 },
  // Map, properties, elements, and three in-object slots.
  object: { heap: 48, external: 0 },
  // Header of 16 bytes and 64 doubles in the store, 32 bytes for the array itself.
  array: { heap: 560, external: 0 },
  // The array's own object: a view of 104 bytes and its buffer of 96.
  float64Array: { heap: 200, external: 8000 },
};

const script = `
  const { measureMemory } = await import(${JSON.stringify(join(ROOT, 'harness/memory/node.ts'))});
  globalThis.keep = undefined;
  const kernels = {
    nothing() {},
    object() { globalThis.keep = { a: 1, b: 2, c: 3 }; },
    array() { globalThis.keep = new Array(64).fill(1.5); },
    float64Array() { globalThis.keep = new Float64Array(1000); },
  };
  const result = {};
  for (const [name, run] of Object.entries(kernels)) {
    for (let i = 0; i < 20000; i++) run();
    result[name] = await measureMemory({ run, read: () => [], dispose() {} }, 100);
  }
  console.log(JSON.stringify(result));
`;

describe('bytes a call', () => {
  const result = JSON.parse(
    execFileSync(nodeBinary(), [...MEMORY_FLAGS, '--import', TSX, '--input-type=module', '-e', script], {
      encoding: 'utf8',
    }),
  );
  for (const [name, { heap, external }] of Object.entries(KNOWN)) {
    it(`of "${name}" are ${heap} on the heap and ${external} outside, within 1 %`, () => {
      expect(Math.abs(result[name].heapBytesPerOp - heap)).toBeLessThanOrEqual(0.01 * heap);
      expect(Math.abs(result[name].externalBytesPerOp - external)).toBeLessThanOrEqual(0.01 * external);
    });
  }
});
