// The next pass is that of the prompt.
@group(0) @binding(0) var<storage, read> prompt: array<u32>; // T, S, H, G, D, the tokens
@group(0) @binding(1) var<storage, read_write> batch: array<u32>;
@group(0) @binding(2) var<storage, read_write> seen: array<u32>; // S, H, G, D

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) thread: u32) {
  for (var i = thread; i < 5u + prompt[0]; i += 64u) { batch[i] = prompt[i]; }
  if (thread < 4u) { seen[thread] = prompt[1u + thread]; }
}
