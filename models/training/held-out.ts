/** The first 64 kB of the text that the model was not trained on (README.md); like the model, part of the repository alone. */
export const HELD_OUT = new URL('./held-out.txt', import.meta.url);
export const HELD_OUT_BYTES = 63_991;
