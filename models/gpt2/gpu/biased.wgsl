// The input of a product is what another has left, as it is; a bias is added.
@group(0) @binding(2) var<storage, read> a: array<vec4f>; // [slots, columns / 4]
@group(0) @binding(3) var<storage, read> bias: array<vec2f>;

fn load(slot: u32, t: u32, k: u32) -> vec4f { return a[slot * (sizes.columns / 4u) + k]; }
fn weighted(v: vec4f, k: u32) -> vec4f { return v; }
fn moments(v: vec4f) -> vec2f { return vec2f(); }
fn finished(n: u32, pair: vec2f, m: vec2f) -> vec2f { return pair + bias[n / 2u]; }
