/** The defaults of PyTorch's AdamW, but for the decay, for which language models take 0.1. */
export const LR = 1e-3;
export const BETA1 = 0.9;
export const BETA2 = 0.999;
export const EPSILON = 1e-8;
export const DECAY = 0.1;
