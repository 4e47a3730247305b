/**
 * Named stretches of code, nested, and the table of what each costs. What opening and closing a scope costs is measured at
 * the start and subtracted: from the scope itself what lies between its two readings of the clock, from every scope around
 * it the whole pair. Single thread, synchronous code: a scope must not span an `await`.
 */
import type { ScopeHook } from '../../kernels/kernel.ts';
import { columns } from './frames.ts';

export interface ScopeRow {
  readonly scope: string;
  readonly calls: number;
  /** Milliseconds, without the overhead; a scope within itself counts once. */
  readonly totalMs: number;
  /** Total less that of the scopes within. */
  readonly selfMs: number;
  readonly minMs: number;
  readonly meanMs: number;
  readonly maxMs: number;
  /** Heap bytes a call, where they were measured. */
  readonly bytes?: number;
  /** Calls from each scope around it; `` is none. */
  readonly callers: Readonly<Record<string, number>>;
}

export interface ScopeTable {
  readonly rows: readonly ScopeRow[];
  /** What one pair of `begin` and `end` costs, ns. */
  readonly pairNs: number;
  /** All pairs ÷ the time within the outermost scopes, overhead included. */
  readonly overhead: number;
}

interface Entry {
  readonly name: string;
  calls: number;
  active: number;
  total: number;
  self: number;
  min: number;
  max: number;
  /** Of the samples without a collection. */
  bytes: number;
  measured: number;
  readonly callers: Map<string, number>;
}

class Frame {
  entry: Entry | undefined = undefined;
  start = 0;
  heap = 0;
  /** Corrected time of the scopes within, and how many pairs they were. */
  children = 0;
  pairs = 0;
}

export interface ScopesOptions {
  /** Milliseconds. */
  readonly clock?: () => number;
  /** Bytes in use; reading it costs a microsecond or more, so that times of such a pass are not to be shown. */
  readonly heap?: () => number;
}

const CALIBRATION = 20_000;

export class Scopes {
  readonly #clock: () => number;
  readonly #heap: (() => number) | undefined;
  readonly #entries = new Map<string, Entry>();
  readonly #frames: Frame[] = Array.from({ length: 64 }, () => new Frame());
  #depth = 0;
  /** Within a scope's own readings, and of a whole pair, ms. */
  #inner = 0;
  #pair = 0;
  #raw = 0;
  #pairs = 0;

  constructor(options: ScopesOptions = {}) {
    this.#clock = options.clock ?? (() => performance.now());
    this.#heap = options.heap;
    this.#calibrate();
  }

  /** Opens a scope within the one that is open. */
  begin(name: string): void {
    let entry = this.#entries.get(name);
    if (!entry) {
      entry = newEntry(name);
      this.#entries.set(name, entry);
    }
    if (this.#depth === this.#frames.length) this.#frames.push(new Frame());
    const frame = this.#frames[this.#depth++]!;
    frame.entry = entry;
    entry.active++;
    frame.children = 0;
    frame.pairs = 0;
    if (this.#heap) frame.heap = this.#heap();
    frame.start = this.#clock();
  }

  /** Closes the scope opened last. */
  end(): void {
    const now = this.#clock();
    if (this.#depth === 0) throw new Error('end() without begin()');
    const frame = this.#frames[--this.#depth]!;
    const entry = frame.entry!;
    const raw = now - frame.start;
    const total = Math.max(0, raw - this.#inner - frame.pairs * this.#pair);
    entry.calls++;
    entry.active--;
    if (entry.active === 0) entry.total += total;
    entry.self += Math.max(0, total - frame.children);
    if (total < entry.min) entry.min = total;
    if (total > entry.max) entry.max = total;
    if (this.#heap) {
      const grown = this.#heap() - frame.heap;
      if (grown >= 0) {
        entry.bytes += grown;
        entry.measured++;
      }
    }
    const around = this.#depth > 0 ? this.#frames[this.#depth - 1]! : undefined;
    const caller = around?.entry?.name ?? '';
    entry.callers.set(caller, (entry.callers.get(caller) ?? 0) + 1);
    if (around) {
      around.children += total;
      around.pairs += frame.pairs + 1;
    } else this.#raw += raw;
    this.#pairs++;
  }

  /** Does `work` within a scope, which closes also when it throws. */
  within<T>(name: string, work: () => T): T {
    this.begin(name);
    try {
      return work();
    } finally {
      this.end();
    }
  }

  /** Largest self time first. */
  table(): ScopeTable {
    const rows = [...this.#entries.values()]
      .filter(({ calls }) => calls > 0)
      .map((entry) => ({
        scope: entry.name,
        calls: entry.calls,
        totalMs: entry.total,
        selfMs: entry.self,
        minMs: entry.min,
        meanMs: entry.total / entry.calls,
        maxMs: entry.max,
        ...(entry.measured > 0 ? { bytes: entry.bytes / entry.measured } : {}),
        callers: Object.fromEntries(entry.callers),
      }))
      .sort((a, b) => b.selfMs - a.selfMs);
    const overhead = this.#raw === 0 ? 0 : (this.#pairs * this.#pair) / this.#raw;
    return { rows, pairNs: this.#pair * 1e6, overhead };
  }

  /** Forgets what was counted, not what a pair costs. */
  reset(): void {
    this.#entries.clear();
    this.#raw = 0;
    this.#pairs = 0;
  }

  /** Empty scopes: what they say they last is `inner`, what they take is `pair`. Median of rounds, the first ones warm up. */
  #calibrate(): void {
    const rounds = 11;
    const inners: number[] = [];
    const pairs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const start = this.#clock();
      for (let i = 0; i < CALIBRATION / rounds; i++) {
        this.begin('');
        this.end();
      }
      const { calls, total } = this.#entries.get('')!;
      // The first reading of the clock lies before the pairs, the second within what it measures.
      inners.push(total / calls);
      pairs.push((this.#clock() - start - total / calls) / calls);
      this.reset();
    }
    const middle = (values: number[]) => values.slice(rounds >> 1).sort((a, b) => a - b)[rounds >> 2]!;
    this.#inner = middle(inners);
    this.#pair = middle(pairs);
  }
}

function newEntry(name: string): Entry {
  return {
    name,
    calls: 0,
    active: 0,
    total: 0,
    self: 0,
    min: Number.POSITIVE_INFINITY,
    max: 0,
    bytes: 0,
    measured: 0,
    callers: new Map(),
  };
}

/** The table for people. Ends with a newline. */
export function scopesText({ rows, pairNs, overhead }: ScopeTable): string {
  if (rows.length === 0) return 'no scope was opened\n';
  const ms = (x: number) => String(Number(x.toPrecision(3)));
  const head = [
    'calls',
    'total ms',
    'self ms',
    'min ms',
    'mean ms',
    'max ms',
    'bytes',
    'scope',
    'called from',
  ];
  const lines = rows.map((row) => [
    ...[String(row.calls), ...[row.totalMs, row.selfMs, row.minMs, row.meanMs, row.maxMs].map(ms)],
    row.bytes === undefined ? '' : String(Math.round(row.bytes)),
    row.scope,
    Object.entries(row.callers)
      .map(([name, n]) => `${name || 'outside'} ${n}`)
      .join(', '),
  ]);
  const own = `scopes cost ${pairNs.toFixed(0)} ns each, ${(100 * overhead).toFixed(2)} % of the time: subtracted\n`;
  return `${columns([head, ...lines])}${own}`;
}

/** One for the process: a user's file may bring this module in a second time, as CommonJS. */
const KEY = Symbol.for('kernel-zoo.scopes');
const shared = globalThis as { [KEY]?: { current: ScopeHook | undefined } };
shared[KEY] ??= { current: undefined };
const place = shared[KEY];

/** The scopes of this process: what code under test opens while `zoo profile --scopes` looks, and nothing otherwise. */
export const scopes = {
  begin: (name: string): void => place.current?.begin(name),
  end: (): void => place.current?.end(),
};

/** Sends what {@link scopes} is told to `to`, or to nobody. */
export function useScopes(to: ScopeHook | undefined): void {
  place.current = to;
}
