/** Which two adjacent symbols may become one. */
export interface Joins {
  /** The number of the join of two symbols, or −1. The same number means the same result. */
  find(left: number, right: number): number;
  /** Joins of lower rank come first; of equals, the leftmost. */
  rank(join: number): number;
  /** The symbol that it makes. */
  result(join: number): number;
}

/** Joins the symbols of words. Its memory serves one word after the other: most have a handful of symbols. */
export class Merger {
  readonly #joins: Joins;
  readonly #candidates: Candidates;
  #next = new Int32Array();
  #previous = new Int32Array();
  /** Where a word's symbols are put, and found when they are joined. */
  symbols = new Int32Array();

  constructor(joins: Joins) {
    this.#joins = joins;
    this.#candidates = new Candidates(joins);
  }

  /** Makes room for a word of `n` symbols, which are to be put at the beginning of `symbols`. */
  reserve(n: number): void {
    if (n <= this.symbols.length) return;
    const room = Math.max(64, 2 * this.symbols.length, n);
    this.symbols = new Int32Array(room);
    this.#next = new Int32Array(room);
    this.#previous = new Int32Array(room);
  }

  /**
   * Joins the first `n` symbols, always the pair of lowest rank, until none is left that may be joined. Symbols are a linked
   * list, candidates a heap: this takes O(n log n), whatever they are.
   * @returns how many are left, at the beginning of `symbols`
   */
  merge(n: number): number {
    const symbols = this.symbols;
    const next = this.#next;
    const previous = this.#previous;
    const joins = this.#joins;
    const candidates = this.#candidates;
    for (let i = 0; i < n; i++) {
      next[i] = i + 1;
      previous[i] = i - 1;
      if (i > 0) this.#consider(i - 1, i);
    }
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
      if (after < n) {
        previous[after] = left;
        this.#consider(left, after);
      }
      if (previous[left]! >= 0) this.#consider(previous[left]!, left);
    }
    let count = 0;
    for (let i = 0; i < n; i = next[i]!) symbols[count++] = symbols[i]!;
    return count;
  }

  #consider(left: number, right: number): void {
    const join = this.#joins.find(this.symbols[left]!, this.symbols[right]!);
    if (join >= 0) this.#candidates.push(join, left, right);
  }
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
    const heap = this.#heap;
    heap[WIDTH * to] = heap[WIDTH * from]!;
    heap[WIDTH * to + 1] = heap[WIDTH * from + 1]!;
    heap[WIDTH * to + 2] = heap[WIDTH * from + 2]!;
  }
}
