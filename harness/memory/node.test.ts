/** The memory meter against functions whose allocation is known, in processes with the flags that it needs. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import type { MemorySummary } from '../record.ts';
import { ROOT } from '../root.ts';
import { nodeBinary } from '../runtimes/process.ts';
import { ofVersion } from '../runtimes/versions.ts';
import { LOADER } from '../typescript.ts';
import { MEMORY_FLAGS } from './node.ts';

/** Bytes on 64-bit V8 with pointers of 8 bytes, as Node is built. Objects begin with a map. */
function known(major: number): Record<string, { heap: number; external?: number }> {
  // Counted in a heap snapshot; the tag for pointers outside the heap came with V8 13.
  const buffer = major < 24 ? 88 : 96;
  const view = buffer + 8;
  const growth = 65_536;
  return {
    nothing: { heap: 0 },
    arithmetic: { heap: 0 },
    // Map, properties, elements, and three fields.
    object: { heap: 48 },
    // 16 bytes and 64 doubles in the store, 32 bytes for the array itself.
    array: { heap: 560 },
    largeArray: { heap: 16 + 8 * 8192 + 32 },
    // A function of 64 bytes, and a context of 24 and its variable.
    closure: { heap: 96 },
    boxedDouble: { heap: 16 },
    // The store of up to 64 bytes lies on the heap, behind 16 of its own.
    typedArrayOnHeap: { heap: view + buffer + 80 },
    typedArrayOffHeap: { heap: view + buffer, external: 8000 },
    // A pair of two strings.
    string: { heap: 32 },
    promise: { heap: 48 },
    // 16 bytes and two digits.
    bigint: { heap: 32 },
    arrayBuffer: { heap: buffer, external: 8000 },
    sharedArrayBuffer: { heap: buffer, external: 8000 },
    largeArrayBuffer: { heap: buffer, external: 20e6 },
    wasmMemory: { heap: Number.NaN, external: growth },
    sharedWasmMemory: { heap: Number.NaN, external: growth },
    exportedWasmMemory: { heap: Number.NaN, external: growth },
    megabyte: { heap: 960_000 },
    beyondTheYoungGeneration: { heap: 192e6 },
  };
}

const VERSIONS = [
  { name: 'Node 20', major: 20, binary: () => ofVersion('node', '20') },
  { name: 'the pinned Node', major: 24, binary: nodeBinary },
  { name: 'Node 22', major: 22, binary: () => ofVersion('node', '22') },
  { name: 'Node 26', major: 26, binary: () => ofVersion('node', '26') },
];

for (const { name, major, binary } of VERSIONS) {
  const found = available(binary);
  describe.skipIf('reason' in found)(
    `bytes a call in ${name}${'reason' in found ? `: ${found.reason}` : ''}`,
    () => {
      let cached: Record<string, MemorySummary> | undefined;
      const result = () => {
        cached ??= JSON.parse(
          execFileSync(
            (found as { binary: string }).binary,
            [...MEMORY_FLAGS, ...LOADER, join(ROOT, 'harness/memory/known.fixture.ts')],
            { encoding: 'utf8' },
          ),
        ) as Record<string, MemorySummary>;
        return cached;
      };
      for (const [fn, { heap, external = 0 }] of Object.entries(known(major))) {
        const exact = heap === 0 ? 'exactly 0' : `${heap} within 1 %`;
        const onHeap = Number.isNaN(heap) ? '' : `${exact} on the heap and `;
        it(`of "${fn}" are ${onHeap}${external} outside`, { timeout: 60_000 }, () => {
          const summary = result()[fn]!;
          expect(summary.unsettled, summary.method).toBeUndefined();
          if (!Number.isNaN(heap)) expectWithin(summary.heapBytesPerOp!, heap);
          expectWithin(summary.externalBytesPerOp!, external);
        });
      }
    },
  );
}

/** 1 %, and for 0 nothing. */
function expectWithin(value: number, truth: number): void {
  expect(Math.abs(value - truth), `${value} for ${truth}`).toBeLessThanOrEqual(0.01 * truth);
}

/** CI has a network: there a version that cannot be fetched is a failure, elsewhere it is skipped with the reason. */
function available(binary: () => string): { binary: string } | { reason: string } {
  try {
    return { binary: binary() };
  } catch (error) {
    if (!(error instanceof UsageError) || process.env.CI === 'true') throw error;
    return { reason: error.message };
  }
}
