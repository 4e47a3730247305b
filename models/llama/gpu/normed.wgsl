// The input of a product is the residual stream under RMSNorm: a row's factor is only known once all of it was read, and is the same for
// all of its products, so that they are multiplied by it in the end.
@group(0) @binding(2) var<storage, read> x: array<vec4f>; // [T, columns / 4]
@group(0) @binding(3) var<storage, read> norm: array<vec4f>;

fn load(slot: u32, t: u32, k: u32) -> vec4f { return x[t * (sizes.columns / 4u) + k]; }
fn weighted(v: vec4f, k: u32) -> vec4f { return v * norm[k]; }
fn moments(v: vec4f) -> vec2f { return vec2f(dot(v, v), 0.0); }
fn finished(n: u32, pair: vec2f, m: vec2f) -> vec2f { return pair * inverseSqrt(m.x / f32(sizes.columns) + sizes.epsilon); }
