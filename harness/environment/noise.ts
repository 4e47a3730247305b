/**
 * What disturbs a measurement. Mytkowicz et al. (2009) and Chen & Revels (2016) show how far that moves results without a
 * trace in them; so each record carries what the system tells, and a cell that was disturbed is marked.
 */
import { loadavg } from 'node:os';
import type { HostInfo, ZooRecord } from '../record.ts';
import { type CpuTime, cpuTime, load1, type ReadFile, throttledTime } from './linux.ts';
import { spinNs } from './spin.ts';

/**
 * Keys of `host.noise`, all over the time in which the cell was measured; what a system does not tell is absent.
 * - `steal`: share of the CPU time that the hypervisor kept from processes that wanted to run
 * - `otherCores`: cores that other processes kept busy, on average
 * - `throttled`: share of the time in which the container was held back because its CPU quota was spent
 * - `clockDrift`: relative change of the core's clock (see spin.ts) from before the cell to after it; positive is slower
 * - `clockChange`: the same from the start of the run
 * - `spinNs`: the clock itself, nanoseconds of one step
 * - `load1`: runnable threads, averaged over a minute: this process and what ran before are part of it
 */
export interface Noise {
  steal?: number;
  otherCores?: number;
  throttled?: number;
  clockDrift?: number;
  clockChange?: number;
  spinNs?: number;
  load1?: number;
}

export interface Snapshot {
  /** Seconds. */
  readonly at: number;
  /** CPU seconds of this process, all its threads. */
  readonly own: number;
  readonly cpu?: CpuTime | undefined;
  readonly throttled?: number | undefined;
  readonly spinNs: number;
}

export function snapshot(read: ReadFile): Snapshot {
  // The spin first: what it takes belongs to neither side.
  const spin = spinNs();
  return { ...reading(read), spinNs: spin };
}

/** What happened from one snapshot to another that is taken now. */
export function since(before: Snapshot, read: ReadFile): Noise {
  const now = reading(read);
  return noiseBetween(before, { ...now, spinNs: spinNs() }, load1(read));
}

/**
 * No core changes its clock by more than a factor of two within a run: what reads so is a spin loop whose optimised code the
 * engine has thrown away meanwhile, as V8 does at collections with code that was not used for a while.
 */
function isClock(a: number, b: number): boolean {
  return a < 2 * b && b < 2 * a;
}

function reading(read: ReadFile): Omit<Snapshot, 'spinNs'> {
  const { user, system } = process.cpuUsage();
  return {
    at: performance.now() / 1e3,
    own: (user + system) / 1e6,
    cpu: cpuTime(read),
    throttled: throttledTime(read),
  };
}

/**
 * **Bias:** /proc/stat counts in ticks of 10 ms, so that shares of a cell that took half a second are right to 2 %; the
 * runner itself is one of the other processes, and takes about 1 % of a core.
 */
export function noiseBetween(before: Snapshot, after: Snapshot, load?: number): Noise {
  const seconds = after.at - before.at;
  const noise: Noise = isClock(after.spinNs, before.spinNs)
    ? { spinNs: after.spinNs, clockDrift: after.spinNs / before.spinNs - 1 }
    : {};
  if (load !== undefined) noise.load1 = load;
  if (seconds <= 0) return noise;
  if (before.cpu && after.cpu) {
    const busy = after.cpu.busy - before.cpu.busy;
    const stolen = after.cpu.stolen - before.cpu.stolen;
    noise.steal = busy + stolen > 0 ? stolen / (busy + stolen) : 0;
    noise.otherCores = Math.max(0, (busy - (after.own - before.own)) / seconds);
  }
  if (before.throttled !== undefined && after.throttled !== undefined) {
    noise.throttled = (after.throttled - before.throttled) / seconds;
  }
  return noise;
}

/** A share of CPU time above which a median is no longer that of an undisturbed machine; also above what ticks can tell. */
const STEAL = 0.05;
const THROTTLED = 0.01;
/** Three times what processes differ by on a quiet machine. */
const CLOCK = 0.05;
/** Others may use half of the cores that the cell leaves free, and a tenth of each that it does not. */
const OTHERS_OF_FREE = 0.5;
const OTHERS_OF_ALL = 0.1;

/**
 * What made a cell noisy, by the thresholds above; undefined where nothing did.
 * @param used cores that the cell itself keeps busy
 */
export function noisyReason(noise: Noise, cores: number, used: number): string | undefined {
  const { steal = 0, throttled = 0, clockDrift = 0, clockChange = 0, otherCores, load1: load } = noise;
  const percent = (share: number) => `${Math.round(100 * Math.abs(share))} %`;
  const speed = (change: number) => `${percent(change)} ${change > 0 ? 'slower' : 'faster'}`;
  const allowed = Math.max(OTHERS_OF_ALL * cores, OTHERS_OF_FREE * (cores - used));
  const reasons = [
    steal > STEAL && `the hypervisor stole ${percent(steal)} of the CPU time`,
    throttled > THROTTLED && `the container's CPU quota was spent for ${percent(throttled)} of the time`,
    otherCores !== undefined &&
      otherCores > allowed &&
      `other processes kept ${otherCores.toFixed(1)} of ${cores} cores busy`,
    // Only where nothing better is known: it lags by a minute.
    otherCores === undefined && load !== undefined && load > 1.5 * cores && `load ${load.toFixed(1)}`,
    Math.abs(clockDrift) > CLOCK && `the clock became ${speed(clockDrift)} during it`,
    Math.abs(clockDrift) <= CLOCK &&
      Math.abs(clockChange) > CLOCK &&
      `the clock was ${speed(clockChange)} than at the start of the run`,
  ].filter((reason) => reason !== false);
  return reasons.length > 0 ? reasons.join('; ') : undefined;
}

/**
 * The host as a record has it, with the noise of the cell, and the mark of a noisy one.
 * @param start host of the probe at the start of the run
 * @param threaded the cell uses all threads of the host
 */
export function disturbance(
  host: HostInfo,
  start: HostInfo,
  threaded: boolean,
): Pick<ZooRecord, 'host' | 'noisy'> {
  // A process that died left the probe's host, whose noise is not the cell's.
  const noise: Noise = host.noise === start.noise ? {} : { ...host.noise };
  if (noise.load1 === undefined && loadavg()[0]! > 0) noise.load1 = loadavg()[0]!;
  if (
    noise.spinNs !== undefined &&
    start.noise?.spinNs !== undefined &&
    isClock(noise.spinNs, start.noise.spinNs)
  ) {
    noise.clockChange = noise.spinNs / start.noise.spinNs - 1;
  }
  const cores = host.cpuQuota ?? host.cores;
  const noisy = noisyReason(noise, cores, threaded ? Math.min(cores, host.threads) : 1);
  const all = Object.fromEntries(Object.entries(noise).filter(([, value]) => Number.isFinite(value)));
  return { host: { ...host, noise: all }, ...(noisy === undefined ? {} : { noisy }) };
}
