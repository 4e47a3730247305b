/** `zoo gate --base`: from flags to verdicts on the working tree against a commit. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import { againstBase } from '../ci/against-base.ts';
import { type Budgets, thresholdOf } from '../ci/budgets.ts';
import { tellGithub } from '../ci/github.ts';
import {
  formatInstructions,
  instructionsAgainst,
  instructionsExitCode,
  LEAST_CHANGE,
} from '../ci/instructions.ts';
import { pairedExitCode } from '../ci/paired.ts';
import { formatAgainst, PAIRED_FORMATS, type PairedFormat } from '../ci/paired-text.ts';
import { UsageError, unknown } from '../harness/errors.ts';
import { wantsColor } from '../reports/text.ts';
import { type SelectionOptions, toFiles, toSelection } from './selection.ts';

export interface AgainstFlags extends SelectionOptions {
  base: string;
  baseSetup?: string;
  budget: number;
  threshold?: number;
  metric: 'time' | 'instructions';
  out: string;
  format: string;
  github?: boolean;
}

/** `90s` or `5m`, in milliseconds. */
export function timeSpan(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|m|h)$/.exec(text);
  if (!match) throw new UsageError(`"${text}" is no time: write 90s, 5m or 1h`);
  return Number(match[1]) * { s: 1000, m: 60_000, h: 3_600_000 }[match[2] as 's' | 'm' | 'h'];
}

/** `3` for 3 %, as a fraction. */
export function percentage(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value < 100)) throw new UsageError(`"${text}" is no percentage: write 3 for 3 %`);
  return value / 100;
}

/** Least change of time that is named. */
export const LEAST_TIME = 0.03;

/** Measures, prints, and sets the exit code. */
export async function gateAgainst(names: string[], flags: AgainstFlags, budgets: Budgets): Promise<void> {
  if (!(PAIRED_FORMATS as readonly string[]).includes(flags.format))
    throw unknown('format', flags.format, PAIRED_FORMATS);
  if (flags.metric === 'instructions') return gateInstructions(names, flags);
  mkdirSync(flags.out, { recursive: true });
  const stamp = new Date().toISOString().replace(/\..*/, '').replaceAll(':', '-');
  const recordFiles = {
    base: join(flags.out, `${stamp}-base.jsonl`),
    candidate: join(flags.out, `${stamp}-candidate.jsonl`),
  };
  const files = toFiles(names, flags);
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once('SIGINT', interrupt);
  const progress = progressLine(flags.budget);
  try {
    const against = await againstBase({
      ...{ ref: flags.base, from: process.cwd(), recordFiles, budgetMs: flags.budget, signal: stop.signal },
      ...(flags.baseSetup ? { setup: flags.baseSetup } : {}),
      selection: toSelection(names, flags),
      files,
      threshold: (id) => thresholdOf(id, budgets, flags.threshold ?? LEAST_TIME),
      ...(flags.threads ? { threads: flags.threads } : {}),
      onProgress: progress.show,
    });
    progress.stop();
    if (flags.github) tellGithub(against, files, flags.out);
    if (stop.signal.aborted) process.stderr.write('interrupted: what was seen until then\n');
    process.stdout.write(formatAgainst(against, flags.format as PairedFormat, wantsColor(process.stdout)));
    process.stderr.write(`records: ${recordFiles.base} ${recordFiles.candidate}\n`);
    process.exitCode = stop.signal.aborted ? 130 : pairedExitCode(against.rows);
  } finally {
    progress.stop();
    process.off('SIGINT', interrupt);
  }
}

/** The same of what a call executes. */
async function gateInstructions(names: string[], flags: AgainstFlags): Promise<void> {
  const { format } = flags;
  if (format === 'junit') throw new UsageError('--metric instructions has the formats text, json and md');
  const progress = progressLine(flags.budget);
  try {
    const against = await instructionsAgainst({
      ...{ ref: flags.base, from: process.cwd(), files: toFiles(names, flags), onProgress: progress.show },
      ...(flags.baseSetup ? { setup: flags.baseSetup } : {}),
      selection: toSelection(names, flags),
      threshold: () => flags.threshold ?? LEAST_CHANGE,
    });
    progress.stop();
    process.stdout.write(formatInstructions(against, format as 'text' | 'json' | 'md'));
    process.exitCode = instructionsExitCode(against.rows);
  } finally {
    progress.stop();
  }
}

/** Seconds of the budget on a terminal; nothing in pipes. */
function progressLine(budgetMs: number) {
  if (!process.stderr.isTTY) return { show: () => {}, stop: () => {} };
  const seconds = Math.round(budgetMs / 1000);
  const bar = new SingleBar({
    format: `{bar} {value}/${seconds} s at most · {label}`,
    ...{ hideCursor: true, clearOnComplete: true, stream: process.stderr },
  });
  const started = performance.now();
  let running = false;
  return {
    show(label: string, open: number, cells: number) {
      if (!running) bar.start(seconds, 0, { label });
      running = true;
      const spent = Math.min(seconds, Math.round((performance.now() - started) / 1000));
      bar.update(spent, { label: cells > 0 ? `${label}, ${open} of ${cells} cells open` : label });
    },
    stop: () => bar.stop(),
  };
}
