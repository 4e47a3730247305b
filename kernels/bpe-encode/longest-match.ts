import { ALPHABET } from '../bpe-train/words.ts';
import { defineVariant } from '../kernel.ts';
import { countedVariant } from '../lib/integers.ts';
import { OTHER_TOKENS } from './first-merge.ts';
import type { BpeEncodeInput, BpeEncodeShape } from './index.ts';

/** A vocabulary as a tree of letters. */
export interface Node {
  /** The token that ends here, or −1. */
  token: number;
  readonly next: Map<number, Node>;
}

/** The tree of all letters and of what the merges spell. */
export function vocabulary(merges: Int32Array): Node {
  const spelled: number[][] = Array.from({ length: ALPHABET }, (_, letter) => [letter]);
  for (let m = 0; 2 * m < merges.length; m++)
    spelled.push(merges[2 * m]! < 0 ? [] : [...spelled[merges[2 * m]!]!, ...spelled[merges[2 * m + 1]!]!]);
  const root: Node = { token: -1, next: new Map() };
  spelled.forEach((letters, token) => {
    let node = root;
    for (const letter of letters) {
      let next = node.next.get(letter);
      if (!next) {
        next = { token: -1, next: new Map() };
        node.next.set(letter, next);
      }
      node = next;
    }
    // Two merges may spell the same letters.
    if (node.token < 0) node.token = token;
  });
  return root;
}

/** From left to right, the longest token of the vocabulary that the letters begin with. */
export function encodeLongest(
  symbols: Int32Array,
  from: number,
  to: number,
  root: Node,
  out: Int32Array,
  at: number,
): number {
  let n = at;
  for (let i = from; i < to; ) {
    let token = -1;
    let end = i + 1;
    let node = root.next.get(symbols[i]!);
    for (let k = i + 1; node !== undefined; k++) {
      if (node.token >= 0) {
        token = node.token;
        end = k;
      }
      node = k < to ? node.next.get(symbols[k]!) : undefined;
    }
    out[n++] = token;
    i = end;
  }
  return n - at;
}

export const longestMatch = defineVariant<BpeEncodeInput, BpeEncodeShape>({
  name: 'longest-match',
  backend: 'js',
  idea: 'the longest token of the vocabulary from left to right, as WordPiece does: often fewer tokens, and not those that the merges give',
  exhibit: true,
  tolerance: {
    metric: 'abs',
    bound: OTHER_TOKENS,
    why: 'other tokens: their number is off by less than the 1001 symbols of a word, and theirs are below 27 + 256',
  },
  prepare: ({ words: { symbols, starts }, merges }, { W }) => {
    const root = vocabulary(merges);
    return countedVariant(new Int32Array(symbols.length), (out) => {
      let n = 0;
      for (let w = 0; w < W; w++) n += encodeLongest(symbols, starts[w]!, starts[w + 1]!, root, out, n);
      return n;
    });
  },
});
