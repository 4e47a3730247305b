/** Added to the mean of squares, inside the root, as the forward pass does. */
export const EPSILON = 1e-5;
