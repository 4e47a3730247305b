/** Table value, product and sum (fused or not) each round by 2⁻²⁴ of the magnitudes that meet in an element. */
export const BOUND = 1.8e-7;
