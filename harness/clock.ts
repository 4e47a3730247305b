/**
 * The clock of the harness, taken when it is loaded: before any kernel of a user's is, so that one which replaces
 * `performance.now` does not change what it is measured with.
 */
export const now: () => number = performance.now.bind(performance);
