/**
 * What runs under valgrind, bundled with the one kernel that it is about into a file of plain JavaScript: prepares the variant, calls
 * it as often as it is told to, and ends. No loader, no pool and no device: what is not the calls has to be the same in every run.
 */
import { readFileSync } from 'node:fs';
import { caseName, type Kernel, type Shape } from '../../kernels/kernel.ts';
import { rng } from '../../kernels/lib/rng.ts';
import { ggufTensor } from '../../models/gguf/tensor.ts';
import { makeHost } from '../runtimes/host.ts';

export interface CountRequest {
  readonly variant: string;
  readonly shape: Shape;
  readonly calls: number;
}

export async function count(kernel: Kernel, { variant: name, shape, calls }: CountRequest): Promise<void> {
  const host = makeHost({
    runtime: 'node',
    threads: 1,
    gpu: { reason: 'no WebGPU device was asked for', close: () => {} },
    load: async (url) => new Uint8Array(readFileSync(url)),
    tensor: ggufTensor,
    spawn() {
      throw new Error('instructions are counted on one thread');
    },
  });
  const variant = kernel.variants.find((each) => each.name === name)!;
  const input = await kernel.inputs(shape, rng(`instructions ${caseName(shape)}`), host);
  const prepared = await variant.prepare(input, shape, host);
  for (let i = 0; i < calls; i++) prepared.run();
  process.exit(0);
}
