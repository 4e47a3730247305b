/** The shaders behind the peaks do what is counted for them; how fast they are is no matter of tests. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GpuCall, gpuVariant } from '../../kernels/lib/gpu.ts';
import { createProcessHost, type ProcessHost } from '../runtimes/process-host.ts';
import { boundOf } from './bound.ts';
import { chains, stream } from './gpu-peaks.ts';

let host: ProcessHost;
beforeAll(async () => {
  host = await createProcessHost({ gpu: true });
  if ('reason' in host.gpu) expect(process.env.CI, host.gpu.reason).not.toBe('true');
});
afterAll(() => host.close());

async function output(call: GpuCall): Promise<Float32Array> {
  const prepared = await gpuVariant(host, call);
  prepared.run();
  await prepared.sync!();
  const out = await prepared.read();
  prepared.dispose();
  return out as Float32Array;
}

const gpuIt = (title: string, test: () => Promise<void>, missing = () => false) =>
  it(title, async ({ skip }) => {
    if ('reason' in host.gpu) return skip(host.gpu.reason);
    if (missing()) return skip('not on this adapter');
    await test();
  });
const has = (feature: GPUFeatureName) => 'device' in host.gpu && host.gpu.device.features.has(feature);
const speaks = (feature: string) => 'device' in host.gpu && host.gpu.languageFeatures.has(feature);

describe('chains of a round', () => {
  // 8 vectors of 4 equal lanes that start at id, id + 1, … id + 7 and halve their distance from 1.
  const halved = (id: number, rounds: number) => {
    let sum = 0;
    for (let k = 0; k < 8; k++) sum += 4 * (1 + (id + k - 1) / 2 ** rounds);
    return sum;
  };

  gpuIt('f32: 32 with one multiply-add a round', async () => {
    const out = await output(chains('f32', 128, 3));
    expect([...out]).toEqual(Array.from({ length: 128 }, (_, id) => halved(id, 3)));
  });

  gpuIt(
    'f16: as many',
    async () => {
      const out = await output(chains('f16', 64, 2));
      // Sums of halves are rounded to 11 bits.
      for (const [id, sum] of out.entries()) expect(Math.abs(sum / halved(id, 2) - 1)).toBeLessThan(2 ** -8);
    },
    () => !has('shader-f16'),
  );

  gpuIt(
    'dot i8: 16 with the products of four signed bytes and a one, added to an int32, a round',
    async () => {
      const step = (a: number) => 1 + Int8Array.of(a, a >> 8, a >> 16, a >> 24).reduce((x, y) => x + y);
      const expected = Array.from({ length: 192 }, (_, id) => {
        let sum = 0;
        for (let k = 0; k < 16; k++) {
          let a = id + k;
          for (let n = 0; n < 5; n++) a = step(a);
          sum += a;
        }
        return sum;
      });
      expect([...(await output(chains('dot i8', 192, 5)))]).toEqual(expected);
    },
    () => !speaks('packed_4x8_integer_dot_product'),
  );
});

describe('streams over a working set', () => {
  const bytes = 1 << 20;

  gpuIt('read every word of it once', async () => {
    const call = stream('read', bytes);
    const out = await output(call);
    expect(call.inputs[0]!.byteLength).toBe(bytes);
    expect(out.reduce((a, b) => a + b)).toBe(bytes / 4);
  });

  gpuIt('write every word of it', async () => {
    const out = await output(stream('write', bytes));
    expect(out.byteLength).toBe(bytes);
    expect(out.every((value) => value === 0.5)).toBe(true);
  });

  gpuIt('copy one half of it to the other', async () => {
    const call = stream('copy', bytes);
    const x = Float32Array.from({ length: bytes / 8 }, (_, i) => i);
    expect(call.inputs[0]!.byteLength).toBe(x.byteLength);
    expect(await output({ ...call, inputs: [x] })).toEqual(x);
  });
});

describe('a cell on the GPU is held against the peak of its arithmetic', () => {
  const bandwidth = { read: [{ bytes: 1 << 20, gbps: 100 }] };
  const peakOf = (arithmetic: 'f32' | 'f16' | 'i8' | 'f64', rates: object) =>
    boundOf(
      { webgpu: { rates, bandwidth } },
      { backend: 'webgpu', arithmetic, ns: 1000, flops: 5000, bytes: 1000, threads: 1 },
    )?.peak;

  it('f32, f16 and int8, each by its own; float32 where that is faster or the other is missing', () => {
    const all = { f32: 10, f16: 20, 'dot i8': 40 };
    expect(peakOf('f32', all)).toBe('f32');
    expect(peakOf('f16', all)).toBe('f16');
    expect(peakOf('i8', all)).toBe('dot i8');
    expect(peakOf('i8', { f32: 10, 'dot i8': 4 })).toBe('f32');
    expect(peakOf('f16', { f32: 10 })).toBe('f32');
  });

  it('none for what WGSL does not have', () => {
    expect(peakOf('f64', { f32: 10 })).toBeUndefined();
  });
});
