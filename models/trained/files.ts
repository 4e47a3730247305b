/** The trained model, which is part of the repository and not of the package (models/training/README.md). */
export const TRAINED = new URL('./kjv-bytes-f16.gguf', import.meta.url);
