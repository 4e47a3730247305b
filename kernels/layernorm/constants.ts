/** Added to the variance, inside the root: what GPT-2 uses (`layer_norm_epsilon`). */
export const EPSILON = 1e-5;
