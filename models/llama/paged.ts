/**
 * A cache of keys and values in pages (Kwon et al., "Efficient memory management for large language model serving with PagedAttention", 2023).
 * Pages of `size` positions, of all layers, come from one pool; a sequence is a table of pages. What that gives: a sequence takes memory as it
 * grows, at most a page too much, where a slab takes all that it might ever need; sequences that begin alike share the pages of what they have in common, and who
 * writes to a shared page first gets a copy of it.
 *
 * What it costs: attention goes through keys and values page by page, whose addresses it looks up (for each head once a page, little beside
 * the products of 16 keys), and streams through memory are no longer than a page. It pays where many sequences are held at once, of lengths that
 * nobody knows before, or with a common beginning; a single sequence of a known length is better off with a slab.
 */
import type { LlamaConfig } from './config.ts';
import type { KeysAndValues, PlacedCache } from './js.ts';

/** Positions of a page: vLLM's own choice. */
export const PAGE = 16;

/** All memory that sequences share. */
export class PagePool {
  readonly size: number;
  readonly layers: readonly KeysAndValues[];
  /** Of one page, in all layers. */
  readonly pageBytes: number;
  readonly #row: number;
  readonly #free: number[];
  /** How many sequences have each page. */
  readonly #owners: Int32Array;

  constructor({ layers, kvHeads, headSize }: LlamaConfig, pages: number, size = PAGE) {
    this.size = size;
    this.#row = kvHeads * headSize;
    this.pageBytes = 2 * 4 * layers * size * this.#row;
    const part = () => new Float32Array(pages * size * this.#row);
    this.layers = Array.from({ length: layers }, () => ({ keys: part(), values: part() }));
    // Lowest first: a pool that is used by one sequence is a slab.
    this.#free = Array.from({ length: pages }, (_, page) => pages - 1 - page);
    this.#owners = new Int32Array(pages);
  }

  /** Pages that some sequence has. */
  get used(): number {
    return this.#owners.length - this.#free.length;
  }

  isShared(page: number): boolean {
    return this.#owners[page]! > 1;
  }

  /** @throws RangeError where all are in use */
  take(): number {
    const page = this.#free.pop();
    if (page === undefined)
      throw new RangeError(`all ${this.#owners.length} pages of ${this.size} positions are in use`);
    this.#owners[page] = 1;
    return page;
  }

  share(page: number): void {
    this.#owners[page]!++;
  }

  give(page: number): void {
    if (--this.#owners[page]! === 0) this.#free.push(page);
  }

  /** Another page with the first `positions` positions of this one. @throws RangeError where all are in use */
  copy(page: number, positions: number): number {
    const to = this.take();
    const elements = this.size * this.#row;
    for (const { keys, values } of this.layers)
      for (const array of [keys, values])
        array.copyWithin(to * elements, page * elements, page * elements + positions * this.#row);
    return to;
  }
}

/** One text's part of a pool. */
export class PagedSequence implements PlacedCache {
  readonly run: number;
  readonly layers: readonly KeysAndValues[];
  readonly #pool: PagePool;
  readonly #table: number[] = [];
  /** Positions that have been written. */
  #length = 0;

  constructor(pool: PagePool) {
    this.#pool = pool;
    this.run = pool.size;
    this.layers = pool.layers;
  }

  get length(): number {
    return this.#length;
  }

  /** By position ÷ page size. */
  get table(): readonly number[] {
    return this.#table;
  }

  /**
   * Who writes to a position ends the text there: what was behind it is given back.
   * @throws RangeError behind the end of the text, or where all pages are in use: the text then ends before `position`
   */
  take(position: number): number {
    if (!(position >= 0 && position <= this.#length))
      throw new RangeError(`position ${position} of a text of ${this.#length}`);
    this.truncate(position);
    const index = Math.floor(position / this.run);
    const within = position % this.run;
    const page = this.#table[index];
    if (page === undefined) this.#table.push(this.#pool.take());
    else if (this.#pool.isShared(page)) {
      this.#table[index] = this.#pool.copy(page, within);
      this.#pool.give(page);
    }
    this.#length = position + 1;
    return this.#table[index]! * this.run + within;
  }

  placeOf(position: number): number {
    return this.#table[position / this.run]! * this.run;
  }

  /** Forgets all but the first `length` positions. */
  truncate(length: number): void {
    if (length >= this.#length) return;
    this.#length = length;
    const pages = Math.ceil(length / this.run);
    for (const page of this.#table.splice(pages)) this.#pool.give(page);
  }

  /** Another text that begins as this one: nothing is copied until one of them writes to the last page. */
  fork(): PagedSequence {
    const other = new PagedSequence(this.#pool);
    for (const page of this.#table) {
      this.#pool.share(page);
      other.#table.push(page);
    }
    other.#length = this.#length;
    return other;
  }
}
