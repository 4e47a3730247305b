/** What goes wrong on a device, on one that is software: each ends in an error that says what, and nothing hangs. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createProcessHost, type ProcessHost } from '../../harness/runtimes/process-host.ts';
import { type GpuCall, gpuVariant } from './gpu.ts';
import { checked, fence, lossOf, map } from './gpu-device.ts';

const DOUBLE = `
override N: u32;
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < N) { out[id.x] = 2 * x[id.x]; }
}`;

let why: string | undefined;
/** The only one: none is closed or destroyed here, as Dawn has ended the process of the tests now and then where one was. */
let shared: { host: ProcessHost; device: GPUDevice };

/** A device that is lost when it is told so, and then answers nothing; what a real one does harness/runtimes/gpu.test.ts shows. */
function losable(): { device: GPUDevice; lose(): void } {
  let lose: (info: object) => void = () => {};
  const device = {
    lost: new Promise<object>((resolve) => {
      lose = resolve;
    }),
    addEventListener: () => {},
    pushErrorScope: () => {},
    popErrorScope: () => Promise.reject(new Error('no device')),
    queue: { onSubmittedWorkDone: () => new Promise(() => {}) },
  } as unknown as GPUDevice;
  return { device, lose: () => lose({ reason: 'destroyed', message: 'Device was destroyed.\n at once' }) };
}

function prepare(host: ProcessHost, call: Partial<GpuCall> = {}, code = DOUBLE) {
  const load = async () => new TextEncoder().encode(code);
  return gpuVariant(
    { ...host, load },
    {
      url: new URL('file:///main.wgsl'),
      inputs: [Float32Array.of(1, 2, 3)],
      outputLength: 3,
      constants: { N: 3 },
      workgroups: [1],
      ...call,
    },
  );
}

beforeAll(async () => {
  const host = await createProcessHost({ gpu: true });
  if ('reason' in host.gpu) why = host.gpu.reason;
  else shared = { host, device: host.gpu.device };
  if (process.env.CI === 'true') expect(why).toBeUndefined();
});

const gpuIt = (title: string, test: () => Promise<void>) =>
  it(title, async ({ skip }) => {
    if (why !== undefined) skip(why);
    await test();
  });

describe('a batch in one pass', () => {
  gpuIt('gives the output of a run', async () => {
    const { host, device } = shared;
    const prepared = await prepare(host);
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let i = 0; i < 3; i++) prepared.encode!(pass);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await prepared.sync!();
    expect([...(await prepared.read())]).toEqual([2, 4, 6]);
  });
});

describe('what the device refuses is an error that says so', () => {
  gpuIt('a shader that does not compile: with its line', async () => {
    const { host } = shared;
    const broken = DOUBLE.replace('2 * x', '2 * y');
    const told = /^WebGPU: the shader does not compile: line 7:.*unresolved value 'y'/;
    await expect(prepare(host, {}, broken)).rejects.toThrow(told);
    // And again, though pipelines are kept.
    await expect(prepare(host, {}, broken)).rejects.toThrow(told);
    expect([...(await (await prepare(host)).read())]).toHaveLength(3);
  });

  gpuIt('a workgroup that is larger than the device allows', async () => {
    const { host } = shared;
    const wide = DOUBLE.replace('workgroup_size(64)', 'workgroup_size(64, 64, 64)');
    await expect(prepare(host, {}, wide)).rejects.toThrow(/^WebGPU: .*(workgroup|invocations)/i);
  });

  gpuIt('a buffer that is larger than the device allows', async () => {
    const { host, device } = shared;
    const outputLength = device.limits.maxStorageBufferBindingSize / 4 + 1;
    await expect(prepare(host, { outputLength })).rejects.toThrow(
      /^WebGPU: (validation error|out of memory): .*(size|limit|alloc)/i,
    );
  });

  it('an error that comes late is not charged to what is prepared next', async () => {
    let report: (event: object) => void = () => {};
    const device = {
      lost: new Promise(() => {}),
      addEventListener: (_: string, listener: typeof report) => {
        report = listener;
      },
      pushErrorScope: () => {},
      popErrorScope: async () => null,
      queue: { onSubmittedWorkDone: async () => {} },
    } as unknown as GPUDevice;
    const late = () => report({ error: new Error('invalid'), preventDefault: () => {} });
    await fence(device);
    late();
    await checked(device, () => {});
    await fence(device);
    late();
    await expect(fence(device)).rejects.toThrow('WebGPU: internal error: invalid');
  });

  gpuIt('more workgroups than a dispatch may have: at the fence, and only there', async () => {
    const { host } = shared;
    const prepared = await prepare(host, { workgroups: [70_000] });
    prepared.run();
    await expect(prepared.sync!()).rejects.toThrow(/^WebGPU: validation error: .*70000/);
    await expect(prepared.sync!()).resolves.toBeUndefined();
  });
});

it('a device without memory for a buffer: by its own word', async () => {
  const scopes: string[] = [];
  const full = {
    lost: new Promise(() => {}),
    addEventListener: () => {},
    pushErrorScope: (filter: string) => scopes.push(filter),
    popErrorScope: async () =>
      scopes.pop() === 'out-of-memory' ? { message: 'Failed to allocate\n - While creating it' } : null,
  };
  const failing = checked(full as unknown as GPUDevice, () => {
    throw new RangeError('mappedAtCreation failed');
  });
  await expect(failing).rejects.toThrow(/^WebGPU: out of memory: Failed to allocate$/);
  expect(scopes).toEqual([]);
});

describe('a device that is lost', () => {
  const told = 'WebGPU: the device was lost (destroyed: Device was destroyed.)';

  it('ends the fence that waits for it, and every later one, and says why', async () => {
    const { device, lose } = losable();
    const waiting = expect(fence(device)).rejects.toThrow(told);
    expect(lossOf(device)).toBeUndefined();
    lose();
    await waiting;
    await expect(fence(device)).rejects.toThrow(told);
    expect(lossOf(device)).toBe(told);
  });

  it('makes nothing any more, and cannot be read', async () => {
    const { device, lose } = losable();
    const meanwhile = checked(device, async () => {
      lose();
      throw new Error('of no use');
    });
    await expect(meanwhile).rejects.toThrow(told);
    const never = () => {
      throw new Error('was asked for');
    };
    await expect(checked(device, never)).rejects.toThrow(told);
    const buffer = { mapAsync: () => Promise.reject(new Error('no buffer')) } as unknown as GPUBuffer;
    await expect(map(device, buffer)).rejects.toThrow(told);
  });
});
