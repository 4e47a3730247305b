/** Largest error, in ULP. */
export const ULP = 3;
