// The token of the largest logit, the first of equal ones. It is kept with its logits, and the next pass is that of this token.
override VOCABULARY: u32;
override STEPS: u32;

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> prompt: array<u32>; // T, S, H, G, D, the tokens
@group(0) @binding(2) var<storage, read_write> batch: array<u32>;
@group(0) @binding(3) var<storage, read_write> seen: array<u32>; // S, H, G, D
@group(0) @binding(4) var<storage, read_write> out: array<f32>; // logits [STEPS, VOCABULARY], then the tokens

const THREADS = 256u;
// The lowest finite number: WGSL has no literal for −Infinity.
const LOWEST = -3.4028234e38;
var<workgroup> highest: array<f32, THREADS>;
var<workgroup> places: array<u32, THREADS>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) thread: u32) {
  let step = batch[1] - prompt[1];
  var best = LOWEST;
  var place = 0u;
  for (var i = thread; i < VOCABULARY; i += THREADS) {
    let v = logits[i];
    out[step * VOCABULARY + i] = v;
    if (v > best) {
      best = v;
      place = i;
    }
  }
  highest[thread] = best;
  places[thread] = place;
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (thread < half) {
      let other = highest[thread + half];
      let at = places[thread + half];
      if (other > highest[thread] || (other == highest[thread] && at < places[thread])) {
        highest[thread] = other;
        places[thread] = at;
      }
    }
  }
  if (thread == 0u) {
    out[STEPS * VOCABULARY + step] = f32(places[0]);
    batch[0] = 1u;
    batch[1] += 1u;
    batch[5] = places[0];
    seen[0] = batch[1];
  }
}
