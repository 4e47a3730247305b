/** GGUF files on disk (Node). */
import { open, rename, rm, stat } from 'node:fs/promises';
import { GgufError } from './format.ts';
import { type Gguf, openGguf } from './reader.ts';
import { type GgufContent, serializeGguf } from './writer.ts';

/**
 * Opens a file and reads its header. The caller closes it.
 * @throws GgufError where the file cannot be opened or is malformed
 */
export async function openGgufFile(path: string): Promise<Gguf> {
  const failed = (error: Error) => {
    throw new GgufError(path, `cannot be opened: ${error.message}`);
  };
  // Before it is opened: opening a pipe would wait for a writer.
  if (!(await stat(path).catch(failed)).isFile()) throw new GgufError(path, 'is no file');
  const handle = await open(path).catch(failed);
  try {
    const readInto = async (offset: number, to: Uint8Array<ArrayBuffer>) => {
      // One read may give less than was asked for, 2 GiB at most on Linux.
      for (let done = 0; done < to.length; ) {
        const { bytesRead } = await handle.read(to, done, to.length - done, offset + done);
        if (bytesRead === 0) return done;
        done += bytesRead;
      }
      return to.length;
    };
    return await openGguf({
      name: path,
      size: (await handle.stat()).size,
      readInto,
      async read(offset, length) {
        const bytes = new Uint8Array(length);
        return bytes.subarray(0, await readInto(offset, bytes));
      },
      close: () => handle.close(),
    });
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Pieces are gathered to this many bytes before they are written. */
const BUFFER = 1 << 20;

/**
 * Writes a file piece by piece. It gets its name only when it is complete, in place of one that was there.
 * @throws GgufError where the content cannot be written as it is
 */
export async function writeGgufFile(path: string, content: GgufContent): Promise<void> {
  const partial = `${path}.${process.pid}.tmp`;
  try {
    const handle = await open(partial, 'w');
    try {
      const buffer = new Uint8Array(BUFFER);
      let used = 0;
      const flush = async () => {
        await handle.writeFile(buffer.subarray(0, used));
        used = 0;
      };
      for (const piece of serializeGguf(path, content)) {
        if (used + piece.length > BUFFER) await flush();
        if (piece.length > BUFFER) await handle.writeFile(piece);
        else {
          buffer.set(piece, used);
          used += piece.length;
        }
      }
      await flush();
    } finally {
      await handle.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
