// The input of a product is the residual stream under LayerNorm, whose gain is part of the weights: mean and deviation are only known once
// all of a row was read, and are put into its products in the end. Its sums are of differences to its first element, which is as near to the
// mean as any other: squares of the elements themselves would cancel where the mean is far from 0.
@group(0) @binding(2) var<storage, read> x: array<vec4f>; // [T, columns / 4]
@group(0) @binding(3) var<storage, read> sums: array<vec4f>; // of two rows each: the sum of each one's weights, its bias

fn load(slot: u32, t: u32, k: u32) -> vec4f {
  let start = t * (sizes.columns / 4u);
  return select(vec4f(), x[start + k] - x[start].x, 4u * k + vec4u(0u, 1u, 2u, 3u) < vec4u(sizes.width));
}
fn weighted(v: vec4f, k: u32) -> vec4f { return v; }
fn moments(v: vec4f) -> vec2f { return vec2f(dot(v, v), dot(v, vec4f(1.0))); }
fn finished(n: u32, pair: vec2f, m: vec2f) -> vec2f {
  let mean = m.y / f32(sizes.width);
  let variance = max(m.x / f32(sizes.width) - mean * mean, 0.0);
  let own = sums[n / 2u];
  return (pair - mean * own.xy) * inverseSqrt(variance + sizes.epsilon) + own.zw;
}
