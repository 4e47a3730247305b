/** Added to the variance, inside the root, as the forward pass does. */
export const EPSILON = 1e-5;
