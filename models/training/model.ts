import { Arena } from '../../kernels/lib/arena.ts';
import { backward } from './backward.ts';
import { forward, loss } from './forward.ts';
import { type Group, layOut, type Memory } from './memory.ts';
import { loadModules } from './modules.ts';
import { elements, isNorm, type ModelShape, type WeightShape, type Weights, weightShapes } from './shape.ts';

/** A Llama model in a WASM memory of its own, with all that training needs, on one thread. */
export class Model {
  readonly memory: Memory;

  private constructor(memory: Memory) {
    this.memory = memory;
  }

  /**
   * A model for batches of `windows` × `T` tokens; its weights are yet to be set.
   * @throws Error where the WASM modules have not been built
   */
  static async create(shape: ModelShape, windows: number, T = shape.context): Promise<Model> {
    const arena = new Arena(false);
    return new Model(layOut(arena, await loadModules(arena.memory), shape, windows, T));
  }

  /** Token ids `[windows, T]` that the caller fills; `targets` too, for {@link loss}. */
  get inputs(): Int32Array {
    return this.memory.inputs.view();
  }

  get targets(): Int32Array {
    return this.memory.targets.view();
  }

  /** Computes the logits for `inputs`. @returns `[windows, T, vocabulary]`, a view that the next call overwrites */
  forward(): Float32Array {
    forward(this.memory);
    return this.memory.logits.view();
  }

  /** The mean loss of `targets` in nats, after {@link forward}. */
  loss(): number {
    return loss(this.memory);
  }

  /** Computes the gradient of the mean loss, after {@link loss}. */
  backward(): void {
    backward(this.memory);
  }

  /** Copies of all weights. */
  weights(): Weights {
    return this.#copies(({ states }) => states.view());
  }

  /** Copies of the gradients of all weights. */
  gradients(): Weights {
    return this.#copies(({ from, n }) => this.memory.gradient.view().subarray(from, from + n));
  }

  /** Takes these values. @throws Error where one is missing or has another length */
  setWeights(values: Weights): void {
    for (const weight of weightShapes(this.memory.shape)) {
      const value = values.get(weight.name);
      if (value?.length !== elements(weight))
        throw new Error(`${weight.name}: ${value?.length ?? 'no'} values, not ${elements(weight)}`);
      const { group, at } = this.#place(weight);
      group.states.view().set(value, at);
    }
  }

  #copies(of: (group: Group) => Float32Array): Weights {
    return new Map(
      weightShapes(this.memory.shape).map((weight) => {
        const { group, at } = this.#place(weight);
        return [weight.name, of(group).slice(at, at + elements(weight))];
      }),
    );
  }

  /** Where a weight stands in its group. */
  #place(weight: WeightShape): { group: Group; at: number } {
    const group = this.memory.groups[isNorm(weight) ? 1 : 0];
    return { group, at: (this.memory.weights.get(weight.name)!.ptr - group.states.ptr) / 4 };
  }
}
