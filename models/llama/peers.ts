/** What the pipelines say of llama.cpp, their native peer (kernels/peers/llama-cpp.ts). */
import type { Variant } from '../../kernels/kernel.ts';
import type { LlamaWeights } from './weights.ts';

export const LLAMA_CPP =
  'llama.cpp in native code for the instruction set of this machine (node-llama-cpp), on the same file: one batch a run, by its own choice flash attention over keys and values in float16; all in float32 where the weights are';

/** A model of float32 is there to be exact: it is computed with as such. */
export const isFloat32 = (weights: LlamaWeights) => weights.typeOf('blk.0.attn_q.weight') === 'f32';

export const nativeTolerance: Pick<Variant, 'approximation' | 'tolerance'> = {
  approximation: true,
  tolerance: {
    metric: 'nmse',
    bound: 0.02,
    why: 'activations are rounded to 8 bits in blocks of 32, as here, of 256 for k-quants, and keys and values to float16: in thirty layers it was found to come to 8e-3',
  },
};
