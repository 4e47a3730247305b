/** The clock of a WebGPU device: two timestamps around one compute pass that holds a whole batch. */
import type { Prepared } from '../../kernels/kernel.ts';
import { fence, map } from '../../kernels/lib/gpu-device.ts';
import { clockStepMs, now } from '../clock.ts';

/** One batch by both clocks. */
export interface GpuBatch {
  /** From the beginning of the pass to its end, by the device. */
  readonly gpuMs: number;
  /** From before it was encoded until the queue was empty, by the processor. */
  readonly wallMs: number;
}

/** The timestamps cannot be believed; the message says why. */
export class ImplausibleTimestamps extends Error {}

type Encode = NonNullable<Prepared['encode']>;

interface Queries {
  readonly set: GPUQuerySet;
  readonly resolved: GPUBuffer;
  readonly staging: GPUBuffer;
  clock?: GpuClock;
}

export interface GpuClock {
  /** Between two values of it; 0 where it stands still. */
  readonly stepMs: number;
  /** Wall time that an empty pass takes: what a batch costs beside its work, up to 11 ms in Deno, which polls its queue. */
  readonly overheadMs: number;
}

const devices = new WeakMap<GPUDevice, Queries>();

function queriesOf(device: GPUDevice): Queries {
  let queries = devices.get(device);
  if (!queries) {
    const size = 16;
    queries = {
      set: device.createQuerySet({ type: 'timestamp', count: 2 }),
      resolved: device.createBuffer({ size, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC }),
      staging: device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST }),
    };
    devices.set(device, queries);
  }
  return queries;
}

export function hasTimestamps(device: GPUDevice): boolean {
  return device.features.has('timestamp-query');
}

/** Nanoseconds by the device's clock at the beginning and the end of a pass of `calls` calls. */
async function pass(device: GPUDevice, encode: Encode, calls: number): Promise<[bigint, bigint, number]> {
  const { set, resolved, staging } = queriesOf(device);
  const start = now();
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass({
    timestampWrites: { querySet: set, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 },
  });
  for (let i = 0; i < calls; i++) encode(pass);
  pass.end();
  encoder.resolveQuerySet(set, 0, 2, resolved, 0);
  encoder.copyBufferToBuffer(resolved, 0, staging, 0, 16);
  device.queue.submit([encoder.finish()]);
  await fence(device);
  const wallMs = now() - start;
  await map(device, staging);
  const [begin, end] = new BigUint64Array(staging.getMappedRange());
  staging.unmap();
  return [begin!, end!, wallMs];
}

/** Runs `calls` calls as one pass. */
export async function timeOnGpu(device: GPUDevice, encode: Encode, calls: number): Promise<GpuBatch> {
  const [begin, end, wallMs] = await pass(device, encode, calls);
  return { gpuMs: Number(end - begin) / 1e6, wallMs };
}

const EMPTY_PASSES = 10;

/**
 * The device's clock, from some empty passes: its step is what divides all their timestamps. Browsers round them to 65.536 µs
 * against timing attacks.
 */
export async function gpuClock(device: GPUDevice): Promise<GpuClock> {
  const queries = queriesOf(device);
  if (!queries.clock) {
    const values = new Set<bigint>();
    let overheadMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < EMPTY_PASSES; i++) {
      const [begin, end, wallMs] = await pass(device, () => {}, 0);
      values.add(begin).add(end);
      overheadMs = Math.min(overheadMs, wallMs);
    }
    queries.clock = { stepMs: stepOf([...values]) / 1e6, overheadMs };
  }
  return queries.clock;
}

/** The greatest common divisor; 0 where a clock that stands still gives none. Nanoseconds. */
export function stepOf(values: readonly bigint[]): number {
  if (values.length < 2) return 0;
  let divisor = 0n;
  for (let value of values) while (value > 0n) [divisor, value] = [value, divisor % value];
  return Number(divisor);
}

/** By which the two clocks may differ in rate. */
const RATES = 1.02;
/** From what wall time on a clock that shows less than a hundredth of it stands still, rather than waits for the processor. */
const LONG_MS = 500;
const LEAST_SHARE = 0.01;

/**
 * Why the timestamps of a batch cannot be true, or undefined.
 * @param sum of all batches until now, this one included
 * @param stepMs of both clocks, together
 */
export function implausible({ gpuMs, wallMs }: GpuBatch, sum: GpuBatch, stepMs: number): string | undefined {
  if (gpuMs < 0) return 'the device ended a pass before it began it';
  const most = wallMs * RATES + stepMs;
  if (gpuMs > most)
    return `the device took ${gpuMs.toPrecision(3)} ms for what was done after ${wallMs.toPrecision(3)} ms`;
  if (sum.wallMs > LONG_MS && sum.gpuMs < LEAST_SHARE * sum.wallMs)
    return `the device's clock went ${sum.gpuMs.toPrecision(2)} ms in ${sum.wallMs.toPrecision(3)} ms of work`;
  return undefined;
}

/**
 * Batches timed by the device.
 * @returns a function that throws {@link ImplausibleTimestamps} where the wall clock contradicts
 */
export async function gpuTimer(
  device: GPUDevice,
  prepared: Prepared,
): Promise<GpuClock & { batch(calls: number): Promise<number> }> {
  const encode = prepared.encode!.bind(prepared);
  const clock = await gpuClock(device);
  const tolerated = 2 * clock.stepMs + clockStepMs();
  const sum = { gpuMs: 0, wallMs: 0 };
  return {
    ...clock,
    async batch(calls) {
      const batch = await timeOnGpu(device, encode, calls);
      sum.gpuMs += batch.gpuMs;
      sum.wallMs += batch.wallMs;
      const why = implausible(batch, sum, tolerated);
      if (why !== undefined) throw new ImplausibleTimestamps(why);
      return batch.gpuMs;
    },
  };
}
