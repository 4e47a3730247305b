/** Variants that write where they must not, do not write where they must, or keep what they wrote. */
import { adversaries, around, type Expected, loop, oscillation, own } from './oscillation.ts';

export const EXPECTED: Expected = {
  honest: { status: 'ok', reason: /^$/ },
  'changes-input': { status: 'wrong', reason: /^changes its input, first at byte 0 of 16384/ },
  'behind-input': { status: 'wrong', reason: /^writes past an array: 4 bytes behind the end of its input/ },
  'before-input': { status: 'wrong', reason: /^writes past an array: 4 bytes before the start of its input/ },
  'behind-tensor': { status: 'wrong', reason: /^writes past an array: WASM memory 4 bytes behind a tensor/ },
  'at-address-0': { status: 'wrong', reason: /^writes past an array: WASM memory at address 0/ },
  'unwritten-element': { status: 'wrong', reason: /^leaves elements unwritten: 1 of 4096; .*index 4095/ },
  'unwritten-later': { status: 'wrong', reason: /^leaves elements unwritten: 1 of 4096/ },
  empty: { status: 'wrong', reason: /^writes nothing/ },
  'too-short': { status: 'wrong', reason: /^gives an output of the wrong length/ },
  'leaks-objects': { status: 'failed', reason: /^leaks memory: \d+ bytes a call/ },
  'leaks-buffers': { status: 'failed', reason: /^leaks memory: \d+ bytes a call/ },
};

const kept: unknown[] = [];
let writes = 0;

export default adversaries('writing', [
  loop('changes-input', 'in place, and then copied', (x, out) => {
    oscillation(x, x);
    out.set(x);
  }),
  loop('behind-input', 'an element more than the input has', (x, out) => {
    oscillation(x, out);
    new Float32Array(x.buffer, x.byteOffset, x.length + 1)[x.length] = 0;
  }),
  loop('before-input', 'an element before the input', (x, out) => {
    oscillation(x, out);
    new Float32Array(x.buffer, x.byteOffset - 4, 1)[0] = 0;
  }),
  {
    ...own('behind-tensor', 'a loop over WASM memory with one turn too many', (input, _, host) => {
      const region = host.arena(false).open();
      const x = region.f32(input);
      const out = region.f32(input.length);
      const run = () => {
        oscillation(x.view(), out.view());
        new Float32Array(region.memory.buffer, out.ptr, out.length + 1)[out.length] = 0;
      };
      return { run, read: () => out.view().slice(), dispose: () => region.close() };
    }),
    backend: 'wasm',
  },
  {
    ...own('at-address-0', 'writes through a null pointer', (input, _, host) => {
      const region = host.arena(false).open();
      const x = region.f32(input);
      const out = region.f32(input.length);
      const run = () => {
        oscillation(x.view(), out.view());
        new Float32Array(region.memory.buffer, 0, 1)[0] = 1;
      };
      return { run, read: () => out.view().slice(), dispose: () => region.close() };
    }),
    backend: 'wasm',
  },
  loop('unwritten-element', 'leaves out the last element', (x, out) => oscillation(x.subarray(0, -1), out)),
  loop('unwritten-later', 'leaves it out once it has been written often enough', (x, out) => {
    oscillation(writes++ < 100 ? x : x.subarray(0, -1), out);
  }),
  loop('empty', 'does nothing', () => {}),
  own('too-short', 'loses its last element', (x) => {
    const out = new Float32Array(x.length - 1);
    return around(out, () => oscillation(x.subarray(0, -1), out));
  }),
  loop('leaks-objects', 'logs its calls', (x, out) => {
    oscillation(x, out);
    kept.push({ from: x.length, to: out.length });
  }),
  loop('leaks-buffers', 'keeps scratch memory', (x, out) => {
    oscillation(x, out);
    kept.push(new ArrayBuffer(256));
  }),
]);
