/** What a pass may ask of a model that is loaded, whatever it runs on. */

/** @throws RangeError for more tokens than a pass has room for, or a position that the cache has none for */
export function checkPass(
  count: number,
  position: number,
  { batch, capacity }: { readonly batch: number; readonly capacity: number },
): void {
  if (count < 1 || count > batch)
    throw new RangeError(`a pass of ${count} tokens; this model was loaded for 1 to ${batch}`);
  if (!(position >= 0 && position + count <= capacity))
    throw new RangeError(`${count} tokens at position ${position} of a cache for ${capacity}`);
}

/** @throws RangeError for one that is not in the vocabulary */
export function checkToken(token: number, { vocabulary }: { readonly vocabulary: number }): void {
  if (!(token >= 0 && token < vocabulary))
    throw new RangeError(`token ${token} is not in a vocabulary of ${vocabulary}`);
}
