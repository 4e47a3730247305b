/** Ranks of merges by their pairs: a hash table with open addressing in one typed array, at most half full. */
export class PairTable {
  /** Left, right and rank of each entry; left is −1 where there is none. */
  readonly #entries: Int32Array;
  readonly #mask: number;

  /** @param merges `[M, 2]`; a pair with −1 is none */
  constructor(merges: Int32Array) {
    let size = 4;
    while (size < merges.length) size *= 2;
    this.#mask = size - 1;
    this.#entries = new Int32Array(3 * size).fill(-1);
    for (let m = 0; 2 * m < merges.length; m++) {
      const left = merges[2 * m]!;
      if (left >= 0)
        this.#entries.set([left, merges[2 * m + 1]!, m], 3 * this.#slot(left, merges[2 * m + 1]!));
    }
  }

  /** The rank of the merge of a pair, or −1. */
  rank(left: number, right: number): number {
    return this.#entries[3 * this.#slot(left, right) + 2]!;
  }

  /** Where the pair stands, or where it would. */
  #slot(left: number, right: number): number {
    const entries = this.#entries;
    // Fibonacci hashing (Knuth): 2^32 over the golden ratio, and the high bits of the product.
    let slot = (Math.imul(left * 31 + right, 0x9e3779b1) >>> 12) & this.#mask;
    while (entries[3 * slot] !== -1 && !(entries[3 * slot] === left && entries[3 * slot + 1] === right))
      slot = (slot + 1) & this.#mask;
    return slot;
  }
}
