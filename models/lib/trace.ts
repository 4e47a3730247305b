/** What a pass is made of: its steps as scopes, those of a layer within a scope of that layer. */
import type { ScopeHook } from '../../kernels/kernel.ts';
import { tellMarks } from '../../kernels/lib/marks.ts';

/** Of none of the layers: the embedding, the head. */
export const NO_LAYER = -1;

/** Opens and closes the scopes: a step ends where the next one begins. */
export class PassTrace {
  readonly #scopes: ScopeHook;
  readonly #layers: readonly string[];
  readonly #steps: readonly string[];
  #layer = NO_LAYER;
  #isOpen = false;

  /** @param steps as the marks of a traced module number them */
  constructor(scopes: ScopeHook, layers: number, steps: readonly string[] = []) {
    this.#scopes = scopes;
    this.#layers = Array.from({ length: layers }, (_, l) => `layer ${l}`);
    this.#steps = steps;
  }

  begin(layer: number, step: string): void {
    if (this.#isOpen) this.#scopes.end();
    if (layer !== this.#layer) {
      if (this.#layer !== NO_LAYER) this.#scopes.end();
      if (layer !== NO_LAYER) this.#scopes.begin(this.#layers[layer]!);
      this.#layer = layer;
    }
    this.#scopes.begin(step);
    this.#isOpen = true;
  }

  /** Of the pass, and of all that is open. */
  end(): void {
    if (this.#isOpen) this.#scopes.end();
    if (this.#layer !== NO_LAYER) this.#scopes.end();
    this.#isOpen = false;
    this.#layer = NO_LAYER;
  }

  /** A pass of a traced module. */
  within(pass: () => void): void {
    tellMarks(this.#mark);
    try {
      pass();
    } finally {
      tellMarks(undefined);
      this.end();
    }
  }

  readonly #mark = (layer: number, step: number): void => this.begin(layer, this.#steps[step]!);
}
