/**
 * ONNX Runtime, on the web by its WASM execution provider and in Node by native code, one thread each. A model, mostly of one
 * operator, is written for each shape. On the web a run copies its inputs into the runtime's memory and its output out of it: its
 * interface has no other way for the WASM provider, so that is in its time. In Node tensors are not copied.
 */
import type { FloatArray, Shape, Variant } from '../kernel.ts';
import { type PeerCall, peerVariant } from '../lib/peer.ts';
import { type ModelSpec, type Protobuf, writeModel } from './onnx.ts';

interface OrtTensor {
  readonly data: Float32Array;
}

interface Session {
  run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

interface Module {
  readonly ort: {
    readonly env: { readonly wasm: { numThreads?: number; proxy?: boolean } };
    readonly Tensor: new (
      type: string,
      data: Float32Array | BigInt64Array,
      dims: readonly number[],
    ) => OrtTensor;
    readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
  };
  readonly protobuf: Protobuf;
}

/** A model and what it is fed with. */
export interface OrtCall extends ModelSpec {
  /** In the order of the model's inputs. */
  readonly feeds: readonly (Float32Array | BigInt64Array)[];
}

/** Both variants of one call: `ort-web`, and `ort-node` as the far anchor. */
export function ort<I, S extends Shape>(
  idea: string,
  call: (input: I, shape: S) => OrtCall | Promise<OrtCall>,
  more?: Partial<Variant<I, S>>,
): [Variant<I, S>, Variant<I, S>] {
  const start = async (module: Module, input: I, shape: S) => open(module, await call(input, shape));
  return [
    peerVariant('ort-web', `${idea}; copies in and out are in its time`, start, more),
    peerVariant('ort-node', `${idea}, in native code`, start, { ...more, native: true }),
  ];
}

async function open({ ort, protobuf }: Module, { feeds, ...spec }: OrtCall): Promise<PeerCall> {
  if (ort.env.wasm) Object.assign(ort.env.wasm, { numThreads: 1, proxy: false });
  const session = await ort.InferenceSession.create(writeModel(protobuf, spec), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  });
  const inputs = Object.fromEntries(
    spec.inputs.map(({ name, dims, type }, i) => [
      name,
      new ort.Tensor(type === 'int64' ? 'int64' : 'float32', feeds[i]!, dims),
    ]),
  );
  let out: FloatArray = new Float32Array(0);
  // One behind the other: its runs are asynchronous, and two at once would share the cores.
  let last: Promise<void> = Promise.resolve();
  const step = async () => {
    out = (await session.run(inputs)).out!.data;
  };
  return {
    run() {
      last = last.then(step);
    },
    sync: () => last,
    read: () => out,
    dispose() {
      last.then(() => session.release()).catch(() => {});
    },
  };
}
