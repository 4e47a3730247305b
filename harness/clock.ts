/**
 * The clock of the harness, taken when it is loaded: before any kernel of a user's is, so that one which replaces
 * `performance.now` does not change what it is measured with.
 */
export const now: () => number = performance.now.bind(performance);

/** Steps that are looked at: an engine that adds jitter to its clock may show a longer one first. */
const STEPS = 20;
/** A clock that is rounded to 100 ms would take two seconds: that is what an engine with such a clock costs. */
const MOST_MS = 2000;
let step: number | undefined;

/**
 * Milliseconds between two values of the clock, the least of several steps: in Node about what reading it costs, in browsers what
 * they round it to against timing attacks. **Bias:** with jitter the least step is shorter than what times are rounded to.
 */
export function clockStepMs(): number {
  if (step !== undefined) return step;
  let least = Number.POSITIVE_INFINITY;
  const start = now();
  for (let i = 0; i < STEPS && (i === 0 || now() - start < MOST_MS); i++) {
    const before = now();
    let after = before;
    while (after === before) after = now();
    least = Math.min(least, after - before);
  }
  step = least;
  return step;
}
