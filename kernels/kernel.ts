/**
 * The contract between the zoo and everything that measures it: a kernel is a folder whose `index.ts` reads as a
 * datasheet, a variant is a file. Nothing under `kernels/` imports anything outside it; what a device offers arrives
 * as a {@link Host}.
 */
import type { Arena } from './lib/arena.ts';
import type { Rng } from './lib/rng.ts';

/** Named extents (`M`, `N`, `K`) and named choices (`layout`, `quant`) that identify one case of a kernel. */
export type Shape = Readonly<Record<string, number | string>>;

export type FloatArray = Float32Array | Float64Array;

export type Backend = 'js' | 'workers' | 'wasm' | 'wasm-threads' | 'webgpu' | 'peer';

/** Every backend, in the order in which tables list them. */
export const BACKENDS: readonly Backend[] = ['js', 'workers', 'wasm', 'wasm-threads', 'webgpu', 'peer'];

/**
 * What a kernel's operations are done in, which says what peak they are held against: `i8` and `i16` for products of integers
 * of that width that are summed in 32 bits.
 */
export type Arithmetic = 'f32' | 'f64' | 'f16' | 'i16' | 'i8';

/**
 * How an output is compared with the float64 reference. Per element e = |out − ref|:
 * - `abs`: max e
 * - `rel`: max e / |ref| (elements whose reference is 0 must be exactly 0)
 * - `ulp`: max e / (spacing of float32 at ref)
 * - `scaled`: max e / scale, with the per-element magnitude the reference returns (for dot products Σ|a·b|, so that
 *   cancellation is not mistaken for an error)
 * - `nmse`: Σe² / Σref², over the whole output
 *
 * Everywhere: NaN matches only NaN, ±Infinity only itself, and one mismatch makes the error Infinity.
 */
export type Metric = 'abs' | 'rel' | 'ulp' | 'scaled' | 'nmse';

export interface Tolerance {
  readonly metric: Metric;
  /** Largest error that passes: the check is `error <= bound`, so NaN fails. */
  readonly bound: number;
  /** Where the bound comes from. */
  readonly why: string;
}

/** The float64 truth for one input. */
export interface Reference {
  readonly values: Float64Array;
  /** Flat output index of each value, when only a random sample of a large output is computed. */
  readonly indices?: Uint32Array;
  /** Magnitude that each value's error is divided by; needed by metric `scaled`. */
  readonly scale?: Float64Array;
}

export interface Case<S extends Shape> {
  readonly shape: S;
  /** Where the shape comes from: a model and its layer, or what edge it stands on ("tile + 1"). */
  readonly from: string;
  /** Checked and timed only where a suite or a person chooses it: plain loops need seconds for it. */
  readonly slow?: boolean;
}

/** What the algorithm (not a variant) has to do. `bytes` counts each input read once and each output written once. */
export interface Work {
  readonly flops: number;
  readonly bytes: number;
  /** Tokens that a pipeline takes in or gives: what its rate counts. */
  readonly tokens?: number;
  /** Bytes of keys and values that it keeps from token to token. */
  readonly cacheBytes?: number;
  /** Bytes of a file that a compressor takes in or gives back: what its rate counts. */
  readonly data?: number;
}

/** Told of named stretches of code, nested: what is opened last is closed first, and no `await` lies within. */
export interface ScopeHook {
  begin(name: string): void;
  end(): void;
}

/** What a device offers to a variant. */
export interface Host {
  /** Family of engines: `node`, `bun`, `deno`, `chromium`, `firefox`, `webkit`. */
  readonly runtime: string;
  /** Threads that a threaded variant uses, the calling one included. */
  readonly threads: number;
  /** 128-bit WASM SIMD. */
  readonly simd: boolean;
  /** WASM relaxed SIMD (`f32x4.relaxed_madd` and the relaxed dot products). */
  readonly relaxedSimd: boolean;
  /** The device of the chosen adapter and the language features of its WGSL, or why there is none. */
  readonly gpu:
    | { readonly device: GPUDevice; readonly languageFeatures?: ReadonlySet<string> }
    | { readonly reason: string };
  /** The one WASM memory of the process, in its unshared or its shared form. */
  arena(shared: boolean): Arena;
  /** The persistent worker pool; started at the first call. */
  pool(): Promise<Pool>;
  /** Bytes of a file that stands beside a kernel (`new URL('./simd.wasm', import.meta.url)`). */
  load(url: URL): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * The raw bytes of one tensor as a GGUF file stores them, from a file with seeded weights.
   * @param type ggml type name, such as `q8_0`
   * @param dims row-major: `[rows, columns]`
   */
  tensor(type: string, dims: readonly number[], rng: Rng): Promise<Uint8Array<ArrayBuffer>>;
  /** Published libraries that are installed here (lib/peer.ts), with their versions. */
  readonly peers: ReadonlyMap<string, string>;
  /** What the entry of an installed one exports. */
  peer(name: string): Promise<unknown>;
  /** Where the steps of a call are looked at (`zoo profile --tree`): a pipeline opens a scope for each. Never while it is timed. */
  readonly scopes?: ScopeHook;
}

/** Worker threads that run the same task together with the calling thread. */
export interface Pool {
  /** The calling thread included. */
  readonly threads: number;
  /**
   * Makes a task on every thread: imports `module` there and calls its export `make` with `data` (structured clone;
   * SharedArrayBuffers, shared memories and compiled modules arrive as themselves).
   */
  task<D>(spec: TaskSpec<D>): Promise<Task>;
  close(): Promise<void>;
}

export interface TaskSpec<D> {
  /** `import.meta.url` of the file that exports `make`. */
  readonly module: string;
  /** Name of an exported {@link MakeTask}. */
  readonly make: string;
  readonly data: D;
}

/** Builds, on one thread, the function that does this thread's part of the work. */
export type MakeTask<D> = (data: D) => PartialRun | Promise<PartialRun>;
export type PartialRun = (thread: number, threads: number) => void;

export interface Task {
  /** Runs the task on every thread and returns when all have finished. Throws what a thread threw. */
  run(): void;
  dispose(): void;
}

/** A variant made ready for one input. Only `run` (with `sync`) is timed. */
export interface Prepared<I = unknown> {
  /** Computes the whole output from the input. Repeatable, and leaves the input as it was. */
  run(): void;
  /** Resolves when the work that `run` started has finished; only where `run` returns earlier (WebGPU). */
  sync?(): Promise<void>;
  /**
   * Puts the work of one `run` into a compute pass (WebGPU): a batch is then one pass between two timestamps of the device, where
   * it has them, and the output is what so many runs would give.
   */
  encode?(pass: GPUComputePassEncoder): void;
  /**
   * Puts another input of the same shape in place of the one that it was made ready for: cheaper than preparing anew. An array that
   * is left out stays as it is. For those who call a kernel; what is measured is prepared anew for each input.
   */
  write?(input: Partial<I>): void;
  /** The output of the latest `run`, flat and row-major. */
  read(): FloatArray | Promise<FloatArray>;
  /**
   * Overwrites the whole output with `value`, so that the harness sees what the next `run` writes. Without it (the
   * helpers of `lib/` all have it) an element that only the first run writes goes unnoticed.
   */
  poison?(value: number): void;
  /** Of a compressor: the bits that the latest run spent on a byte. */
  bitsPerByte?(): number;
  /**
   * Of what gives token after token, by the engine's clock, in the latest run: how long until the first was there, and how long each
   * further one took.
   */
  latency?(): { readonly firstMs: number; readonly tokenMs: readonly number[] };
  /** Of a cache that is looked up: the share of the tokens asked for that it had, in the latest run. */
  hitRate?(): number;
  /** One line on the latest run, which its record keeps: how many guesses were right, how many bytes a cache has. */
  note?(): string;
  dispose(): void;
}

export interface Variant<I = unknown, S extends Shape = Shape> {
  readonly name: string;
  readonly backend: Backend;
  /** One line: what this variant does differently and why that should help. */
  readonly idea: string;
  /** The bound it really meets, in place of the kernel's: an approximation, or an engine that promises less. */
  readonly tolerance?: Tolerance;
  /** Approximates by design: right within its own tolerance, and marked wherever its results are shown. */
  readonly approximation?: true;
  /** Shows an idea that does not work, with the bound that it truly meets: checked, timed and marked, and in no ranking. */
  readonly exhibit?: true;
  /**
   * Published by others, and no attempt to cheat: what it makes of hostile inputs, memory that it keeps, and work that it leaves out or
   * adds when an input repeats are noted in its record, not judged.
   */
  readonly lenient?: true;
  /** Runs native code of its own, so that the peaks of the engine say nothing of it. */
  readonly native?: true;
  /** Rows of the ledger of seed techniques that it embodies, beyond those of its kernel: `S2-7`. */
  readonly ledger?: readonly string[];
  /** Why it cannot run this shape on this host, or undefined. What every variant of a backend needs is checked for it. */
  unsupported?(shape: S, host: Host): string | undefined;
  /** Floating-point operations it really does, where they are fewer than the algorithm's. */
  ops?(shape: S): number;
  /** Bytes it really reads and writes, where they are fewer than the algorithm's. */
  bytes?(shape: S): number;
  /** Where it differs from the kernel's. */
  readonly arithmetic?: Arithmetic;
  /**
   * What it is compared with, in place of the kernel's reference: for a library whose interface takes less than the whole input or gives
   * less than the whole output. Its idea says which part.
   */
  reference?(input: I, shape: S, rng: Rng): Reference;
  /** Its module holds no instruction of relaxed SIMD and runs on engines without. */
  readonly plainSimd?: true;
  prepare(input: I, shape: S, host: Host): Prepared<I> | Promise<Prepared<I>>;
}

export interface Kernel<I = unknown, S extends Shape = Shape> {
  /** The folder's name. */
  readonly name: string;
  /** A pipeline is a whole model, made of kernels (models/). Default: `kernel`. */
  readonly kind?: 'kernel' | 'pipeline';
  /** One line, whose capitals are the shape keys. */
  readonly formula: string;
  /** Rows of the ledger of seed techniques (kernels/ledger.ts) that it embodies as a whole: `S4-33`. */
  readonly ledger?: readonly string[];
  /** What measuring its variants taught, a sentence or two each, in ratios: it stands on its page in docs/kernels. */
  readonly learned?: readonly string[];
  /** Shapes that every variant is checked on. Suites choose which are timed. */
  readonly cases: readonly Case<S>[];
  /** Throws an Error with one clear line when no such shape can exist (a size that is no multiple of a block). */
  validate?(shape: S): void;
  /** An ordinary input: what is timed, and checked with fresh seeds. No denormals: they would be what is timed. */
  inputs(shape: S, rng: Rng, host: Host): I | Promise<I>;
  /** Inputs that break careless code, by name: large logits, −Infinity rows, denormals, NaN where defined. Only checked. */
  readonly hostile?: Readonly<Record<string, (shape: S, rng: Rng, host: Host) => I | Promise<I>>>;
  /** Obvious, slow, float64; no variant imports it. `rng` picks the sample where the whole would take seconds. */
  reference(input: I, shape: S, rng: Rng): Reference;
  /** Elements of the whole output; needed where the reference computes only a sample. */
  outputLength?(shape: S): number;
  readonly tolerance: Tolerance;
  work(shape: S): Work;
  /** Default: `f32`. */
  readonly arithmetic?: Arithmetic;
  /** What an output element depends on, for saying where an error is: `x = 1.566`. Default: its flat index. */
  where?(input: I, shape: S, index: number): string;
  /** From plain to fast. Tables measure speed against `naive`. */
  readonly variants: readonly Variant<I, S>[];
}

/** Checks the types of a kernel declaration where it stands, and forgets its input type for the list of all kernels. */
export function defineKernel<I, S extends Shape>(kernel: Kernel<I, S>): Kernel {
  return kernel as unknown as Kernel;
}

/** Checks the types of a variant declaration where it stands. */
export function defineVariant<I, S extends Shape>(variant: Variant<I, S>): Variant<I, S> {
  return variant;
}

/** `M=384,N=384,K=384`: the case part of a cell's name. */
export function caseName(shape: Shape): string {
  return Object.entries(shape)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
