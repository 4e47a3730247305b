/** Measuring processes in Node: the pinned one, or another version. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { MEMORY_FLAGS } from '../memory/node.ts';
import type { FromCell, ToCell } from '../protocol.ts';
import { moduleFile } from '../root.ts';
import { LOADER } from '../typescript.ts';
import { nodeOfVersion } from './node-versions.ts';
import type { CellEvents, CellProcess, Runtime } from './runtime.ts';

/** Flags of every measuring process; part of the record. A leak ends as a failed cell, not as a machine that swaps. */
export const MEASURING_FLAGS: readonly string[] = [...MEMORY_FLAGS, '--max-old-space-size=1024'];

/** The Node of the devDependency `node`, so that results are of one V8; else the one that runs this. */
export function nodeBinary(): string {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'));
    const binary = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    if (existsSync(binary)) return binary;
  } catch {
    // Not installed: a published package has no pinned Node.
  }
  return process.execPath;
}

/** `node`: the pinned one; `node@22`: that version, fetched at the first use. */
export function openNode(name: string): Runtime {
  const binary = binaryOf(name)!;
  return {
    name,
    local: true,
    lanes: [{ start: (message, events) => startNodeCell(message, events, { binary }) }],
    close: async () => {},
  };
}

/** The program of a runtime that is Node, undefined for others. */
export function binaryOf(runtime: string): string | undefined {
  if (runtime === 'node') return nodeBinary();
  return runtime.startsWith('node@') ? nodeOfVersion(runtime.slice('node@'.length)) : undefined;
}

export interface NodeCellOptions {
  readonly binary?: string;
  /** Of the engine; an empty list: the heap that users have. */
  readonly flags?: readonly string[];
}

export function startNodeCell(
  message: ToCell,
  events: CellEvents,
  { binary = nodeBinary(), flags = MEASURING_FLAGS }: NodeCellOptions = {},
): CellProcess {
  const entry = moduleFile('harness/runtimes/node-cell.ts');
  const child: ChildProcess = spawn(binary, [...flags, ...LOADER, entry], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Fonts of error messages would end up in reasons.
    env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' },
  });
  let stderr = '';
  child.stderr!.setEncoding('utf8');
  child.stderr!.on('data', (text: string) => {
    stderr = (stderr + text).slice(-8192);
  });
  let ended = false;
  const end = (how: string) => {
    if (ended) return;
    ended = true;
    events.onExit(how);
  };
  child.on('message', (reply) => events.onMessage(reply as FromCell));
  child.on('error', (error) => end(`could not be started: ${error.message}`));
  child.on('close', (code, signal) => end(howItEnded(code, signal, stderr)));
  child.send(message, (error) => {
    // A process that died at once: `close` says how.
    void error;
  });
  return { kill: () => child.kill('SIGKILL') };
}

export function howItEnded(code: number | null, signal: string | null, stderr: string): string {
  if (/heap out of memory|Allocation failed|Array buffer allocation failed/i.test(stderr))
    return 'ran out of memory';
  const lines = stderr.split('\n').map((line) => line.trim());
  const error = lines.find((line) => /^\w*Error\b/.test(line));
  const how = signal ? `was ended by ${signal}` : `exited with code ${code}`;
  return error ? `${how}: ${error}` : how;
}
