/** A stream, or a model, that cannot be worked with: one line that says why. */
export class CompressorError extends Error {
  override name = 'CompressorError';
}
