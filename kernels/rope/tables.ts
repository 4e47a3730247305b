/** θ of the original paper, Llama and TinyLlama. Models trained for longer contexts use more. */
export const THETA = 10_000;

/**
 * Angle in radians by which pair `i` of a head of `D` elements turns at `position`: position · θ^(−2i/D) (Su et al.,
 * "RoFormer: Enhanced Transformer with Rotary Position Embedding", 2021). In float64 throughout: rounding an
 * angle of 2047 to float32 moves it by up to 6e-5, one of 100,000 by up to 4e-3, and that goes straight into the result.
 */
export function ropeAngle(position: number, i: number, D: number, theta = THETA): number {
  return position * theta ** ((-2 * i) / D);
}

/**
 * Cosine and sine, alternating, of every pair at positions offset … offset + T − 1: `[T, D/2, 2]`. A model makes it once
 * for its whole context and passes the part that it needs. With `inverse` of the opposite angles, which turn back.
 */
export function ropeTable(
  T: number,
  D: number,
  offset: number,
  inverse = false,
  theta = THETA,
): Float64Array {
  const table = new Float64Array(T * D);
  for (let t = 0; t < T; t++) {
    for (let i = 0; 2 * i < D; i++) {
      const angle = ropeAngle(offset + t, i, D, theta);
      table[t * D + 2 * i] = Math.cos(angle);
      table[t * D + 2 * i + 1] = Math.sin(inverse ? -angle : angle);
    }
  }
  return table;
}
