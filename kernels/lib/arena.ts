/**
 * The one WASM memory of a process. Kernels lease a region, lay their tensors in it and give it back; modules import
 * the memory, so that nothing is copied where one kernel's output is the next one's input.
 */

/** Bytes below this belong to the constant tables of the modules: 1 KiB, then one slot of 2 KiB a module. */
export const ARENA_BASE = 1 << 18;
const PAGE = 1 << 16;
/** The most a 32-bit memory can have; a shared memory must state its maximum and modules import it with the same. */
export const MAX_PAGES = 1 << 16;
/** Cache line, and room for any vector width. */
const ALIGN = 64;
/** What stands between tensors: as a float32 a NaN, so that a tail that is read and used spoils the result. */
const SENTINEL = 0x7fc5a5c5;
/** Bytes at the start of the memory that no module and no tensor has. */
const NULL_PAGE = 1024;

export type Views = { f32: Float32Array; u8: Uint8Array; i32: Int32Array };

/** A tensor in WASM memory. Views go stale when the memory grows: ask for a fresh one at each use. */
export interface Tensor<V extends keyof Views = 'f32'> {
  /** Byte address. */
  readonly ptr: number;
  /** Elements. */
  readonly length: number;
  view(): Views[V];
}

/** A part of the memory; every tensor in it starts at a multiple of 64 bytes. */
export interface Region {
  readonly memory: WebAssembly.Memory;
  /** A copy of the given elements, or `n` elements filled with NaN, so that one left unwritten fails its check. */
  f32(content: number | ArrayLike<number>): Tensor<'f32'>;
  /** A copy, or `n` zeros. */
  u8(content: number | ArrayLike<number>): Tensor<'u8'>;
  /** A copy, or `n` zeros. */
  i32(content: number | ArrayLike<number>): Tensor<'i32'>;
  /** Gives the bytes back. */
  close(): void;
}

interface Lease {
  end: number;
  closed: boolean;
  /** Addresses of the sentinels: one in front of the first tensor and one behind each. */
  guards: number[];
}

export class Arena {
  readonly memory: WebAssembly.Memory;
  #top = ARENA_BASE;
  #open: Lease[] = [];

  constructor(shared: boolean) {
    this.memory = new WebAssembly.Memory({ initial: ARENA_BASE / PAGE, maximum: MAX_PAGES, shared });
  }

  /** Bytes of the memory that regions hold, and the tables below them. */
  get used(): number {
    return this.#top;
  }

  /** Regions are given back in any order; their bytes are used again when all above them are closed too. */
  open(): Region {
    const lease: Lease = { end: this.#top, closed: false, guards: [] };
    this.#open.push(lease);
    this.#guard(lease, this.#reserve(0));
    const place = <V extends keyof Views>(
      type: new (buffer: ArrayBufferLike, offset: number, length: number) => Views[V],
      size: number,
      content: number | ArrayLike<number>,
      empty: number,
    ): Tensor<V> => {
      if (lease.closed || lease !== this.#open.at(-1))
        throw new Error('arena: only the latest open region can allocate');
      const length = typeof content === 'number' ? content : content.length;
      const ptr = this.#reserve(length * size);
      this.#guard(lease, ptr + length * size);
      const view = () => new type(this.memory.buffer, ptr, length);
      if (typeof content === 'number') view().fill(empty);
      else view().set(content);
      return { ptr, length, view };
    };
    return {
      memory: this.memory,
      f32: (content) => place<'f32'>(Float32Array, 4, content, Number.NaN),
      u8: (content) => place<'u8'>(Uint8Array, 1, content, 0),
      i32: (content) => place<'i32'>(Int32Array, 4, content, 0),
      close: () => {
        lease.closed = true;
        while (this.#open.at(-1)?.closed) this.#open.pop();
        this.#top = this.#open.at(-1)?.end ?? ARENA_BASE;
      },
    };
  }

  /** What was written where no tensor is, or undefined. */
  damage(): string | undefined {
    if (new Uint8Array(this.memory.buffer, 0, NULL_PAGE).some((byte) => byte !== 0))
      return 'writes past an array: WASM memory at address 0';
    const view = new DataView(this.memory.buffer);
    for (const { guards } of this.#open) {
      for (const from of guards) {
        for (let i = ALIGN - 1; i >= 0; i--) {
          if (view.getUint8(from + i) !== sentinelByte(i))
            return `writes past an array: WASM memory ${i + 1} bytes behind a tensor`;
        }
      }
    }
    return undefined;
  }

  /** Fills the slack that {@link #reserve} has left at `from`. */
  #guard(lease: Lease, from: number): void {
    lease.end = this.#top;
    lease.guards.push(from);
    const bytes = new Uint8Array(this.memory.buffer, from, ALIGN);
    for (let i = 0; i < ALIGN; i++) bytes[i] = sentinelByte(i);
  }

  #reserve(bytes: number): number {
    const ptr = Math.ceil(this.#top / ALIGN) * ALIGN;
    // A vector load of a tail may reach past the last element: one line of slack keeps it inside the memory.
    const end = ptr + bytes + ALIGN;
    const missing = end - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
    this.#top = end;
    return ptr;
  }
}

/** Little-endian, as WASM memory is. */
function sentinelByte(i: number): number {
  return (SENTINEL >>> (8 * (i % 4))) & 0xff;
}
