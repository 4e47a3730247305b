/**
 * Quantisers of finite float32 weights to the formats of `quant.ts`, whole blocks at `out[at…]`. Those of 32 weights round as
 * ggml does (`quantize_row_*_ref`); those of 256 do not search, as ggml does, for scales a little off the plain ones that make
 * the squared error less: the format is the same, the error slightly larger.
 */
import { decodeHalf, encodeBfloat, encodeHalf } from './f16.ts';
import { BLOCK, type Quant } from './quant.ts';

const f32 = Math.fround;

function putHalf(out: Uint8Array, at: number, x: number): void {
  const code = encodeHalf(x);
  out[at] = code;
  out[at + 1] = code >> 8;
}

/**
 * Whole blocks of finite float32 weights to `q8_0` at `out[at…]`: d = max |x| / 127 and q = x / d rounded to nearest, halves
 * away from zero. As in ggml, q comes from the float32 d, before it is rounded to half precision.
 */
export function quantizeQ8_0(x: Float32Array, out: Uint8Array, at = 0): void {
  for (let start = 0, p = at; start < x.length; start += BLOCK, p += 34) {
    let largest = 0;
    for (let i = start; i < start + BLOCK; i++) {
      const magnitude = Math.abs(x[i]!);
      if (magnitude > largest) largest = magnitude;
    }
    const d = f32(largest / 127);
    const inverse = d === 0 ? 0 : f32(1 / d);
    putHalf(out, p, d);
    for (let i = 0; i < BLOCK; i++) {
      const v = f32(x[start + i]! * inverse);
      // −1 where v is negative and not 0 when rounded. A branch would be mispredicted for every other weight, at four times the time.
      const sign = (v * 0x1000000) >> 31;
      out[p + 2 + i] = ((Math.abs(v) + 0.5) ^ sign) - sign;
    }
  }
}

/**
 * Whole blocks of finite float32 weights to `q4_0` at `out[at…]`: d = the weight of largest magnitude (the first of equals)
 * / −8, so that it becomes the nibble 0, and q = min(15, ⌊x / d + 8.5⌋), product and sum each rounded to float32 as ggml's source
 * has it. Builds of ggml whose compiler fuses the two differ where x / d stands a rounding error from a half.
 */
export function quantizeQ4_0(x: Float32Array, out: Uint8Array, at = 0): void {
  for (let start = 0, p = at; start < x.length; start += BLOCK, p += 18) {
    let largest = 0;
    let extreme = 0;
    for (let i = start; i < start + BLOCK; i++) {
      const magnitude = Math.abs(x[i]!);
      if (magnitude > largest) {
        largest = magnitude;
        extreme = x[i]!;
      }
    }
    const d = f32(extreme / -8);
    const inverse = d === 0 ? 0 : f32(1 / d);
    putHalf(out, p, d);
    for (let j = 0; j < 16; j++) {
      const low = Math.min(15, Math.trunc(f32(f32(x[start + j]! * inverse) + 8.5)));
      const high = Math.min(15, Math.trunc(f32(f32(x[start + j + 16]! * inverse) + 8.5)));
      out[p + 2 + j] = low | (high << 4);
    }
  }
}

/** `q4_1`: m = the least weight, d = the range / 15, q = min(15, ⌊(x − m) / d + 0.5⌋), each step rounded to float32. */
export function quantizeQ4_1(x: Float32Array, out: Uint8Array, at = 0): void {
  for (let start = 0, p = at; start < x.length; start += BLOCK, p += 20) {
    let least = Number.POSITIVE_INFINITY;
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = start; i < start + BLOCK; i++) {
      least = Math.min(least, x[i]!);
      largest = Math.max(largest, x[i]!);
    }
    const d = f32(f32(largest - least) / 15);
    const inverse = d === 0 ? 0 : f32(1 / d);
    putHalf(out, p, d);
    putHalf(out, p + 2, least);
    const quant = (v: number) => Math.min(15, Math.trunc(f32(f32(f32(v - least) * inverse) + 0.5)));
    for (let j = 0; j < 16; j++) out[p + 4 + j] = quant(x[start + j]!) | (quant(x[start + j + 16]!) << 4);
  }
}

/** `q5_0`: as `q4_0` with d = the weight of largest magnitude / −16 and q = min(31, ⌊x / d + 16.5⌋). */
export function quantizeQ5_0(x: Float32Array, out: Uint8Array, at = 0): void {
  for (let start = 0, p = at; start < x.length; start += BLOCK, p += 22) {
    let largest = 0;
    let extreme = 0;
    for (let i = start; i < start + BLOCK; i++) {
      const magnitude = Math.abs(x[i]!);
      if (magnitude > largest) {
        largest = magnitude;
        extreme = x[i]!;
      }
    }
    const d = f32(extreme / -16);
    const inverse = d === 0 ? 0 : f32(1 / d);
    putHalf(out, p, d);
    const quant = (v: number) => Math.min(31, Math.trunc(f32(f32(v * inverse) + 16.5)));
    out.fill(0, p + 2, p + 6);
    for (let j = 0; j < 16; j++) {
      const low = quant(x[start + j]!);
      const high = quant(x[start + j + 16]!);
      out[p + 6 + j] = (low & 15) | ((high & 15) << 4);
      out[p + 2 + (j >> 3)]! |= (low >> 4) << (j & 7);
      out[p + 4 + (j >> 3)]! |= (high >> 4) << (j & 7);
    }
  }
}

const clamp = (v: number, least: number, most: number): number => Math.min(Math.max(v, least), most);

/** The half that is stored for `x`, which what follows has to reckon with. */
function storedHalf(out: Uint8Array, at: number, x: number): number {
  putHalf(out, at, x);
  return decodeHalf(encodeHalf(x));
}

/** `q4_k`: each 32 weights span from their least (or 0) in 15 steps; steps and offsets are rounded to 6 bits of the largest. */
export function quantizeQ4_K(x: Float32Array, out: Uint8Array, at = 0): void {
  const steps = new Float64Array(8);
  const offsets = new Float64Array(8);
  for (let start = 0, p = at; start < x.length; start += 256, p += 144) {
    for (let s = 0; s < 8; s++) {
      let least = 0;
      let largest = 0;
      for (let i = start + 32 * s; i < start + 32 * s + 32; i++) {
        least = Math.min(least, x[i]!);
        largest = Math.max(largest, x[i]!);
      }
      steps[s] = (largest - least) / 15;
      offsets[s] = -least;
    }
    const d = storedHalf(out, p, Math.max(...steps) / 63);
    const dmin = storedHalf(out, p + 2, Math.max(...offsets) / 63);
    out.fill(0, p + 4, p + 144);
    for (let s = 0; s < 8; s++) {
      const scale = d === 0 ? 0 : clamp(Math.round(steps[s]! / d), 0, 63);
      const minimum = dmin === 0 ? 0 : clamp(Math.round(offsets[s]! / dmin), 0, 63);
      if (s < 4) {
        out[p + 4 + s]! |= scale;
        out[p + 8 + s]! |= minimum;
      } else {
        out[p + 8 + s]! |= (scale & 15) | ((minimum & 15) << 4);
        out[p + s]! |= (scale >> 4) << 6;
        out[p + 4 + s]! |= (minimum >> 4) << 6;
      }
      const step = d * scale;
      const quants = p + 16 + 32 * (s >> 1);
      for (let j = 0; j < 32; j++) {
        const v = x[start + 32 * s + j]! + dmin * minimum;
        const q = step === 0 ? 0 : clamp(Math.round(v / step), 0, 15);
        out[quants + j]! |= q << (4 * (s & 1));
      }
    }
  }
}

/** `q6_k`: each 16 weights have the step that takes the one of largest magnitude to −32, rounded to 8 bits of the largest step. */
export function quantizeQ6_K(x: Float32Array, out: Uint8Array, at = 0): void {
  const steps = new Float64Array(16);
  for (let start = 0, p = at; start < x.length; start += 256, p += 210) {
    let widest = 0;
    for (let s = 0; s < 16; s++) {
      let extreme = 0;
      for (let i = start + 16 * s; i < start + 16 * s + 16; i++)
        if (Math.abs(x[i]!) > Math.abs(extreme)) extreme = x[i]!;
      steps[s] = extreme / -32;
      if (Math.abs(steps[s]!) > Math.abs(widest)) widest = steps[s]!;
    }
    out.fill(0, p, p + 210);
    const d = storedHalf(out, p + 208, widest / -128);
    for (let i = 0; i < 256; i++) {
      const scale = d === 0 ? 0 : clamp(Math.round(steps[i >> 4]! / d), -128, 127);
      out[p + 192 + (i >> 4)] = scale;
      const step = d * scale;
      const q = step === 0 ? 32 : clamp(Math.round(x[start + i]! / step), -32, 31) + 32;
      // 128 weights at a time: four groups of 32, the low bits of groups 2 and 3 above those of 0 and 1.
      const half = i >> 7;
      const group = (i >> 5) & 3;
      out[p + 64 * half + 32 * (group & 1) + (i & 31)]! |= (q & 15) << (group & 2 ? 4 : 0);
      out[p + 128 + 32 * half + (i & 31)]! |= (q >> 4) << (2 * group);
    }
  }
}

/** `f16`: each weight to the nearest half, ties to even. */
export function encodeF16(x: Float32Array, out: Uint8Array, at = 0): void {
  for (let i = 0; i < x.length; i++) putHalf(out, at + 2 * i, x[i]!);
}

/** `bf16`: each weight to the nearest upper half of a float32, ties to even. */
export function encodeBF16(x: Float32Array, out: Uint8Array, at = 0): void {
  for (let i = 0; i < x.length; i++) {
    const code = encodeBfloat(x[i]!);
    out[at + 2 * i] = code;
    out[at + 2 * i + 1] = code >> 8;
  }
}

/** The quantiser of each format. */
export const QUANTIZERS: Readonly<Record<Quant, (x: Float32Array, out: Uint8Array, at?: number) => void>> = {
  q8_0: quantizeQ8_0,
  q4_0: quantizeQ4_0,
  q4_1: quantizeQ4_1,
  q5_0: quantizeQ5_0,
  q4_k: quantizeQ4_K,
  q6_k: quantizeQ6_K,
  f16: encodeF16,
  bf16: encodeBF16,
};
