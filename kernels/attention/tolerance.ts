/**
 * Relative to what the reference returns as `scale`. A float32 score is a chain of D products and sums, each off by up to 2⁻²⁴ of
 * Σ |q k| / √D; D such errors add up to some √D of them, which is 8 for the heads of 64 of most models. The error of a score is a
 * relative error of its weight, and the sum of the weights moves by their mean; weights, sums and products round once more. Half as much again for the worst of
 * a hundred thousand outputs: 8.4 · 2⁻²⁴ was found where scores rise by 60 along the keys.
 */
export const BOUND = 12 * 2 ** -24;
