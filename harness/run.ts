/** The runner: every cell of a plan in its runtime, and a record for each whatever happens to its process. */
import { availableParallelism, cpus } from 'node:os';
import { usesGpu } from '../kernels/lib/peer.ts';
import type { UserFiles } from './catalogue.ts';
import { oneLine } from './errors.ts';
import { makeRecord } from './make-record.ts';
import { type Origin, originOf } from './origin.ts';
import type { Cell, Group, Plan } from './plan.ts';
import type { CellResult } from './protocol.ts';
import {
  appendRecord,
  type HostInfo,
  replaceLastRecords,
  type TierSummary,
  type ZooRecord,
} from './record.ts';
import { rebind } from './roofline/bound.ts';
import { bestOf, type Resource, resourceOf } from './roofline/peaks.ts';
import { openRuntime } from './runtimes/index.ts';
import type { Lane, Runtime, RuntimeOptions } from './runtimes/runtime.ts';
import { type Turn, turnsOf } from './schedule.ts';
import { newSeed } from './seed.ts';
import { measureGroup, type Probe, probe } from './supervise.ts';
import { traceTiers } from './tiers/tiers.ts';
import type { Engine } from './timing/sample.ts';

export interface RunOptions extends Omit<RuntimeOptions, 'files'> {
  /** Records are appended to it as they are made. */
  readonly file: string;
  readonly files: UserFiles;
  readonly engine: Engine;
  readonly threads?: number;
  /** Measure bytes a call (default true). */
  readonly memory?: boolean;
  /** Find the tier of the timed code, in a process of its own for each variant (default: as the suite says). */
  readonly tiers?: boolean;
  /** A software GPU is measured in every process; else in one, for its accuracy. */
  readonly softwareGpu?: boolean;
  /** Records of an earlier, interrupted run: their cells are not measured again. */
  readonly done?: readonly ZooRecord[];
  onProgress?(progress: Progress): void;
  /** Stops at once; the cell in hand gets no record. */
  readonly signal?: AbortSignal;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What is being done. */
  readonly label: string;
}

/** A lane, with what is known of the machine and engine behind it. */
interface Site {
  readonly lane: Lane;
  readonly local: boolean;
  readonly resources: readonly Resource[];
  /** Or why it could not be had: all cells fail for that reason. */
  readonly probe: Probe | { readonly reason: string };
  readonly records: Set<ZooRecord>;
}

/**
 * Measures the whole plan and returns its records, those of `done` included.
 * @throws UsageError before anything is measured, where a runtime is not to be had
 */
export async function run(plan: Plan, options: RunOptions): Promise<ZooRecord[]> {
  const turns = turnsOf(plan, options.done ?? []);
  if (turns.length === 0) return [...(options.done ?? [])];
  const runtimes: Runtime[] = [];
  try {
    for (const name of new Set(turns.map(({ group }) => group.runtime))) {
      runtimes.push(await openRuntime(name, options));
    }
    return await new Run(plan, options, turns).measure(runtimes);
  } finally {
    for (const runtime of runtimes) await runtime.close();
  }
}

class Run {
  readonly #plan: Plan;
  readonly #options: RunOptions;
  readonly #turns: readonly Turn[];
  readonly #records: ZooRecord[];
  readonly #origin: Origin;
  readonly #tiers = new Map<string, ReadonlyMap<string, TierSummary>>();
  readonly #total: number;
  #done = 0;

  constructor(plan: Plan, options: RunOptions, turns: readonly Turn[]) {
    this.#plan = plan;
    this.#options = options;
    this.#origin = originOf(options.files);
    this.#turns = turns;
    this.#records = [...(options.done ?? [])];
    this.#total = turns.reduce((sum, { group }) => sum + group.cells.length, 0);
  }

  /** Runtimes of this machine take turns; the others measure meanwhile. */
  async measure(runtimes: readonly Runtime[]): Promise<ZooRecord[]> {
    const started = performance.now();
    const local = new Map<string, Site>();
    for (const { name, lanes } of runtimes.filter((runtime) => runtime.local)) {
      local.set(name, await this.#open(name, lanes[0]!, true));
    }
    const remote = runtimes.filter((runtime) => !runtime.local).map((runtime) => this.#measureApart(runtime));
    for (const turn of this.#turns) {
      const site = local.get(turn.group.runtime);
      if (site) await this.#take(turn, site);
    }
    const sites = [...local.values(), ...(await Promise.all(remote)).flat()];
    if (!this.#stopped && performance.now() - started >= SAME_MOMENT_MS) await this.#settlePeaks(sites);
    return this.#records;
  }

  get #stopped(): boolean {
    return this.#options.signal?.aborted ?? false;
  }

  /** All lanes at once, a kernel at a time, so that the variants of one kernel are measured on one machine. */
  async #measureApart({ name, lanes }: Runtime): Promise<Site[]> {
    const queue = new Map<string, Turn[]>();
    for (const turn of this.#turns) {
      if (turn.group.runtime !== name) continue;
      queue.set(turn.group.subject, [...(queue.get(turn.group.subject) ?? []), turn]);
    }
    const left = [...queue.values()];
    const work = async (site: Site): Promise<void> => {
      for (let turns = left.shift(); turns; turns = left.shift()) {
        while (turns.length > 0) {
          const rest = await this.#take(turns[0]!, site);
          if (rest.length === 0) {
            turns.shift();
            continue;
          }
          // The others take over what this one leaves.
          turns[0] = { ...turns[0]!, group: { ...turns[0]!.group, cells: rest } };
          left.push(turns);
          return;
        }
      }
    };
    const sites = await Promise.all(
      lanes.map(async (lane) => {
        const site = await this.#open(name, lane, false);
        await work(site);
        return site;
      }),
    );
    // Left by one that was lost when the others were done already.
    const there = () => sites.filter(({ lane }) => lane.lost === undefined);
    while (left.length > 0 && there().length > 0 && !this.#stopped) await Promise.all(there().map(work));
    const lost = lanes.find((lane) => lane.lost !== undefined)?.lost;
    for (const turn of this.#stopped ? [] : left.flat()) {
      const host = 'host' in sites[0]!.probe ? sites[0]!.probe.host : unknownHost(name);
      for (const cell of turn.group.cells)
        this.#emit(turn, sites[0]!, cell, { status: 'failed', reason: `no node is left: ${lost}`, host });
    }
    return sites;
  }

  async #open(name: string, lane: Lane, local: boolean): Promise<Site> {
    const groups = this.#turns.filter(({ group }) => group.runtime === name);
    const resources = [...new Set(groups.map(({ group }) => resourceOf(group)))];
    this.#progress(`peaks in ${name}`);
    try {
      const ask = () => probe(lane, resources, this.#options.threads);
      // An engine that crashes now and then (WebKit does) would fail every cell for it.
      const found = await ask().catch((error) => (lane.lost === undefined ? ask() : Promise.reject(error)));
      const host = { ...found.host, runtime: name };
      return { lane, local, resources, probe: { ...found, host }, records: new Set() };
    } catch (error) {
      return { lane, local, resources, probe: { reason: oneLine(error) }, records: new Set() };
    }
  }

  /** @returns cells that were not measured, because the lane was lost or the run stopped */
  async #take(turn: Turn, site: Site): Promise<readonly Cell[]> {
    const { group, replicate } = turn;
    if (this.#stopped) return group.cells;
    const { probe: probed, lane } = site;
    const emit = (cell: Cell, result: CellResult) => this.#emit(turn, site, cell, result);
    if (!('host' in probed)) {
      if (lane.lost !== undefined) return group.cells;
      const host = unknownHost(group.runtime);
      for (const cell of group.cells) emit(cell, { status: 'failed', reason: probed.reason, host });
      return [];
    }
    // A software adapter is measured for its accuracy: one process of it says all.
    const software = usesGpu(group) && probed.host.gpuIsSoftware === true;
    if (replicate > 0 && software && !this.#options.softwareGpu) {
      this.#done += group.cells.length;
      return [];
    }
    await this.#findTiers(group);
    this.#progress(group.cells[0]!.id);
    const { engine, files, threads, memory = true } = this.#options;
    // One process of each variant checks all cases and counts bytes; the others check what they time.
    const first = replicate === 0;
    const job = {
      ...{ budget: this.#plan.budget, engine, files, ...(threads ? { threads } : {}), peaks: probed.peaks },
      ...{ checkAll: first, memory: first && memory },
    };
    return measureGroup(lane, job, group, probed.host, { signal: this.#options.signal }, emit);
  }

  /** What the engine did with a variant, from a process of its own; asked once for all processes of its cells. */
  async #findTiers(group: Group): Promise<void> {
    const name = tierKey(group);
    const { budget } = this.#plan;
    if (this.#tiers.has(name) || (this.#options.tiers ?? budget.tiers) === false) return;
    this.#progress(`tiers of ${group.subject}/${group.variant}`);
    const { files, threads, signal } = this.#options;
    const seed = newSeed();
    this.#tiers.set(
      name,
      await traceTiers(group, { budget, files, seed, ...(threads ? { threads } : {}), signal }),
    );
  }

  #emit({ group, replicate }: Turn, site: Site, cell: Cell, result: CellResult): void {
    const record = makeRecord({
      ...{ cell, result, replicate, suite: this.#plan.suite, runtime: group.runtime, origin: this.#origin },
      start: site.local ? ('host' in site.probe ? site.probe.host : result.host) : undefined,
      tier: this.#tiers.get(tierKey(group))?.get(cell.case),
      shard: this.#plan.shard,
    });
    appendRecord(this.#options.file, record);
    this.#records.push(record);
    site.records.add(record);
    this.#done++;
    this.#progress(cell.id);
  }

  #progress(label: string): void {
    this.#options.onProgress?.({ done: this.#done, total: this.#total, label });
  }

  /**
   * Peaks measured in a noisy moment are too low: they are measured again at the end, and what this run made is held against the
   * better of the two. A probe that fails here leaves the records as they are.
   */
  async #settlePeaks(sites: readonly Site[]): Promise<void> {
    this.#progress('peaks once more');
    const from = this.#options.done?.length ?? 0;
    let settled = this.#records.slice(from);
    for (const { lane, resources, probe: before, records } of sites) {
      if (!('host' in before)) continue;
      const again = await probe(lane, resources, this.#options.threads).catch(() => undefined);
      if (!again) continue;
      const best = bestOf(before.peaks, again.peaks);
      settled = settled.map((record, i) =>
        records.has(this.#records[from + i]!) ? rebind(record, best) : record,
      );
    }
    if (settled.every((record, i) => record === this.#records[from + i])) return;
    replaceLastRecords(this.#options.file, settled);
    this.#records.splice(from, settled.length, ...settled);
  }
}

/** After a shorter run, peaks would be measured again in the same moment. */
const SAME_MOMENT_MS = 5000;

function tierKey({ runtime, subject, variant }: Group): string {
  return `${runtime} ${subject}/${variant}`;
}

/** Of an engine that did not even say what it is. */
function unknownHost(runtime: string): HostInfo {
  const all = cpus();
  return {
    ...{ runtime, version: 'unknown', engine: 'unknown', engineVersion: 'unknown' },
    ...{ cpu: all[0]?.model.trim() ?? 'unknown', cores: all.length, threads: availableParallelism() },
    ...{ simd: false, relaxedSimd: false, flags: [] },
  };
}
