/**
 * TensorFlow.js on its WASM back end (XNNPACK), one thread. Tensors live in its own memory from before `run`: nothing is copied in
 * the timed region. A call makes a new output tensor and gives the last one back, as its users have to.
 */
import type { Shape, Variant } from '../kernel.ts';
import { peerVariant } from '../lib/peer.ts';

/** What is used of it. */
export interface Tensor {
  dataSync(): Float32Array;
  dispose(): void;
}

export interface Tf {
  tensor(values: Float32Array, shape: readonly number[]): Tensor;
  tidy(body: () => Tensor): Tensor;
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor;
  transpose(x: Tensor, order: readonly number[]): Tensor;
  softmax(x: Tensor): Tensor;
  tanh(x: Tensor): Tensor;
  erf(x: Tensor): Tensor;
  sigmoid(x: Tensor): Tensor;
  add(a: Tensor, b: Tensor | number): Tensor;
  mul(a: Tensor, b: Tensor | number): Tensor;
  rsqrt(x: Tensor): Tensor;
  square(x: Tensor): Tensor;
  mean(x: Tensor, axis: number, keepDims: boolean): Tensor;
}

interface Module {
  readonly tf: Tf & { setBackend(name: string): Promise<boolean>; ready(): Promise<void> };
  readonly wasm: { setThreadsCount(count: number): void };
}

/** @param start makes the inputs and gives the function of them that is called */
export function tfjs<I, S extends Shape>(
  idea: string,
  start: (tf: Tf, input: I, shape: S) => { inputs: Tensor[]; body: (...inputs: Tensor[]) => Tensor },
  more?: Partial<Variant<I, S>>,
): Variant<I, S> {
  const make = async ({ tf, wasm }: Module, input: I, shape: S) => {
    wasm.setThreadsCount(1);
    if (!(await tf.setBackend('wasm'))) throw new Error('its WASM back end does not start here');
    await tf.ready();
    const { inputs, body } = start(tf, input, shape);
    const call = () => body(...inputs);
    let out: Tensor | undefined;
    return {
      run() {
        out?.dispose();
        out = tf.tidy(call);
      },
      read: () => out!.dataSync(),
      dispose() {
        out?.dispose();
        for (const tensor of inputs) tensor.dispose();
      },
    };
  };
  return peerVariant('tfjs', idea, make, more);
}
