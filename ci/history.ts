/**
 * Records by commit, append-only: a folder for each commit, in it a file for each run, named by a hash of what it holds. What two jobs
 * write at once has different names, or the same name and the same content, so that adding both is never a conflict.
 *
 * `history.json` says that a folder or branch is a history, and of which form; `<commit>/commit.json` what git says of the commit, so that
 * a history can be read without its repository; `<commit>/<run>.jsonl` are records as `zoo bench` writes them.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { oneLine, UsageError } from '../harness/errors.ts';
import { parseRecords, type ZooRecord } from '../harness/record.ts';
import { groupBy } from '../reports/rows.ts';
import type { CommitInfo, CommitRecords } from '../reports/trends.ts';

/** Texts by their paths within the history, with `/`. */
export type HistoryFiles = ReadonlyMap<string, string>;

export interface HistoryStore {
  /** For messages. */
  readonly name: string;
  /** @throws UsageError where there is no history */
  read(): HistoryFiles;
  /**
   * Adds what is not there yet.
   * @returns how many files were new
   */
  add(files: HistoryFiles): number;
}

export const MARKER = 'history.json';
const MARKER_TEXT = `${JSON.stringify({ schema: 1 })}\n`;
const markerSchema = z.object({ schema: z.literal(1) });

const commitSchema = z.object({
  commit: z.string(),
  subject: z.string().optional(),
  authored: z.string().optional(),
  committed: z.string().optional(),
});

/** Where a run lies: 64 bits of the content's hash, so that the same run twice is one file. */
function runFile(commit: string, text: string): string {
  return `${commit}/${createHash('sha256').update(text).digest('hex').slice(0, 16)}.jsonl`;
}

export interface Entries {
  readonly files: HistoryFiles;
  readonly commits: readonly string[];
  readonly records: number;
  /** Commits that the repository does not know, so that only their records tell when they were. */
  readonly unknown: readonly string[];
}

/**
 * The files of a history that records make.
 * @param from folder within the repository that the commits are of
 * @throws UsageError for records without a commit, or of a tree that was not as committed unless `allowDirty`
 */
export function entriesOf(records: readonly ZooRecord[], from: string, allowDirty = false): Entries {
  const lacking = records.filter(({ host }) => host.commit === undefined);
  if (lacking.length > 0)
    throw new UsageError(
      `${lacking.length} of ${records.length} records name no commit, and a history is one of commits: ${lacking[0]!.id}`,
    );
  const dirty = records.filter(({ host }) => host.dirty);
  if (dirty.length > 0 && !allowDirty)
    throw new UsageError(
      `${dirty.length} of ${records.length} records are of a tree with changes that were not committed, so that their commit does not say what was measured; --allow-dirty adds them, marked`,
    );
  const files = new Map([[MARKER, MARKER_TEXT]]);
  const unknown: string[] = [];
  const commits = groupBy(records, ({ host }) => host.commit!);
  for (const [commit, own] of commits) {
    const text = own.map((record) => `${JSON.stringify(record)}\n`).join('');
    files.set(runFile(commit, text), text);
    const info = commitInfo(commit, from);
    if (info) files.set(`${commit}/commit.json`, `${JSON.stringify(info, null, 2)}\n`);
    else unknown.push(commit);
  }
  return { files, commits: [...commits.keys()], records: records.length, unknown };
}

/** What git says of a commit; undefined where it does not know it. */
export function commitInfo(commit: string, from: string): CommitInfo | undefined {
  try {
    const text = execFileSync('git', ['log', '-1', '--format=%H%n%aI%n%cI%n%s', commit, '--'], {
      ...{ cwd: from, encoding: 'utf8', stdio: 'pipe' },
    });
    const [hash, authored, committed, subject] = text.split('\n');
    return { commit: hash!, subject: subject!, authored: authored!, committed: committed! };
  } catch {
    return undefined;
  }
}

/**
 * The runs of a history, those of a commit together; a record that several runs hold counts once. In the order of their commits' dates;
 * commits of one second as git orders them, where it knows them.
 * @param from folder within the repository, if there is one
 * @throws UsageError, naming the file, for what is no history
 */
export function readHistory(store: HistoryStore, from: string): CommitRecords[] {
  const files = store.read();
  const infos = new Map<string, CommitInfo>();
  const records = new Map<string, Map<string, ZooRecord>>();
  for (const [path, text] of files) {
    const at = `${store.name}: ${path}`;
    const [, commit, name] = /^([0-9a-f]{7,64})\/([^/]+)$/.exec(path) ?? [];
    if (path === MARKER) parseJson(text, at, markerSchema);
    else if (commit && name === 'commit.json') infos.set(commit, parseJson(text, at, commitSchema));
    else if (commit && name?.endsWith('.jsonl')) {
      const known = records.get(commit) ?? new Map<string, ZooRecord>();
      records.set(commit, known);
      for (const record of parseRecords(text, at)) {
        if (record.host.commit !== commit)
          throw new UsageError(`${at}: holds a record of another commit, ${record.host.commit ?? 'none'}`);
        known.set(JSON.stringify(record), record);
      }
    }
  }
  const entries = [...records].map(([commit, own]) => {
    const info = infos.get(commit) ?? { commit };
    const measured = [...own.values()].map(({ at }) => at).sort()[0];
    return { info, records: [...own.values()], time: Date.parse(info.committed ?? measured ?? '') };
  });
  const place = ancestry(entries, from);
  return entries
    .sort((a, b) => a.time - b.time || place(a.info.commit) - place(b.info.commit))
    .map(({ info, records: own }) => ({ ...info, records: own }));
}

function parseJson<T>(text: string, at: string, schema: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UsageError(`${at}: not JSON`);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new UsageError(`${at}: ${issue.path.join('.')}: ${issue.message}`);
}

/** Places of commits among their ancestors, asked for only where dates do not tell: scripts commit several times a second. */
function ancestry(
  entries: readonly { info: CommitInfo; time: number }[],
  from: string,
): (commit: string) => number {
  if (new Set(entries.map(({ time }) => time)).size === entries.length) return () => 0;
  try {
    const commits = entries.map(({ info }) => info.commit);
    const text = execFileSync(
      'git',
      ['rev-list', '--topo-order', '--reverse', '--ignore-missing', '--stdin'],
      {
        ...{ cwd: from, encoding: 'utf8', stdio: 'pipe', input: commits.join('\n'), maxBuffer: 2 ** 30 },
      },
    );
    const places = new Map(text.split('\n').map((commit, i) => [commit, i]));
    return (commit) => places.get(commit) ?? -1;
  } catch {
    return () => 0; // no repository: as they were read
  }
}

/** A history in a folder, which may be committed with the rest or kept by a CI's cache. */
export function folderStore(folder: string): HistoryStore {
  return {
    name: folder,
    read() {
      if (!existsSync(join(folder, MARKER)))
        throw new UsageError(`no history in ${folder}: zoo history add makes one`);
      const paths = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, '/').length));
      return new Map(
        paths.sort().map((path) => [path.replaceAll('\\', '/'), readFileSync(join(folder, path), 'utf8')]),
      );
    },
    add(files) {
      const fresh = [...files].filter(([path]) => !existsSync(join(folder, path)));
      try {
        for (const [path, text] of fresh) {
          const file = join(folder, path);
          mkdirSync(dirname(file), { recursive: true });
          // Beside and renamed: a job that reads meanwhile sees whole files.
          writeFileSync(`${file}.${process.pid}.tmp`, text);
          renameSync(`${file}.${process.pid}.tmp`, file);
        }
      } catch (error) {
        throw new UsageError(`cannot write the history: ${oneLine(error)}`);
      }
      return fresh.length;
    },
  };
}
