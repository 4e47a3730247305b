/** A suite is data: which cells answer a question, and what they may cost. */
export interface Suite {
  readonly name: string;
  /** What a person learns from it. */
  readonly question: string;
  readonly selection: readonly SuiteEntry[];
  /** Files of kernels that only this suite has, from the root of the zoo. */
  readonly kernels?: readonly string[];
  /** It compares with published libraries: those that are not installed are shown as `unsupported`. */
  readonly peers?: true;
  readonly budget: Budget;
  /** What it asks of its cells: said with what was reached, in the terminal and in the report. */
  readonly goals?: readonly Goal[];
  /** What the cells of a `kernel/variant` must come out as, where that is not `ok`: a suite that tests the harness. */
  readonly expected?: Readonly<Record<string, Expectation>>;
}

export interface Goal {
  /** As a person calls it: `matmul, square from 192 to 1536`. */
  readonly work: string;
  readonly kernel: string;
  /** In each case the best of them counts. */
  readonly variants: readonly string[];
  /** All of them have to meet it. */
  readonly cases: readonly string[];
  /** Of the entries with these flags. */
  readonly flags?: string;
  /** One of them is enough. */
  readonly anyOf: readonly Measure[];
}

/** What a cell is held against; to reach `least` of it, or to stay at `most` of it:
 * - `bound`: what binds it, arithmetic or bandwidth
 * - `arithmetic`: the peak of its own arithmetic, whatever binds it
 * - `fma`: operations of the algorithm, done or spared, against what one thread can do in float32 multiply-adds
 * - `peers`: the speed of the fastest right peer that is no native code
 * - `engine`: its own share of what binds it in the first engine of the run, of which this is not asked
 * - `variant`: the speed of another variant of the kernel
 * - `bits`: the bits a byte that another compressor of the same text takes
 * - `tokens`: tokens a second
 * - `heap`: whole bytes that a token allocates, in the heap and outside of it
 * - `collections`: garbage collections within 1000 tokens
 * - `held`: memory held at once, of the bytes that it is given to work on
 */
export type Measure =
  | {
      readonly against: 'bound' | 'arithmetic' | 'fma' | 'peers' | 'engine' | 'tokens';
      readonly least: number;
    }
  | { readonly against: 'variant' | 'bits'; readonly variant: string; readonly least: number }
  | { readonly against: 'heap' | 'collections' | 'held'; readonly most: number };

export interface Expectation {
  readonly status: string;
  /** What the reason must say. */
  readonly reason: RegExp;
}

export interface SuiteEntry {
  /** `kernel` or `kernel/variant`. */
  readonly select: readonly string[];
  /** Case names (`M=384,N=384,K=384`) that are timed. */
  readonly cases: readonly string[];
  /** Flags of V8 that these are measured with, in the runtimes that can be given them; alone, not in addition to without. */
  readonly flags?: string;
}

/** What one cell may take in one process. */
export interface Budget {
  /** Sampling, in milliseconds: it ends earlier where the interval is precise. */
  readonly sampleMs: number;
  /** Half width of the 95 % interval of one process, relative to its median, at which sampling stops; default 0.01. */
  readonly precision?: number;
  /** Longest warm-up, in milliseconds: it ends earlier where times are steady; a slow cell does at least one call. */
  readonly warmupMs: number;
  /** Samples below which sampling goes on beyond `sampleMs`. */
  readonly minSamples: number;
  /** Find the tier that the timed code runs in, in a process of its own: about a second a variant. Default: yes. */
  readonly tiers?: boolean;
  /** Fresh processes a cell is measured in. */
  readonly processes: number;
  /** After this long a cell counts as hanging, in milliseconds. */
  readonly limitMs: number;
}

/** Variants of one kernel, as they are selected. */
export const named = (kernel: string, variants: readonly string[]) =>
  variants.map((variant) => `${kernel}/${variant}`);

/** Of a kernel with many variants: one of each back end, and every peer. */
export const backEnds = (kernel: string) =>
  named(kernel, [
    ...['naive', 'blocked', 'parallel', 'simd', 'simd-threads', 'webgpu'],
    ...['tfjs', 'jax-js', 'ort-web', 'ort-node'],
  ]);
