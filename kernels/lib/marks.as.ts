/**
 * Where a call tells what it does next (AssemblyScript). Only the traced form of a module does (harness/build-wasm.ts): in the others this is
 * nothing, and their code is what it would be without.
 */

// @ts-ignore: decorator
@external("env", "mark")
declare function markOutside(layer: i32, step: i32): void;

/** From here on the calling thread is at `step` of `layer`, or of none where that is −1. Of several threads the first one tells. */
// @ts-ignore: decorator
@inline
export function mark(thread: i32, layer: i32, step: i32): void {
  if (ZOO_TRACED) {
    if (thread == 0) markOutside(layer, step);
  }
}
