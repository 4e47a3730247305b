import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadKernels } from '../catalogue.ts';
import { makePlan } from '../plan.ts';
import { ROOT } from '../root.ts';
import { run } from '../run.ts';
import { gpuOf, howToGetAdapter, LIMITS, type OpenedGpu, openDevice } from './gpu.ts';
import { EXPECTED } from './gpu-trouble.fixture.ts';

describe('an adapter that is missing', () => {
  const without = { requestAdapter: async () => null } as unknown as GPU;

  it.each([
    ['node', /apt-get install chromium libvulkan1/],
    ['node@22', /VK_DRIVER_FILES/],
    ['bun', /VK_DRIVER_FILES/],
    ['deno', /VK_DRIVER_FILES=\/usr\/lib\/chromium/],
    ['chromium', /--enable-unsafe-webgpu.*--use-webgpu-adapter=swiftshader/],
    ['firefox', /dom\.webgpu\.enabled.*gfx\.webgpu\.ignore-blocklist/],
    ['webkit', /without WebGPU/],
    ['remote:http://host:4444', /https or on localhost/],
  ])('in %s: the reason names the package or flag that brings one', async (runtime, how) => {
    expect(howToGetAdapter(runtime)).toMatch(how);
    expect(await openDevice(without, runtime)).toEqual({
      reason: `no WebGPU adapter: ${howToGetAdapter(runtime)}`,
    });
    expect(await openDevice(undefined, runtime)).toEqual({
      reason: `no WebGPU in this engine: ${howToGetAdapter(runtime)}`,
    });
  });

  it('as one that gives no device, is a reason and no exception', async () => {
    const adapter = {
      features: new Set(),
      limits: {},
      requestDevice: async () => {
        throw new Error('too many devices');
      },
    };
    const gpu = { requestAdapter: async () => adapter } as unknown as GPU;
    expect(await openDevice(gpu)).toEqual({
      reason: 'the WebGPU adapter gives no device: too many devices',
    });
  });
});

describe('what is opened', () => {
  const opened = async (info: object, features: string[] = []) => {
    const adapter = {
      info,
      features: new Set(features),
      limits: Object.fromEntries(LIMITS.map((name, i) => [name, 100 + i])),
      requestDevice: async (want: GPUDeviceDescriptor) => ({
        features: new Set(want.requiredFeatures),
        limits: want.requiredLimits,
      }),
    };
    const gpu = {
      requestAdapter: async () => adapter,
      wgslLanguageFeatures: new Set(['pointer_composite_access']),
    };
    return (await openDevice(gpu as unknown as GPU)) as OpenedGpu;
  };
  const named = { vendor: 'nvidia', architecture: 'hopper', device: 'h200', description: '' };

  it('is software when the engine says so, or the name of the driver', async () => {
    expect((await opened({ ...named, isFallbackAdapter: false })).isSoftware).toBe(false);
    expect((await opened({ ...named, isFallbackAdapter: true })).isSoftware).toBe(true);
    expect((await opened({ ...named, description: 'llvmpipe (LLVM 15.0.6)' })).isSoftware).toBe(true);
    expect((await opened({ ...named, architecture: 'swiftshader' })).isSoftware).toBe(true);
  });

  it('has what kernels use, as high as the adapter goes, and the record has it too', async () => {
    const gpu = await opened({ ...named, driver: '550.1', subgroupMinSize: 32, subgroupMaxSize: 32 }, [
      ...['shader-f16', 'texture-compression-bc', 'subgroups'],
    ]);
    expect(gpuOf(gpu)).toEqual({
      gpuAdapter: 'nvidia hopper h200',
      gpuIsSoftware: false,
      gpuDriver: '550.1',
      gpuFeatures: ['shader-f16', 'subgroups'],
      gpuLimits: {
        ...Object.fromEntries(LIMITS.map((name, i) => [name, 100 + i])),
        ...{ subgroupMinSize: 32, subgroupMaxSize: 32 },
      },
    });
    expect(gpuOf({ reason: 'none' })).toEqual({});
  });

  it('is free of Node: pages load it', () => {
    const text = readFileSync(join(ROOT, 'harness/runtimes/gpu.ts'), 'utf8');
    expect(text.match(/^import .*$/gm)).toEqual(["import type { HostInfo } from '../record.ts';"]);
  });
});

describe('a run on a device that breaks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zoo-gpu-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has a reason for each cell, and a new device for those behind a lost one', async ({ skip }) => {
    const files = { kernels: [join(ROOT, 'harness/runtimes/gpu-trouble.fixture.ts')], variants: [] };
    const plan = makePlan(await loadKernels(files), { selectors: ['gpu-trouble'], cases: ['N=7', 'N=64'] });
    const budget = { sampleMs: 5, warmupMs: 5, minSamples: 3, processes: 1, limitMs: 20_000 };
    const records = await run(
      { ...plan, budget: { ...budget, tiers: false } },
      { file: join(folder, 'gpu.jsonl'), files, engine: 'tinybench', memory: false },
    );
    // Told by those who looked for one: to open a device in this process as well, and close it, has hung for good.
    if (records.every(({ status }) => status === 'unsupported')) {
      expect(process.env.CI, records[0]!.reason).not.toBe('true');
      return skip(records[0]!.reason);
    }
    const found = records.map(({ variant, case: name, status }) => `${variant} ${name} ${status}`);
    expect(found.sort()).toEqual(
      EXPECTED.map(([variant, name, status]) => `${variant} ${name} ${status}`).sort(),
    );
    for (const [variant, name, , reason] of EXPECTED) {
      const record = records.find((each) => each.variant === variant && each.case === name)!;
      expect(record.reason ?? '').toMatch(reason);
      expect(record.host.gpuFeatures).toBeDefined();
      if (record.status === 'ok') expect(record.time?.clock).toBe('timestamp-query');
    }
  }, 120_000);
});
