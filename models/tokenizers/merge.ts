/** Which two adjacent symbols may become one. */
export interface Joins {
  /** The number of the join of two symbols, or −1. The same number means the same result. */
  find(left: number, right: number): number;
  /** Joins of lower rank come first; of equals, the leftmost. */
  rank(join: number): number;
  /** The symbol that it makes. */
  result(join: number): number;
}

/**
 * Joins symbols, always the pair of lowest rank, until none is left that may be joined. Symbols are a linked list, candidates a
 * heap: n symbols take O(n log n), whatever they are.
 * @param symbols overwritten
 * @returns how many are left, at the beginning of `symbols`
 */
export function merge(symbols: Int32Array, joins: Joins): number {
  const n = symbols.length;
  const next = Int32Array.from(symbols, (_, i) => i + 1);
  const previous = Int32Array.from(symbols, (_, i) => i - 1);
  const candidates = new Candidates(joins);
  const consider = (left: number, right: number) => {
    if (left < 0 || right >= n) return;
    const join = joins.find(symbols[left]!, symbols[right]!);
    if (join >= 0) candidates.push(join, left, right);
  };
  for (let i = 1; i < n; i++) consider(i - 1, i);
  while (candidates.length > 0) {
    const { join, left, right } = candidates;
    candidates.pop();
    // One of the two may have been joined with another since; what was joined to its left is −1.
    if (symbols[left]! < 0 || next[left] !== right || joins.find(symbols[left]!, symbols[right]!) !== join)
      continue;
    symbols[left] = joins.result(join);
    symbols[right] = -1;
    const after = next[right]!;
    next[left] = after;
    if (after < n) previous[after] = left;
    consider(previous[left]!, left);
    consider(left, after);
  }
  let count = 0;
  for (let i = 0; i < n; i = next[i]!) symbols[count++] = symbols[i]!;
  return count;
}

/** Integers of a candidate in the heap: join, left symbol, right symbol. */
const WIDTH = 3;

/** A binary heap of pairs, the one to be joined first at the top. */
class Candidates {
  readonly #joins: Joins;
  #heap = new Int32Array(WIDTH * 32);
  length = 0;

  constructor(joins: Joins) {
    this.#joins = joins;
  }

  // The top.
  get join(): number {
    return this.#heap[0]!;
  }
  get left(): number {
    return this.#heap[1]!;
  }
  get right(): number {
    return this.#heap[2]!;
  }

  push(join: number, left: number, right: number): void {
    if (WIDTH * this.length === this.#heap.length) {
      const larger = new Int32Array(2 * this.#heap.length);
      larger.set(this.#heap);
      this.#heap = larger;
    }
    const heap = this.#heap;
    let i = this.length++;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.#before(join, left, heap[WIDTH * parent]!, heap[WIDTH * parent + 1]!)) break;
      this.#put(i, parent);
      i = parent;
    }
    heap[WIDTH * i] = join;
    heap[WIDTH * i + 1] = left;
    heap[WIDTH * i + 2] = right;
  }

  pop(): void {
    const heap = this.#heap;
    const last = --this.length;
    const join = heap[WIDTH * last]!;
    const left = heap[WIDTH * last + 1]!;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= last) break;
      const other = child + 1;
      if (
        other < last &&
        this.#before(
          heap[WIDTH * other]!,
          heap[WIDTH * other + 1]!,
          heap[WIDTH * child]!,
          heap[WIDTH * child + 1]!,
        )
      )
        child = other;
      if (!this.#before(heap[WIDTH * child]!, heap[WIDTH * child + 1]!, join, left)) break;
      this.#put(i, child);
      i = child;
    }
    this.#put(i, last);
  }

  #before(join: number, left: number, otherJoin: number, otherLeft: number): boolean {
    const rank = this.#joins.rank(join);
    const otherRank = this.#joins.rank(otherJoin);
    return rank < otherRank || (rank === otherRank && left < otherLeft);
  }

  #put(to: number, from: number): void {
    this.#heap.copyWithin(WIDTH * to, WIDTH * from, WIDTH * from + WIDTH);
  }
}
