/** A file of the server, of which a page reads the parts that it needs. */
import type { GgufSource } from '../../models/gguf/reader.ts';
import type { PageFiles } from './job.ts';

export function rangesOf({ file, path, bytes }: NonNullable<PageFiles['gguf']>): GgufSource {
  return {
    name: file,
    size: bytes,
    async read(offset, length) {
      if (length === 0) return new Uint8Array(0);
      const range = { headers: { Range: `bytes=${offset}-${offset + length - 1}` } };
      const response = await fetch(new URL(path, globalThis.location.origin), range);
      if (!response.ok) throw new Error(`${file} cannot be read: the server says ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}
