/**
 * Steps of a pass, in the order of simd.as.ts; plain loops have most of them. The products of a prompt quantise their activations
 * themselves: there it is no step of its own.
 */
export const STEPS = [
  ...(['embedding', 'norm', 'quantise activations', 'q, k, v', 'rope', 'attention'] as const),
  ...(['output projection', 'gate + up', 'swiglu', 'down', 'add', 'head', 'wait for threads'] as const),
] as const;
