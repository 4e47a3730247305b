import type { Backend, Host, Kernel, Prepared, Reference, Shape, Tolerance, Variant } from '../kernel.ts';
import { type Comparison, compare } from './compare.ts';
import { type Rng, rng } from './rng.ts';

export interface Verdict extends Comparison {
  readonly tolerance: Tolerance;
  readonly ok: boolean;
  /** Name of the input: `inputs`, or that of a hostile one. */
  readonly input: string;
  /** Where the worst element is, in the kernel's own words. */
  readonly where: string;
}

/** What every variant of a backend needs of the host, so that variants need not say it one by one. */
export function unsupported(variant: Variant, shape: Shape, host: Host): string | undefined {
  return missing(variant.backend, host) ?? variant.unsupported?.(shape, host) ?? undefined;
}

function missing(backend: Backend, host: Host): string | undefined {
  if (backend === 'webgpu' && 'reason' in host.gpu) return host.gpu.reason;
  if (backend === 'wasm' || backend === 'wasm-threads') {
    if (!host.simd) return `${host.runtime} has no WASM SIMD`;
    if (!host.relaxedSimd) return `${host.runtime} has no WASM relaxed SIMD`;
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

/** The ordinary input first, then the hostile ones. */
export function inputSources(kernel: Kernel): InputSource[] {
  const hostile = Object.entries(kernel.hostile ?? {}).map(([name, make]) => ({ name, make }));
  return [{ name: 'inputs', make: kernel.inputs }, ...hostile];
}

/** Compares what `prepared` gives now with the float64 reference of its input. */
export async function judge(
  kernel: Kernel,
  variant: Variant,
  shape: Shape,
  input: unknown,
  inputName: string,
  prepared: Prepared,
  reference: Reference,
): Promise<Verdict> {
  const tolerance = variant.tolerance ?? kernel.tolerance;
  const out = await prepared.read();
  const found = compare(
    out,
    reference,
    tolerance.metric,
    kernel.outputLength?.(shape) ?? reference.values.length,
  );
  const where =
    found.index < 0
      ? `the output has ${found.got} elements, not ${found.expected}`
      : `${kernel.where?.(input, shape, found.index) ?? `index ${found.index}`}: got ${found.got}, expected ${found.expected}`;
  return { ...found, tolerance, ok: found.value <= tolerance.bound, input: inputName, where };
}

/** Makes a fresh input from `seed`, runs the variant once on it and judges the output. */
export async function checkOnce(
  kernel: Kernel,
  variant: Variant,
  shape: Shape,
  source: InputSource,
  seed: string,
  host: Host,
): Promise<Verdict> {
  const random = rng(seed);
  const input = await source.make(shape, random, host);
  // Before the variant sees the input: one that spoils its input must not spoil the reference too.
  const reference = kernel.reference(input, shape, random.fork('sample'));
  const prepared = await variant.prepare(input, shape, host);
  try {
    prepared.run();
    await prepared.sync?.();
    return await judge(kernel, variant, shape, input, source.name, prepared, reference);
  } finally {
    prepared.dispose();
  }
}
