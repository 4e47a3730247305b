import type { FloatArray, Host, Kernel, Prepared, Reference, Shape, Tolerance, Variant } from '../kernel.ts';
import { type Comparison, compare } from './compare.ts';
import { type GuardedInput, guarded } from './guard.ts';
import { isGpuPeer, isPagePeer, peerOf, usesGpu } from './peer.ts';
import { type Rng, rng } from './rng.ts';

export interface Verdict extends Comparison {
  readonly tolerance: Tolerance;
  readonly ok: boolean;
  /** Name of the input: `inputs`, or that of a hostile one. */
  readonly input: string;
  /** Where the worst element is, in the kernel's own words. */
  readonly where: string;
  /** A rule of the contract that it breaks, whatever its output: `changes its input`. Never where `ok`. */
  readonly misuse?: string;
  /** What a wrong verdict was found on; the harness looks for its cause in it. */
  readonly evidence?: Evidence;
}

export interface Evidence {
  readonly out: FloatArray;
  /** The output before the first run; undefined where the variant gives none, or where that was not looked at. */
  readonly before: FloatArray | undefined;
  readonly reference: Reference;
}

/** What every variant of a backend needs of the host, so that variants need not say it one by one. */
export function unsupported(variant: Variant, shape: Shape, host: Host): string | undefined {
  return missing(variant, host) ?? variant.unsupported?.(shape, host) ?? undefined;
}

function missing({ name, backend, plainSimd }: Variant, host: Host): string | undefined {
  const peer = backend === 'peer' ? peerOf(name) : undefined;
  if (peer && !host.peers.has(peer)) {
    const pages = isGpuPeer(peer) ? 'pages with WebGPU' : 'pages of Chromium';
    const where = isPagePeer(peer) ? `${pages} (--runtime chromium)` : 'Node, Bun and Deno';
    return `${peer} is not installed for ${host.runtime}: npx zoo peers add ${peer}, for ${where}`;
  }
  if (usesGpu({ backend, variant: name }) && 'reason' in host.gpu) return host.gpu.reason;
  if (backend === 'wasm' || backend === 'wasm-threads') {
    if (!host.simd) return `${host.runtime} has no WASM SIMD`;
    if (!host.relaxedSimd && !plainSimd) return `${host.runtime} has no WASM relaxed SIMD`;
  }
  if ((backend === 'workers' || backend === 'wasm-threads') && typeof SharedArrayBuffer === 'undefined') {
    return `${host.runtime} has no SharedArrayBuffer here (a page must be cross-origin isolated)`;
  }
  return undefined;
}

/** One named way of making an input. */
export interface InputSource {
  readonly name: string;
  make(shape: Shape, rng: Rng, host: Host): unknown;
}

/** Name of the input that is timed, among the names of hostile ones. */
export const ORDINARY = 'inputs';

/** The ordinary input first, then the hostile ones. */
export function inputSources(kernel: Kernel): InputSource[] {
  const hostile = Object.entries(kernel.hostile ?? {}).map(([name, make]) => ({ name, make }));
  return [{ name: ORDINARY, make: kernel.inputs }, ...hostile];
}

/** An input, its reference, and the variant made ready for it. */
export interface Trial {
  readonly kernel: Kernel;
  readonly variant: Variant;
  readonly shape: Shape;
  readonly host: Host;
  readonly inputName: string;
  readonly guard: GuardedInput;
  readonly reference: Reference;
  readonly prepared: Prepared;
  readonly before: FloatArray | undefined;
}

/** Called with what is done next: a process that hangs tells where by the last one. */
export type OnPhase = (phase: string) => void;

/**
 * Makes an input from `seed`, its reference (before the variant sees it: one that spoils its input must not spoil the
 * reference too), and the variant for it.
 */
export async function makeTrial(
  kernel: Kernel,
  variant: Variant,
  shape: Shape,
  source: InputSource,
  seed: string,
  host: Host,
  onPhase: OnPhase = () => {},
): Promise<Trial> {
  const random = rng(seed);
  const original = await source.make(shape, random, host);
  const reference = referenceOf(kernel, variant)(original, shape, random.fork('sample'));
  const guard = guarded(original);
  onPhase('preparing');
  const prepared = await variant.prepare(guard.input, shape, host);
  onPhase('reading the output before the first run');
  const before = source.name === ORDINARY ? await outputBeforeRun(prepared) : undefined;
  return { kernel, variant, shape, host, inputName: source.name, guard, reference, prepared, before };
}

/** What a variant's output is compared with. */
export function referenceOf<I, S extends Shape>(
  kernel: Kernel<I, S>,
  variant: Variant<I, S>,
): Kernel<I, S>['reference'] {
  const owner = variant.reference ? variant : kernel;
  return (input, shape, random) => owner.reference!(input, shape, random);
}

/** A copy, or undefined where a variant has no output before it has run. */
async function outputBeforeRun(prepared: Prepared): Promise<FloatArray | undefined> {
  try {
    const out: FloatArray | undefined = await prepared.read();
    return out?.slice();
  } catch {
    return undefined;
  }
}

/**
 * Compares the output of the latest run with the float64 reference, and looks at what the run did beside it. While the
 * output is read the input is overwritten, so that nothing can be computed from it only now. Where a variant has no
 * `sync`, and `read` returns an array, nothing that it left for later has had a chance to run.
 */
export async function judge(trial: Trial): Promise<Verdict> {
  const { kernel, variant, shape, guard, reference, prepared } = trial;
  const tolerance = variant.tolerance ?? kernel.tolerance;
  const size = (variant.reference ? undefined : kernel.outputLength?.(shape)) ?? reference.values.length;
  const damage = guard.damage() ?? arenaDamage(trial);
  guard.scramble();
  const read = prepared.read();
  const out = 'then' in read ? await read : read;
  guard.restore();
  const found = compare(out, reference, tolerance.metric, size);
  const where =
    found.index < 0
      ? `the output has ${found.got} elements, not ${found.expected}`
      : `${kernel.where?.(guard.original, shape, found.index) ?? `index ${found.index}`}: got ${found.got}, expected ${found.expected}`;
  const misuse = damage ?? (isRightWithoutRun(trial) ? 'gives its output without a run' : undefined);
  const ok = found.value <= tolerance.bound && misuse === undefined;
  return {
    ...found,
    tolerance,
    ok,
    input: trial.inputName,
    where,
    ...(misuse === undefined ? {} : { misuse }),
    ...(ok ? {} : { evidence: { out: out.slice(), before: trial.before, reference } }),
  };
}

function arenaDamage({ variant, host }: Trial): string | undefined {
  if (variant.backend === 'wasm') return host.arena(false).damage();
  return variant.backend === 'wasm-threads' ? host.arena(true).damage() : undefined;
}

/** Was the output there before the first run? Says nothing where one of zeros or NaN would pass as well. */
function isRightWithoutRun({ kernel, variant, shape, reference, before }: Trial): boolean {
  if (!before) return false;
  const { metric, bound } = variant.tolerance ?? kernel.tolerance;
  const size = kernel.outputLength?.(shape) ?? reference.values.length;
  const passes = (out: FloatArray) => compare(out, reference, metric, size).value <= bound;
  return passes(before) && ![0, Number.NaN].some((value) => passes(new Float32Array(size).fill(value)));
}

/** Makes a fresh input from `seed`, runs the variant once on it and judges the output. */
export async function checkOnce(
  kernel: Kernel,
  variant: Variant,
  shape: Shape,
  source: InputSource,
  seed: string,
  host: Host,
  onPhase: OnPhase = () => {},
): Promise<Verdict> {
  const trial = await makeTrial(kernel, variant, shape, source, seed, host, onPhase);
  const { prepared } = trial;
  try {
    onPhase('making the first call');
    prepared.run();
    // No `await` where there is nothing to wait for: it would let a forgotten promise finish.
    if (prepared.sync) await prepared.sync();
    onPhase('reading the output');
    const verdict = await judge(trial);
    onPhase('disposing of it');
    return verdict;
  } finally {
    prepared.dispose();
  }
}
