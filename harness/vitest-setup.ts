/** Builds the WASM modules before the tests, as the command line does before a run. */
import { buildWasm } from './build-wasm.ts';

export default async function setup(): Promise<void> {
  await buildWasm();
}
