/**
 * Quantised weights as the loops of qmatvec.as.ts and qmatmul.as.ts read them (AssemblyScript): made once, when a model is
 * loaded, from blocks as a GGUF file stores them.
 *
 * Eight rows are a group. A group is stored block after block along the rows; in a block of 32 weights come first the scales of
 * its eight rows, then 8 steps with four weights of each row. So a loop only reads forward, a lane is a row, and no sum
 * goes across lanes. Rows that are missing in the last group are zeros. Nothing is added to what the file stores (but to Q4_K
 * 3 %), since a product with a vector takes as long as reading the weights does.
 *
 * - Q8_0, 272 bytes: 8 halves d; a step is 16 bytes of rows 0–3 and 16 of rows 4–7
 * - Q4_0, 144 bytes: 8 halves d; a step is 16 bytes, rows 0–3 in the low and rows 4–7 in the high nibbles
 * - Q4_K, 1184 bytes for 256 weights: 8 halves d, 8 halves dmin; eight times 8 bytes of scales, 8 of minima, and steps as in Q4_0
 */
import { loadHalf } from './f16.as';

export const Q8_0_GROUP: usize = 272;
export const Q4_0_GROUP: usize = 144;
export const Q4_K_GROUP: usize = 1184;

/** Groups of eight rows, the last of which may lack some. */
// @ts-ignore: decorator
@inline
export function groupsOf(N: i32): i32 {
  return (N + 7) >> 3;
}

/** What makes four signed bytes q of Q8_0 four unsigned ones, q + 128; 0 leaves them. */
export const PLUS_128: u32 = 0x80808080;

/** `N` rows of `K` weights of Q8_0; `flip`: 0, or {@link PLUS_128}. */
export function packQ8_0(blocks: usize, packed: usize, N: i32, K: i32, flip: u32 = 0): void {
  const count = K >> 5;
  for (let g = 0; g < groupsOf(N); g++) {
    for (let b = 0; b < count; b++) {
      const out = packed + usize(g * count + b) * Q8_0_GROUP;
      for (let r = 0; r < 8; r++) {
        const row = 8 * g + r;
        const p = blocks + (usize(row) * usize(count) + usize(b)) * 34;
        const missing = row >= N;
        store<u16>(out + (usize(r) << 1), missing ? 0 : load<u16>(p));
        let o = out + 16 + (usize(r) << 2);
        for (let i: usize = 0; i < 32; i += 4, o += 32) store<u32>(o, missing ? 0 : load<u32>(p + i, 2) ^ flip);
      }
    }
  }
}

/** Four nibbles of each row, one a byte, to the step at `out`: of rows 0 to 3 the low nibbles, of the others the high ones. */
// @ts-ignore: decorator
@inline
function putNibbles(out: usize, r: i32, nibbles: u32): void {
  const at = out + (usize(r & 3) << 2);
  store<u32>(at, r < 4 ? nibbles : load<u32>(at) | (nibbles << 4));
}

/** `N` rows of `K` weights of Q4_0. */
export function packQ4_0(blocks: usize, packed: usize, N: i32, K: i32): void {
  const count = K >> 5;
  for (let g = 0; g < groupsOf(N); g++) {
    for (let b = 0; b < count; b++) {
      const out = packed + usize(g * count + b) * Q4_0_GROUP;
      for (let r = 0; r < 8; r++) {
        const row = 8 * g + r;
        const p = blocks + (usize(row) * usize(count) + usize(b)) * 18;
        const missing = row >= N;
        store<u16>(out + (usize(r) << 1), missing ? 0 : load<u16>(p));
        for (let i: usize = 0; i < 4; i++) {
          const bytes = missing ? 0 : load<u32>(p + (i << 2), 2);
          putNibbles(out + 16 + (i << 4), r, bytes & 0x0f0f0f0f);
          putNibbles(out + 80 + (i << 4), r, (bytes >> 4) & 0x0f0f0f0f);
        }
      }
    }
  }
}

/** `N` rows of `K` weights of Q4_K. */
export function packQ4_K(blocks: usize, packed: usize, N: i32, K: i32): void {
  const count = K >> 8;
  for (let g = 0; g < groupsOf(N); g++) {
    for (let b = 0; b < count; b++) {
      const out = packed + usize(g * count + b) * Q4_K_GROUP;
      for (let r = 0; r < 8; r++) {
        const row = 8 * g + r;
        const p = blocks + (usize(row) * usize(count) + usize(b)) * 144;
        const missing = row >= N;
        store<u16>(out + (usize(r) << 1), missing ? 0 : load<u16>(p));
        store<u16>(out + (usize(r) << 1), missing ? 0 : load<u16>(p, 2), 16);
        for (let j: usize = 0; j < 8; j++) {
          // Six bits each: the first four scales and minima have a byte, the bits of the others are spread over three bytes.
          const s = p + 4 + j;
          let scale: u32 = 0;
          let minimum: u32 = 0;
          if (!missing && j < 4) {
            scale = load<u8>(s) & 63;
            minimum = load<u8>(s, 4) & 63;
          } else if (!missing) {
            scale = (load<u8>(s, 4) & 15) | ((load<u8>(s - 4) >> 6) << 4);
            minimum = (load<u8>(s, 4) >> 4) | ((load<u8>(s) >> 6) << 4);
          }
          const o = out + 32 + j * 144;
          store<u8>(o + usize(r), scale);
          store<u8>(o + usize(r), minimum, 8);
          const quants = p + 16 + ((j >> 1) << 5);
          for (let i: usize = 0; i < 8; i++) {
            const bytes = missing ? 0 : load<u32>(quants + (i << 2)) >> ((u32(j) & 1) << 2);
            putNibbles(o + 16 + (i << 4), r, bytes & 0x0f0f0f0f);
          }
        }
      }
    }
  }
}

/** Row `row` of `K` weights of Q8_0, packed with this `flip`, as floats: an embedding, of a matrix that is also the head. */
export function unpackQ8_0(packed: usize, row: i32, K: i32, out: usize, flip: u32 = 0): void {
  const count = K >> 5;
  const r = usize(row & 7);
  let p = packed + usize((row >> 3) * count) * Q8_0_GROUP;
  for (let b = 0; b < count; b++, p += Q8_0_GROUP) {
    const d = loadHalf(p + (r << 1));
    for (let i: usize = 0; i < 32; i++, out += 4)
      store<f32>(out, d * f32(i8(load<u8>(p + 16 + ((i >> 2) << 5) + (r << 2) + (i & 3)) ^ u8(flip))));
  }
}

/** Nibble `i` of 32 of row `r` of the eight steps at `steps`. */
// @ts-ignore: decorator
@inline
function nibbleOf(steps: usize, r: usize, i: usize): f32 {
  const byte = load<u8>(steps + ((i >> 2) << 4) + ((r & 3) << 2) + (i & 3));
  return f32(r < 4 ? byte & 15 : byte >> 4);
}

/** The same of Q4_0. */
export function unpackQ4_0(packed: usize, row: i32, K: i32, out: usize): void {
  const count = K >> 5;
  const r = usize(row & 7);
  let p = packed + usize((row >> 3) * count) * Q4_0_GROUP;
  for (let b = 0; b < count; b++, p += Q4_0_GROUP) {
    const d = loadHalf(p + (r << 1));
    for (let i: usize = 0; i < 32; i++, out += 4) store<f32>(out, d * (nibbleOf(p + 16, r, i) - 8));
  }
}

/** The same of Q4_K. */
export function unpackQ4_K(packed: usize, row: i32, K: i32, out: usize): void {
  const count = K >> 8;
  const r = usize(row & 7);
  let p = packed + usize((row >> 3) * count) * Q4_K_GROUP;
  for (let b = 0; b < count; b++, p += Q4_K_GROUP) {
    for (let j: usize = 0; j < 8; j++) {
      const block = p + 32 + j * 144;
      const scale = loadHalf(p + (r << 1)) * f32(load<u8>(block + r));
      const minimum = loadHalf(p + 16 + (r << 1)) * f32(load<u8>(block + 8 + r));
      for (let i: usize = 0; i < 32; i++, out += 4) store<f32>(out, scale * nibbleOf(block + 16, r, i) - minimum);
    }
  }
}
