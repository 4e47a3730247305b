/** 128 random bits as hex, in Node and in pages: nothing measured may depend on a seed that could be known before. */
export function newSeed(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
