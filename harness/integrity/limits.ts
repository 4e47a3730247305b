/** Is a cell faster than the machine can be? Then it did not do the work. */
import { HELD_UP, type Roofline } from '../roofline/bound.ts';

/**
 * The peak of multiply-adds is measured, not known: a neighbour on the machine may have halved it. Nothing honest is
 * above 1 (see docs/method.md), so that 2 accuses nobody.
 */
const COMPUTE = 2;
/**
 * The bandwidth is that of 128-bit WASM loads and stores. Native copies (`set`, `slice`) use registers of up to 512 bits, and
 * load and store in one cycle what `work` counts twice: 4 × 2.
 */
const MEMORY = 8;

/** Beyond what an error of the peak or of the count explains (which is said of a cell from 1.1 on, see bound.ts). */
export function isBeyondBelief({
  bound,
  fraction,
  impossible,
}: Pick<Roofline, 'bound' | 'fraction' | 'impossible'>): boolean {
  if (impossible?.endsWith(HELD_UP)) return false;
  return fraction > (bound === 'compute' ? COMPUTE : MEMORY);
}
