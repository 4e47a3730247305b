/** The functions that a profile charges most to, as a table. */
import { basename } from 'node:path';

export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

/** Of the inspector's protocol, as `.cpuprofile` files hold it. */
export interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  /** Node of each sample, and µs since the sample before. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** As `.heapprofile` files hold it. */
export interface HeapProfile {
  readonly head: HeapNode;
}
interface HeapNode {
  readonly callFrame: CallFrame;
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}

export interface Frame {
  readonly name: string;
  /** Milliseconds, or bytes. */
  readonly self: number;
}

/** `tile blocked.ts:18`; of WASM its name in the module; engine's own in parentheses as V8 gives them. */
function nameOf({ functionName, url, lineNumber }: CallFrame): string {
  const name = functionName || '(anonymous)';
  if (url === '') return name;
  if (url.startsWith('wasm:')) return `${name} (wasm)`;
  // TypeScript arrives at the engine as one line.
  return `${name} ${basename(url)}${lineNumber > 0 ? `:${lineNumber + 1}` : ''}`;
}

/** Starting and stopping the profiler is seen by it. */
const OWN = /^post node:inspector/;

function ranked(parts: Iterable<readonly [name: string, self: number]>): Frame[] {
  const sums = new Map<string, number>();
  for (const [name, self] of parts) if (!OWN.test(name)) sums.set(name, (sums.get(name) ?? 0) + self);
  return [...sums]
    .map(([name, self]) => ({ name, self }))
    .filter(({ self }) => self > 0)
    .sort((a, b) => b.self - a.self);
}

/**
 * Self times in ms, largest first: each sample stands for the time up to the next.
 * @param name functions of one name are one
 */
export function cpuFrames(profile: CpuProfile, name: (frame: CallFrame) => string = nameOf): Frame[] {
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, name(callFrame)]));
  return ranked(
    profile.samples.map(
      (id, i) => [names.get(id) ?? '?', Math.max(0, profile.timeDeltas[i + 1] ?? 0) / 1000] as const,
    ),
  );
}

/** Bytes allocated in each function itself, largest first. ArrayBuffers lie outside the heap: their bytes are not in it. */
export function allocationFrames({ head }: HeapProfile): Frame[] {
  const parts: [string, number][] = [];
  const open = [head];
  for (let node = open.pop(); node; node = open.pop()) {
    parts.push([nameOf(node.callFrame), node.selfSize]);
    open.push(...node.children);
  }
  return ranked(parts);
}

/** The `top` largest as a table; what each costs a call. Ends with a newline. */
export function framesText(
  frames: readonly Frame[],
  unit: 'ms' | 'bytes',
  top: number,
  calls: number,
): string {
  const sum = frames.reduce((total, { self }) => total + self, 0);
  if (sum === 0) return unit === 'bytes' ? 'nothing was allocated on the heap\n' : 'no samples\n';
  const perCall = unit === 'ms' ? 'µs a call' : 'bytes a call';
  const head = ['self', unit, perCall, 'function'];
  const lines = frames
    .slice(0, top)
    .map(({ name, self }) => [
      `${((100 * self) / sum).toFixed(1)} %`,
      unit === 'ms' ? self.toFixed(1) : String(Math.round(self)),
      String(Number((((unit === 'ms' ? 1000 : 1) * self) / calls).toPrecision(3))),
      name,
    ]);
  const rest = frames.slice(top);
  const more = rest.length > 0 ? `${rest.length} more functions\n` : '';
  return `${columns([head, ...lines])}${more}`;
}

/** Right-aligned but for the last column, two spaces between. Ends with a newline. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const last = widths.length - 1;
  return rows
    .map((row) => `${row.map((cell, i) => (i === last ? cell : cell.padStart(widths[i]!))).join('  ')}\n`)
    .join('');
}
