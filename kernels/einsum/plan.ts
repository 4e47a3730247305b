/**
 * How a contraction of two tensors becomes products of matrices: each letter of the specification is a batch, a row, a column, or
 * a step of the depth, by the tensors that have it. With the letters of each tensor in that order it is a batched product.
 */

/** A specification: letters of a, of b and of the output, with dots between: `btd.dh.bth` is NumPy's `btd,dh->bth`. */
export interface Spec {
  readonly a: string;
  readonly b: string;
  readonly out: string;
}

/** The letters of each kind, in the order in which the loops of a batched product have them. */
export interface Plan {
  readonly batch: string;
  readonly rows: string;
  readonly columns: string;
  readonly depth: string;
}

/** @throws Error in one line for what is no specification of two operands */
export function parseSpec(text: string): Spec {
  const [, a, b, out] = /^([a-z]*)\.([a-z]*)\.([a-z]*)$/.exec(text) ?? [];
  if (a === undefined || b === undefined || out === undefined)
    throw new Error(`einsum: "${text}" is no specification: it is written like btd.dh.bth`);
  if (new Set(out).size !== out.length) throw new Error(`einsum: ${text} has a letter twice in its output`);
  for (const letter of out) {
    if (!a.includes(letter) && !b.includes(letter))
      throw new Error(`einsum: ${letter} of the output is in no operand of ${text}`);
  }
  return { a, b, out };
}

/**
 * The batched product that computes it, or undefined where none does: a letter twice in an operand is a diagonal, and one that
 * only one operand has and the output has not is a sum to be taken first.
 */
export function planOf({ a, b, out }: Spec): Plan | undefined {
  const repeated = [a, b].some((operand) => new Set(operand).size !== operand.length);
  const letters = [...new Set(a + b)];
  const lonely = letters.some((l) => !out.includes(l) && !(a.includes(l) && b.includes(l)));
  if (repeated || lonely) return undefined;
  const pick = (from: string, keep: (letter: string) => boolean) => [...from].filter(keep).join('');
  return {
    // In the order of the operands: more often it is the result that has another one.
    batch: pick(a, (l) => b.includes(l) && out.includes(l)),
    rows: pick(a, (l) => !b.includes(l)),
    columns: pick(b, (l) => !a.includes(l)),
    depth: pick(a, (l) => !out.includes(l)),
  };
}

/** The order of letters that a batched product wants of each tensor. */
export function ordersOf({ batch, rows, columns, depth }: Plan): Spec {
  return { a: batch + rows + depth, b: batch + depth + columns, out: batch + rows + columns };
}

/** The path in words: `6 products of 4 × 5, depth 8; b permuted, bhjd to bhdj`. */
export function pathOf(text: string, extent: (letter: string) => number): string {
  const spec = parseSpec(text);
  const plan = planOf(spec);
  if (!plan) return 'no product of matrices: interpreted';
  const size = (letters: string) => [...letters].reduce((n, l) => n * extent(l), 1);
  const orders = ordersOf(plan);
  const permuted = (['a', 'b', 'out'] as const)
    .filter((name) => spec[name] !== orders[name])
    .map((name) =>
      name === 'out'
        ? `; out permuted, ${orders.out} to ${spec.out}`
        : `; ${name} permuted, ${spec[name]} to ${orders[name]}`,
    );
  const count = size(plan.batch);
  const products = count === 1 ? 'a product' : `${count} products`;
  return `${products} of ${size(plan.rows)} × ${size(plan.columns)}, depth ${size(plan.depth)}${permuted.join('')}`;
}
