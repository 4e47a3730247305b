import { normals, rng } from '../../kernels/lib/rng.ts';
import { elements, isNorm, type ModelShape, type Weights, weightShapes } from './shape.ts';

/**
 * Weights to begin with: norms of 1, matrices normal with deviation √(2 / 5d) ("SmallInit" of Nguyen & Salazar, "Transformers without
 * Tears", 2019), those that add to the residual stream less by √(2 · layers), so that it does not grow with depth (GPT-2).
 */
export function initialWeights(shape: ModelShape, seed: string): Weights {
  const random = rng(seed);
  const deviation = Math.sqrt(2 / (5 * shape.d));
  return new Map(
    weightShapes(shape).map((weight) => {
      const { name } = weight;
      const n = elements(weight);
      if (isNorm(weight)) return [name, new Float32Array(n).fill(1)];
      const adds = name.includes('attn_output') || name.includes('ffn_down');
      return [
        name,
        normals(random.fork(name), n, adds ? deviation / Math.sqrt(2 * shape.layers) : deviation),
      ];
    }),
  );
}
