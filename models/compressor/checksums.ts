/** Checksums, against accidents and mistakes: nobody who means harm is kept out by them. */

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** CRC-32 of ISO 3309, as gzip and PNG have it. */
export function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) c = CRC[(c ^ bytes[i]!) & 0xff]! ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

/**
 * 64 bits that tell models and tables apart: two products of 32 bits a byte, mixed at the end as MurmurHash3 does it (cyrb53, in the public
 * domain, with all of its bits).
 */
export class Hash {
  #a = 0xdeadbeef | 0;
  #b = 0x41c6ce57 | 0;

  /** The memory of an array, little-endian wherever WebAssembly runs. */
  add({ buffer, byteOffset, byteLength }: ArrayBufferView): this {
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    let a = this.#a;
    let b = this.#b;
    for (let i = 0; i < bytes.length; i++) {
      a = Math.imul(a ^ bytes[i]!, 0x9e3779b1);
      b = Math.imul(b ^ bytes[i]!, 0x5f356495);
    }
    this.#a = a;
    this.#b = b;
    return this;
  }

  text(text: string): this {
    return this.add(new TextEncoder().encode(`${text.length}:${text}`));
  }

  digest(): Uint8Array {
    const [a, b] = [this.#a, this.#b];
    const mixed = (x: number, y: number) =>
      Math.imul(x ^ (x >>> 16), 0x85ebca6b) ^ Math.imul(y ^ (y >>> 13), 0xc2b2ae35);
    const out = new Uint8Array(8);
    const view = new DataView(out.buffer);
    view.setInt32(0, mixed(a, b));
    view.setInt32(4, mixed(b, a));
    return out;
  }
}

export const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
