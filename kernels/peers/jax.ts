/**
 * jax-js on its WASM back end, one thread. Arrays live in its own memory from before `run`; a jitted function is called, and the
 * output of the call before is given back. Arrays are consumed by what they are passed to, so each call takes a new reference.
 */
import type { Shape, Variant } from '../kernel.ts';
import { peerVariant } from '../lib/peer.ts';

export interface JaxArray {
  readonly ref: JaxArray;
  mul(other: JaxArray | number): JaxArray;
  data(): Promise<Float32Array>;
  dataSync(): Float32Array;
  blockUntilReady(): Promise<JaxArray>;
  reshape(shape: readonly number[]): JaxArray;
  dispose(): void;
}

export interface Jax {
  readonly numpy: {
    array(values: Float32Array, options?: object): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    tanh(x: JaxArray): JaxArray;
  };
  readonly nn: {
    softmax(x: JaxArray, axis?: number): JaxArray;
    gelu(x: JaxArray, options?: { approximate: boolean }): JaxArray;
    silu(x: JaxArray): JaxArray;
    dotProductAttention(q: JaxArray, k: JaxArray, v: JaxArray, options: { isCausal: boolean }): JaxArray;
  };
}

interface Module extends Jax {
  init(...backends: string[]): Promise<string[]>;
  defaultDevice(device: string): string;
  jit(body: (...args: JaxArray[]) => JaxArray): (...args: JaxArray[]) => JaxArray;
}

/** @param start makes the inputs and gives the function of them that is jitted */
export function jax<I, S extends Shape>(
  idea: string,
  start: (jax: Jax, input: I, shape: S) => { inputs: JaxArray[]; body: (...args: JaxArray[]) => JaxArray },
  more?: Partial<Variant<I, S>>,
): Variant<I, S> {
  const make = async (module: Module, input: I, shape: S) => {
    if (!(await module.init('wasm')).includes('wasm'))
      throw new Error('its WASM back end does not start here');
    module.defaultDevice('wasm');
    const { inputs, body } = start(module, input, shape);
    const call = module.jit(body);
    let out: JaxArray | undefined;
    // One behind the other, and each waited for: what nobody waits for it does not compute.
    let last: Promise<void> = Promise.resolve();
    const step = async () => {
      out?.dispose();
      out = call(...inputs.map((array) => array.ref));
      await out.blockUntilReady();
    };
    return {
      run() {
        last = last.then(step);
      },
      sync: () => last,
      read: () => out!.ref.data(),
      dispose() {
        last.then(() => {
          out?.dispose();
          for (const array of inputs) array.dispose();
        });
      },
    };
  };
  return peerVariant('jax-js', idea, make, more);
}
