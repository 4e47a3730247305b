/**
 * A call as a tree of its scopes. What a node takes is what it takes itself and what those below it take, by construction: shares of all
 * that nodes take themselves add up to 100 %, and none is counted twice.
 */
import { columns } from './frames.ts';
import type { ScopeNode } from './tree-scopes.ts';

/** Of a typical call of the cell: of what each node takes itself the median of many calls; times in µs, bytes as allocated. */
export interface TreeNode {
  readonly name: string;
  /** A call of the cell opens it so often. */
  readonly calls: number;
  readonly selfUs: number;
  readonly us: number;
  /** Of the whole. */
  readonly selfShare: number;
  readonly share: number;
  readonly heapBytes: number;
  readonly externalBytes: number;
  readonly children: readonly TreeNode[];
}

/** What was found of a cell. */
export interface CallTree {
  readonly root: TreeNode;
  /** µs that a call takes that nobody looks into, and one that tells its steps, by turns in one process: medians. */
  readonly plainUs: number;
  readonly tracedUs: number;
  /** Calls of each. */
  readonly calls: number;
  /** Whether both gave the same output, bit for bit. */
  readonly isSame: boolean;
}

/** Three passes over the same calls, each the outermost scope of its own: of times, of bytes on the heap, of bytes outside. */
export function treeOf(times: ScopeNode, heap: ScopeNode, external: ScopeNode): TreeNode {
  const whole = sumOf(times);
  const build = (node: ScopeNode, inHeap?: ScopeNode, outside?: ScopeNode): TreeNode => {
    const below = (all: ScopeNode | undefined, name: string) =>
      all?.children.find((child) => child.name === name);
    const children = node.children.map((child) =>
      build(child, below(inHeap, child.name), below(outside, child.name)),
    );
    const sum = (of: (child: TreeNode) => number) => children.reduce((all, child) => all + of(child), 0);
    return {
      ...{ name: node.name, calls: node.calls },
      selfUs: 1000 * node.self,
      us: 1000 * node.self + sum(({ us }) => us),
      selfShare: node.self / whole,
      share: node.self / whole + sum(({ share }) => share),
      heapBytes: bytesOf(inHeap) + sum(({ heapBytes }) => heapBytes),
      externalBytes: bytesOf(outside) + sum(({ externalBytes }) => externalBytes),
      children,
    };
  };
  return build(times, heap, external);
}

/** Less than the smallest object of V8 has is what the readings leave. */
const NOISE_BYTES = 12;

function bytesOf(node: ScopeNode | undefined): number {
  const bytes = node?.self ?? 0;
  return bytes < NOISE_BYTES ? 0 : Math.round(bytes);
}

function sumOf({ self, children }: ScopeNode): number {
  return children.reduce((sum, child) => sum + sumOf(child), self);
}

/** What a node takes itself, beside its children, where it has any. */
const REST = 'else';

/** All that a tree takes, each part once. */
export function leavesOf(node: TreeNode, path: readonly string[] = []): { path: string[]; share: number }[] {
  const here = [...path, node.name];
  const own = { path: node.children.length > 0 ? [...here, REST] : here, share: node.selfShare };
  return [own, ...node.children.flatMap((child) => leavesOf(child, here))];
}

/**
 * Whole parts that add up to `total`, each less than 1 from its share of it: those with the largest remainders are rounded up
 * (Hamilton's method).
 */
export function apportion(shares: readonly number[], total: number): number[] {
  const sum = shares.reduce((a, b) => a + b, 0);
  const exact = shares.map((share) => (sum > 0 ? (share / sum) * total : 0));
  const parts = exact.map(Math.floor);
  const missing = sum > 0 ? total - parts.reduce((a, b) => a + b, 0) : 0;
  const byRemainder = exact.map((_, i) => i).sort((a, b) => exact[b]! - parts[b]! - (exact[a]! - parts[a]!));
  for (const i of byRemainder.slice(0, missing)) parts[i]!++;
  return parts;
}

/** In hundredths of a percent. */
const WHOLE = 10_000;
const percent = (parts: number) => `${(parts / 100).toFixed(2)} %`;
const LAYER = /^layer \d+$/;

/** Nodes of the same name as one, and what is below them likewise. */
function merged(nodes: readonly TreeNode[], name: string): TreeNode {
  const names = [...new Set(nodes.flatMap(({ children }) => children.map((child) => child.name)))];
  const sum = (of: (node: TreeNode) => number) => nodes.reduce((all, node) => all + of(node), 0);
  return {
    name,
    calls: sum(({ calls }) => calls),
    selfUs: sum(({ selfUs }) => selfUs),
    us: sum(({ us }) => us),
    selfShare: sum(({ selfShare }) => selfShare),
    share: sum(({ share }) => share),
    heapBytes: sum(({ heapBytes }) => heapBytes),
    externalBytes: sum(({ externalBytes }) => externalBytes),
    children: names.map((child) =>
      merged(
        nodes.flatMap(({ children }) => children.filter((each) => each.name === child)),
        child,
      ),
    ),
  };
}

/** For people: all layers as one, then layer by layer. The printed shares of what is below a node add up to the node's. Ends with a newline. */
export function treeText({ root, plainUs, tracedUs, calls, isSame }: CallTree): string {
  const layers = root.children.filter(({ name }) => LAYER.test(name));
  const change = (100 * (tracedUs / plainUs - 1)).toFixed(1);
  const lines = [
    `a call takes ${us(plainUs)} µs, one that tells its steps ${us(tracedUs)} µs (${tracedUs >= plainUs ? '+' : ''}${change} %; medians of ${calls} each, by turns); ` +
      `their outputs ${isSame ? 'are the same bit for bit' : 'DIFFER: this tree is not that of the call'}`,
    '',
    ...drawn(summed(root, layers)),
  ];
  if (layers.length > 0) lines.push('', 'layer by layer, % of the call', ...matrix(layers));
  if (root.children.length === 0) lines.push('', 'it opens no scopes: the whole call is one');
  return `${lines.join('\n').trimEnd()}\n`;
}

/** The tree with all its layers as one node, where the first of them was. */
function summed(root: TreeNode, layers: readonly TreeNode[]): TreeNode {
  if (layers.length === 0) return root;
  const all = merged(layers, layers.length === 1 ? '1 layer' : `${layers.length} layers`);
  const children = root.children.flatMap((child) => {
    if (!LAYER.test(child.name)) return [child];
    return child === layers[0] ? [all] : [];
  });
  return { ...root, children };
}

const us = (x: number) => (x >= 100 ? x.toFixed(0) : x.toPrecision(3));

function drawn(root: TreeNode): string[] {
  const rows: string[][] = [['share', 'µs a call', 'calls', 'heap bytes', 'external bytes', 'step']];
  const add = (node: TreeNode, parts: number, depth: number) => {
    const { calls, us: all, heapBytes, externalBytes, name, children } = node;
    const figures = [all, calls].map((x) => (x === 0 ? '0' : us(x)));
    figures[1] = String(Number(calls.toFixed(2)));
    rows.push([
      ...[percent(parts), ...figures, String(heapBytes), String(externalBytes)],
      `${'  '.repeat(depth)}${name}`,
    ]);
    if (children.length === 0) return;
    const below = apportion([...children.map(({ share }) => share), node.selfShare], parts);
    for (const [i, child] of children.entries()) add(child, below[i]!, depth + 1);
    rows.push([...[percent(below.at(-1)!), us(node.selfUs), '', '', ''], `${'  '.repeat(depth + 1)}${REST}`]);
  };
  add(root, WHOLE, 0);
  return columns(rows).trimEnd().split('\n');
}

/** A line for each layer, a column for each step. */
function matrix(layers: readonly TreeNode[]): string[] {
  const steps = merged(layers, '').children.map(({ name }) => name);
  const whole = apportion(
    [...layers.map(({ share }) => share), 1 - layers.reduce((sum, { share }) => sum + share, 0)],
    WHOLE,
  );
  const rows = layers.map((layer, i) => {
    const shares = steps.map((step) => layer.children.find(({ name }) => name === step)?.share ?? 0);
    const parts = apportion([...shares, layer.selfShare], whole[i]!);
    return [layer.name, (whole[i]! / 100).toFixed(2), ...parts.map((part) => (part / 100).toFixed(2)), ''];
  });
  return columns([['', 'all', ...steps, REST, ''], ...rows])
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd());
}
