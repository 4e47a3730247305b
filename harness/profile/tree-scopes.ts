/**
 * Scopes as a tree, of milliseconds or of bytes: something that grows is read at each opening and closing, twice, so that what is done
 * there itself lies between the two readings and is nobody's. What grew since the reading before is that of the innermost open scope alone.
 */
import type { ScopeHook } from '../../kernels/kernel.ts';
import { median } from '../stats/median.ts';

/** A scope by the way that leads to it: the same name below two others is two nodes. */
export interface ScopeNode {
  readonly name: string;
  /** In one outermost call, in the mean. */
  readonly calls: number;
  /** What it has grown by itself, without the scopes within: the median of all outermost calls. */
  readonly self: number;
  readonly children: readonly ScopeNode[];
}

class Node {
  readonly children = new Map<string, Node>();
  /** Of each outermost call. */
  readonly selves: number[] = [];
  self = 0;
  calls = 0;
}

export interface TreeScopesOptions {
  /** Milliseconds by default. */
  readonly read?: () => number;
  /** Whether what one reading adds itself differs from place to place, and is looked at each time: so do bytes, as code is optimised. */
  readonly isUneven?: boolean;
}

const CALIBRATION = 10_001;

export class TreeScopes implements ScopeHook {
  readonly #read: () => number;
  readonly #isUneven: boolean;
  readonly #root = new Node();
  readonly #open: Node[] = [];
  #calls = 0;
  /** The latest reading, and what a reading adds. */
  #last = 0;
  #own: number;

  constructor({ read = () => performance.now(), isUneven = false }: TreeScopesOptions = {}) {
    this.#read = read;
    this.#isUneven = isUneven;
    const steps: number[] = [];
    for (let i = 0; i < CALIBRATION; i++) steps.push(-read() + read());
    this.#own = median(steps);
  }

  begin(name: string): void {
    const around = this.#settle() ?? this.#root;
    let node = around.children.get(name);
    if (!node) {
      node = new Node();
      around.children.set(name, node);
    }
    node.calls++;
    this.#open.push(node);
    this.#mark();
  }

  end(): void {
    if (this.#settle() === undefined) throw new Error('end() without begin()');
    this.#open.pop();
    if (this.#open.length === 0) {
      this.#calls++;
      finish(this.#root, this.#calls);
    }
    this.#mark();
  }

  within<T>(name: string, work: () => T): T {
    this.begin(name);
    try {
      return work();
    } finally {
      this.end();
    }
  }

  /** The outermost scope, of which there must be one. */
  tree(): ScopeNode {
    const nodes = nodesOf(this.#root, this.#calls);
    if (nodes.length !== 1) throw new Error(`${nodes.length} outermost scopes`);
    return nodes[0]!;
  }

  /** Gives the innermost open scope what is its own. */
  #settle(): Node | undefined {
    const now = this.#read();
    const node = this.#open.at(-1);
    if (node) node.self += Math.max(0, now - this.#last - this.#own);
    return node;
  }

  #mark(): void {
    this.#last = this.#read();
    if (!this.#isUneven) return;
    const before = this.#last;
    this.#last = this.#read();
    this.#own = this.#last - before;
  }
}

/** Behind an outermost call: what it came to, also where it did not come by. */
function finish(node: Node, calls: number): void {
  for (const child of node.children.values()) {
    while (child.selves.length < calls - 1) child.selves.push(0);
    child.selves.push(child.self);
    child.self = 0;
    finish(child, calls);
  }
}

function nodesOf({ children }: Node, calls: number): ScopeNode[] {
  return [...children].map(([name, node]) => ({
    name,
    calls: node.calls / calls,
    self: median(node.selves),
    children: nodesOf(node, calls),
  }));
}
