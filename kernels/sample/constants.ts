/** How a token is chosen. */
export const MODES = ['greedy', 'temperature', 'top-k', 'top-p'] as const;
export type Mode = (typeof MODES)[number];

/** Logits are divided by it, but by greedy. */
export const TEMPERATURE = 0.8;
/** Tokens that top-k keeps. */
export const K = 40;
/** Share of the probability that top-p keeps. */
export const P = 0.95;

/** The same, for callers who choose them. */
export interface Settings {
  readonly temperature: number;
  readonly k: number;
  readonly p: number;
}
export const SETTINGS: Settings = { temperature: TEMPERATURE, k: K, p: P };
