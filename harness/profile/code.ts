/** The hot loop of a cell, from the machine code that V8 prints and the samples that fall on it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import type { Program } from '../runtimes/process.ts';
import { profFlags, readLog, windowTicks } from '../tiers/tiers.ts';
import type { Code } from '../tiers/v8-log.ts';
import { annotate, innermostLoops, type Kind, type Listing, type Loop, readListings } from './listing.ts';
import type { ProfileJob } from './protocol.ts';
import { look } from './start.ts';

/** Everything that compiles prints itself: the piece that ran is chosen by its address afterwards. */
const PRINT = ['--print-opt-code', '--print-wasm-code'];
/** Fewer samples than this say nothing. */
const FEW = 10;
/** Share of the samples below which a function is not what the cell is about. */
const HOT_SHARE = 0.1;

export interface HotLoop {
  readonly listing: Listing;
  readonly loop: Loop;
  /** As V8's log names the function. */
  readonly name: string;
  /** Samples of the window in this function's code, and in the loop; without samples the loop is a guess. */
  readonly samples?: { readonly all: number; readonly code: number; readonly loop: number };
  /** Samples of each instruction, by its offset. */
  readonly perOffset: ReadonlyMap<number, number>;
}

/**
 * Runs the cell in a process of its own that prints its code, and finds the loop that the samples fall on.
 * @param name part of a function's name, to look at that one instead of the hottest
 * @throws UsageError on another processor than x86-64, and where there is no optimised code or no loop
 */
export async function hotLoop(job: ProfileJob, node: Program, name?: string): Promise<HotLoop> {
  if (process.arch !== 'x64')
    throw new UsageError(`--code reads x86-64 machine code only; this is ${process.arch}`);
  const folder = mkdtempSync(join(tmpdir(), 'zoo-code-'));
  try {
    const stdout = join(folder, 'code.txt');
    const looked = await look(job, {
      binary: node.file,
      flags: [...node.flags, ...profFlags(folder), ...PRINT],
      stdout,
    });
    const [cell] = looked.cells;
    if (!cell || 'reason' in cell) throw new UsageError(cell ? cell.reason : 'the cell was not run');
    const listings = readListings(readFileSync(stdout, 'utf8'));
    rmSync(stdout);
    const ticks = windowTicks(readLog(folder), 0).flatMap(({ code, pc }) => (code ? [{ code, pc }] : []));
    return chooseLoop(listings, ticks, name);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Sample {
  readonly code: Code;
  readonly pc: number | undefined;
}

/** The loop with the most samples; of those without, the one that {@link weight} puts first. */
export function chooseLoop(listings: readonly Listing[], ticks: readonly Sample[], name?: string): HotLoop {
  const perAddress = new Map<number, Sample[]>();
  for (const tick of ticks)
    perAddress.set(tick.code.address, [...(perAddress.get(tick.code.address) ?? []), tick]);
  const named = (listing: Listing, code: Code | undefined) =>
    name === undefined || listing.name.includes(name) || code?.name.includes(name);
  const candidates = listings.flatMap((listing) => {
    const samples = perAddress.get(listing.address) ?? [];
    const code = samples[0]?.code;
    // With samples, what was not seen running is not hot.
    const ran = samples.length >= Math.max(1, HOT_SHARE * ticks.length);
    if (!named(listing, code) || (name === undefined && ticks.length >= FEW && !ran)) return [];
    return innermostLoops(listing).map((loop) => {
      const addresses = new Set(loop.map((i) => listing.instructions[i]!.address));
      const within = samples.filter(({ pc }) => pc !== undefined && addresses.has(pc));
      return { listing, loop, code, samples, within };
    });
  });
  const best = candidates.sort(
    (a, b) => b.within.length - a.within.length || weight(b.listing, b.loop) - weight(a.listing, a.loop),
  )[0];
  if (!best) {
    const hot = ranked(ticks.map(({ code }) => `${shortName(code.name)} (${code.tier})`)).slice(0, 3);
    throw new UsageError(
      name === undefined
        ? `no loop in the optimised code of this cell; what ran: ${hot.join(', ') || 'nothing that was sampled'}`
        : `no optimised code with a loop has "${name}" in its name; what ran: ${hot.join(', ')}`,
    );
  }
  const perOffset = new Map<number, number>();
  for (const { pc } of best.within) {
    const offset = best.listing.instructions[0]!.offset + (pc! - best.listing.address);
    perOffset.set(offset, (perOffset.get(offset) ?? 0) + 1);
  }
  return {
    listing: best.listing,
    loop: best.loop,
    name: shortName(best.code?.name ?? best.listing.name),
    ...(ticks.length > 0
      ? { samples: { all: ticks.length, code: best.samples.length, loop: best.within.length } }
      : {}),
    perOffset,
  };
}

/** Distinct texts, the most frequent first. */
function ranked(texts: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([text]) => text);
}

/** `matmulTiled file:///…/blocked.ts:1:210` → `matmulTiled blocked.ts`; WASM names stay. */
export function shortName(name: string): string {
  return name.replace(
    /^\s*(\S*?) ?(?:file|node):\S*?([^/\s:]+)((?::\d+)*)$/,
    (_, own: string, file: string, at: string) => (own === '' ? `${file}${at}` : `${own} ${file}`),
  );
}

/** Without samples: most vector arithmetic, then the longest. */
function weight(listing: Listing, loop: Loop): number {
  const vectors = annotate(listing, loop).filter(({ kind }) => kind === 'vector arithmetic').length;
  return vectors * 1e6 + loop.length;
}

const MARGIN: Partial<Record<Kind, string>> = {
  'vector arithmetic': 'vector',
  'vector move': 'move',
  'scalar float': 'scalar float',
  'spill store': 'SPILL store',
  'spill load': 'SPILL load',
  constant: 'CONSTANT made again',
  'bounds check': 'bounds check',
  guard: 'guard',
  integer: '',
};

/** Figures of one pass through the loop, every instruction counted once. */
export function summariseLoop(hot: Pick<HotLoop, 'listing' | 'loop'>) {
  const notes = annotate(hot.listing, hot.loop);
  const body = hot.loop.map((i) => hot.listing.instructions[i]!);
  const number = (...kinds: Kind[]) => notes.filter(({ kind }) => kinds.includes(kind)).length;
  const jumps = (kind: Kind) =>
    notes.filter((note, i) => note.kind === kind && body[i]!.mnemonic.startsWith('j')).length;
  const width = Math.max(0, ...notes.map((note) => note.width ?? 0));
  return {
    instructions: notes.length - number('nop'),
    /** Bits; 0: no vector instruction. */
    vectorWidth: width,
    vectorArithmetic: number('vector arithmetic'),
    scalarFloat: number('scalar float'),
    fused: body.filter(({ mnemonic }) => /^vfn?m(add|sub)|^vpdp|^vpmaddwd|^pmaddwd/.test(mnemonic)).length,
    loads: number('load'),
    stores: number('store'),
    spillStores: number('spill store'),
    spillLoads: number('spill load'),
    constants: body.filter(
      ({ mnemonic }, i) =>
        notes[i]!.kind === 'constant' &&
        /^v?(mov[dq]|pcmpeq)/.test(mnemonic) &&
        body[i]!.operands[0]!.startsWith('xmm'),
    ).length,
    boundsChecks: jumps('bounds check'),
    guards: jumps('guard'),
    conversions: number('conversion'),
    calls: number('call'),
  };
}

/** Summary on top, then the loop with a note in the margin of each instruction. Ends with a newline. */
export function loopText(hot: HotLoop): string {
  const s = summariseLoop(hot);
  const share = hot.samples;
  const percent = (n: number) => `${Math.round((100 * n) / Math.max(1, share?.all ?? 1))} %`;
  const vectors =
    s.vectorArithmetic > 0
      ? `${s.vectorWidth} bits, ${s.vectorArithmetic} vector operations (${s.fused} multiply-add)`
      : s.scalarFloat > 0
        ? `none: ${s.scalarFloat} operations on one number at a time`
        : 'none';
  const head = [
    `${hot.name} (${hot.listing.compiler.toLowerCase()})`,
    share
      ? `samples: ${percent(share.loop)} in this loop, ${percent(share.code)} in this function, of ${share.all}`
      : 'samples: none; the loop with the most vector operations is shown',
    `instructions an iteration: ${s.instructions} (each counted once, whichever way it goes)`,
    `vectors: ${vectors}`,
    `loads: ${s.loads}, stores: ${s.stores}`,
    `stack: ${s.spillStores} stores and ${s.spillLoads} loads (spilled registers, and arguments of JavaScript)`,
    `constants made again: ${s.constants}`,
    `bounds checks: ${s.boundsChecks}; other guards: ${s.guards}; conversions: ${s.conversions}; calls: ${s.calls}`,
  ];
  const notes = annotate(hot.listing, hot.loop);
  const body = hot.loop.map((i) => hot.listing.instructions[i]!);
  // A sample stands on the instruction that waited, not on the one that was waited for.
  const lines = body.map((i, at) => {
    const n = hot.perOffset.get(i.offset);
    const note = notes[at]!;
    const margin = MARGIN[note.kind] ?? note.kind;
    const jump = i.target === undefined ? i.text : `${i.mnemonic} +0x${i.target.toString(16)}`;
    return `${(n ? percent(n) : '').padStart(5)}  ${i.offset.toString(16).padStart(5)}  ${jump.padEnd(46)} ${margin}`.trimEnd();
  });
  return `${head.join('\n')}\n\n${lines.join('\n')}\n`;
}
