/** Functions whose allocation is known, measured in the process that runs this file; prints one JSON object. */

import { measureBytesInBun } from './bun.ts';
import { trackMemories } from './external.ts';
import { IN_BUN } from './heap.ts';
import { measureBytes } from './node.ts';

trackMemories();

/** What a function leaves here cannot be optimised away. */
const kept: { value: unknown; field: unknown } = { value: undefined, field: {} };
const memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536 });
const shared = new WebAssembly.Memory({ initial: 1, maximum: 65_536, shared: true });
/** (module (memory (export "m") 1) (func (export "g") (drop (memory.grow (i32.const 1))))) */
const exporting = new WebAssembly.Instance(
  new WebAssembly.Module(
    Buffer.from(
      '0061736d01000000010401600000030201000503010001070902016d020001670000' + '0a09010700410140001a0b',
      'hex',
    ),
  ),
);
const growExported = exporting.exports.g as () => void;
const wide = 2n ** 60n;
let turn = 0;

function objects(count: number): void {
  for (let i = 0; i < count; i++) kept.value = { a: 1, b: 2, c: 3 };
}

const FUNCTIONS: Record<string, { run: () => void; warm?: number; callNs?: number }> = {
  nothing: { run() {} },
  arithmetic: {
    run: () => {
      turn = (turn * 5 + 1) & 1023;
    },
  },
  object: { run: () => objects(1) },
  array: {
    run: () => {
      kept.value = new Array(64).fill(1.5);
    },
  },
  largeArray: {
    run: () => {
      kept.value = new Array(8192).fill(1.5);
    },
  },
  closure: {
    run() {
      const inner = kept.field;
      kept.value = () => inner;
    },
  },
  boxedDouble: {
    run: () => {
      kept.field = Math.random();
    },
  },
  typedArrayOnHeap: {
    run: () => {
      kept.value = new Uint8Array(64);
    },
  },
  typedArrayOffHeap: {
    run: () => {
      kept.value = new Float64Array(1000);
    },
  },
  string: {
    run: () => {
      kept.value = `${'abcdefghijklmnopq'}${turn++ & 1 ? 'a' : 'b'}`;
    },
  },
  promise: {
    run: () => {
      kept.value = Promise.resolve(1);
    },
  },
  bigint: {
    run: () => {
      kept.value = wide * wide;
    },
  },
  arrayBuffer: {
    run: () => {
      kept.value = new ArrayBuffer(8000);
    },
  },
  sharedArrayBuffer: {
    run: () => {
      kept.value = new SharedArrayBuffer(8000);
    },
  },
  largeArrayBuffer: {
    run: () => {
      kept.value = new ArrayBuffer(20e6);
    },
    warm: 5,
    callNs: 1e6,
  },
  wasmMemory: { run: () => void memory.grow(1), warm: 20, callNs: 2e5 },
  sharedWasmMemory: { run: () => void shared.grow(1), warm: 20, callNs: 2e5 },
  exportedWasmMemory: { run: growExported, warm: 20, callNs: 2e5 },
  megabyte: { run: () => objects(20_000), warm: 300, callNs: 1e5 },
  beyondTheYoungGeneration: { run: () => objects(4_000_000), warm: 3, callNs: 2e7 },
};

const result: Record<string, unknown> = {};
for (const [name, { run, warm = 5000, callNs = 100 }] of Object.entries(FUNCTIONS)) {
  for (let i = 0; i < warm; i++) run();
  result[name] = await (IN_BUN ? measureBytesInBun : measureBytes)(
    { run, read: () => new Float32Array(), dispose() {} },
    callNs,
  );
}
console.log(JSON.stringify(result));
