/** A suite is data: which cells answer a question, and what they may cost. */
export interface Suite {
  readonly name: string;
  /** What a person learns from it. */
  readonly question: string;
  readonly selection: readonly SuiteEntry[];
  readonly budget: Budget;
  /** Files, from the root of the repository, of kernels that only this suite has. */
  readonly kernels?: readonly string[];
  /** What the cells of a `kernel/variant` must come out as, where that is not `ok`: a suite that tests the harness. */
  readonly expected?: Readonly<Record<string, Expectation>>;
}

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
}

/** What one cell may take in one process. */
export interface Budget {
  /** Sampling, in milliseconds. */
  readonly sampleMs: number;
  /** Warm-up before it, in milliseconds; a slow cell does at least one call. */
  readonly warmupMs: number;
  /** Samples below which sampling goes on beyond `sampleMs`. */
  readonly minSamples: number;
  /** Fresh processes a cell is measured in. */
  readonly processes: number;
  /** After this long a cell counts as hanging, in milliseconds. */
  readonly limitMs: number;
}
