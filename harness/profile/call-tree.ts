/** Looks into the calls of one cell: as they are, and with their steps told, by turns. */
import type { Prepared } from '../../kernels/kernel.ts';
import { collectAll } from '../memory/heap.ts';
import { median } from '../stats/median.ts';
import { scopes, useScopes } from './scopes.ts';
import { type CallTree, treeOf } from './tree.ts';
import { type ScopeNode, TreeScopes } from './tree-scopes.ts';

/** The outermost scope: a call. */
export const CALL = 'call';
/** Calls that are timed, at most: all that each step took is kept. */
const MOST = 10_000;
/** Calls whose bytes are counted, at most; each after a collection. */
const COUNTED = 30;

/**
 * Both must be warm, and of the same input.
 * @param traced opens scopes
 * @param ms how long to look at times, half of it at each; bytes take about as long again
 */
export async function callTree(plain: Prepared, traced: Prepared, ms: number): Promise<CallTree> {
  const times = new TreeScopes();
  const [alone, told]: number[][] = [[], []];
  const start = performance.now();
  do {
    const before = performance.now();
    plain.run();
    const between = performance.now();
    useScopes(times);
    scoped(traced);
    useScopes(undefined);
    alone!.push(between - before);
    told!.push(performance.now() - between);
  } while (alone!.length < 3 || (performance.now() - start < ms && alone!.length < MOST));
  const isSame = await outputsAreSame(plain, traced);
  const heap = bytes(traced, ms, () => process.memoryUsage().heapUsed);
  const external = bytes(traced, ms, () => process.memoryUsage().external);
  return {
    root: treeOf(times.tree(), heap, external),
    plainUs: 1000 * median(alone!),
    tracedUs: 1000 * median(told!),
    calls: alone!.length,
    isSame,
  };
}

function scoped(prepared: Prepared): void {
  scopes.begin(CALL);
  prepared.run();
  scopes.end();
}

function bytes(prepared: Prepared, ms: number, held: () => number): ScopeNode {
  const counter = new TreeScopes({ read: held, isUneven: true });
  const start = performance.now();
  useScopes(counter);
  for (let i = 0; i < COUNTED && (i < 3 || performance.now() - start < ms / 2); i++) {
    collectAll();
    scoped(prepared);
  }
  useScopes(undefined);
  return counter.tree();
}

/** Of one more run of each, over outputs that were spoilt before. */
async function outputsAreSame(...both: readonly Prepared[]): Promise<boolean> {
  const outputs: Uint8Array[] = [];
  for (const prepared of both) {
    prepared.poison?.(Number.NaN);
    prepared.run();
    const { buffer, byteOffset, byteLength } = await prepared.read();
    outputs.push(new Uint8Array(buffer, byteOffset, byteLength).slice());
  }
  const [a, b] = outputs as [Uint8Array, Uint8Array];
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
