/** What a verb and a process that is looked into say to each other. Plain data. */
import type { UserFiles } from '../catalogue.ts';
import type { Cell } from '../plan.ts';

/** What the process records of its own window; nothing where the engine does it, told by a flag. */
export type Capture = 'none' | 'cpu' | 'alloc' | 'gc' | 'scopes' | 'tree';

export interface ProfileJob {
  /** Of one variant. */
  readonly cells: readonly Cell[];
  readonly files: UserFiles;
  readonly threads?: number;
  readonly seed: string;
  /** Runs every case of the kernel before, as the process that measures does. */
  readonly runAll: boolean;
  /** Milliseconds of calls before the window, and within it. */
  readonly warmupMs: number;
  readonly windowMs: number;
  readonly capture: Capture;
}

export interface Window {
  /** Calls within the window, and how long they took. */
  readonly calls: number;
  readonly ms: number;
}

export type FromProfiled =
  /** The process's clock (ms) at the mark `clock` of the log. */
  | { kind: 'clock'; ms: number }
  /** `cell` is an index into the job's cells; `captured` what `capture` asks for. */
  | { kind: 'window'; cell: number; window: Window; captured: unknown }
  /** Something that may take the limit for itself starts. */
  | { kind: 'step' }
  | { kind: 'unsupported'; cell: number; reason: string }
  /** Pairs of that clock and the calls of the variant made until then, those before the windows included. */
  | { kind: 'done'; points: readonly (readonly [ms: number, calls: number])[] };
