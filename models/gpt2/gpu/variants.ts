/** The WebGPU variants of a generation. */
import { defineVariant, type Host } from '../../../kernels/kernel.ts';
import { queue } from '../../../kernels/lib/in-turn.ts';
import { jsGeneration, Output } from '../../lib/generation.ts';
import { configOf } from '../config.ts';
import type { GenerateInput, GenerateShape } from '../input.ts';
import { positionsOf } from '../work.ts';
import { Gpt2Gpu } from './model.ts';
import { unfit } from './plan.ts';

const roomFor = ({ prompt, tokens }: GenerateShape) => ({
  capacity: positionsOf(prompt, tokens),
  batch: prompt,
});

const unsupported = (shape: GenerateShape, { gpu }: Host) =>
  'device' in gpu ? unfit(configOf(shape.model), roomFor(shape), gpu.device.limits) : undefined;

export const webgpu = defineVariant<GenerateInput, GenerateShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'the whole model on the device: 5 dispatches a layer and 2, norms, biases, GELU and residuals within the products; a command buffer and one readback a token, of its logits, from which any sampler may choose',
  unsupported,
  async prepare({ model, prompt }, shape, host) {
    const gpt2 = await Gpt2Gpu.load(model, host, roomFor(shape));
    const output = new Output(model.config, shape.tokens);
    const { run, sync, dispose } = queue(gpt2.device, async () => {
      let ids: ArrayLike<number> = prompt;
      let position = 0;
      for (let i = 0; i < shape.tokens; i++) {
        const logits = await gpt2.next(ids, position);
        position += ids.length;
        ids = [output.choose(i, logits)];
      }
    });
    return {
      ...jsGeneration(output, run),
      async sync() {
        await sync();
        await gpt2.sync();
      },
      dispose: () => dispose(() => gpt2.dispose()),
    };
  },
});

export const webgpuLoop = defineVariant<GenerateInput, GenerateShape>({
  name: 'webgpu-loop',
  backend: 'webgpu',
  idea: 'the whole generation as one command buffer: the device chooses each token and goes on with it, and nothing is read back until the end',
  unsupported,
  async prepare({ model, prompt }, shape, host) {
    const gpt2 = await Gpt2Gpu.load(model, host, roomFor(shape));
    try {
      const generation = await gpt2.generation(prompt, shape.tokens);
      return {
        ...generation,
        sync: () => gpt2.sync(),
        dispose: () => gpt2.dispose(),
      };
    } catch (error) {
      gpt2.dispose();
      throw error;
    }
  },
});
