import { type Case, defineKernel, defineVariant, type Host, type Tolerance } from '../../kernels/kernel.ts';
import { floats, quantised } from './decode.ts';
import { type LlamaModel, type ModelShape, type Models, modelsOf, randomTokens } from './input.ts';
import { dequantisedRows, keptRows, LlamaJs, type MakeRows } from './js.ts';
import { forward } from './reference.ts';
import { LlamaWasm } from './simd.ts';
import { dequantised } from './weights.ts';
import { FLOAT32, rootMeanSquare } from './work.ts';

export interface LoadInput {
  readonly model: LlamaModel;
  /** That a loaded model is asked for. */
  readonly token: Int32Array;
}

/** A model that has been loaded. */
interface Loaded {
  logits(token: number): Float32Array;
  dispose(): void;
}

/** Nothing is kept from one run to the next. */
const DEQUANTISED_ONCE: MakeRows = async (weights, name, rows, columns) =>
  keptRows(dequantised(await weights.read(name)), rows, columns);
const STORED: MakeRows = async (weights, name, rows, columns) =>
  dequantisedRows(await weights.read(name), rows, columns);

async function inJs({ model: { weights } }: LoadInput, make: MakeRows): Promise<Loaded> {
  const llama = await LlamaJs.load(weights, 1, make);
  return {
    logits(token) {
      llama.decode(token, 0);
      return llama.logits;
    },
    dispose: () => {},
  };
}

async function inWasm({ model: { weights } }: LoadInput, host: Host, exact: boolean): Promise<Loaded> {
  const llama = await LlamaWasm.load(weights, host, { capacity: 1, exact });
  return loadedWasm(llama);
}

function loadedWasm(llama: LlamaWasm): Loaded {
  return {
    logits(token) {
      llama.decode(token, 0);
      return llama.logits();
    },
    dispose: () => llama.dispose(),
  };
}

/** Loading waits for what it reads: a run begins it, and who wants to know waits. */
function loading(vocabulary: number, token: number, load: (before: Loaded | undefined) => Promise<Loaded>) {
  let loaded: Loaded | undefined;
  let last: Promise<void> = Promise.resolve();
  let instead = 0;
  return {
    run() {
      last = last.then(async () => {
        loaded = await load(loaded);
      });
    },
    sync: () => last,
    async read() {
      await last;
      return loaded ? loaded.logits(token).slice() : new Float32Array(vocabulary).fill(instead);
    },
    poison(value: number) {
      loaded?.dispose();
      loaded = undefined;
      instead = value;
    },
    dispose: () => loaded?.dispose(),
  };
}

const anew = (load: () => Promise<Loaded>) => (before: Loaded | undefined) => {
  before?.dispose();
  return load();
};

const variant = (
  name: string,
  backend: 'js' | 'wasm',
  idea: string,
  load: (input: LoadInput, host: Host) => Promise<Loaded>,
  more: {
    tolerance?: Tolerance;
    unsupported?: (shape: ModelShape) => string | undefined;
    approximation?: true;
  },
) =>
  defineVariant<LoadInput, ModelShape>({
    ...{ name, backend, idea, ...more },
    prepare: (input, _, host) =>
      loading(
        input.model.weights.config.vocabulary,
        input.token[0]!,
        anew(() => load(input, host)),
      ),
  });

/** The floor: a place is there, and every byte of the model is read and packed to it once. */
const repack = defineVariant<LoadInput, ModelShape>({
  name: 'repack',
  backend: 'wasm',
  idea: 'what loading cannot do without: every byte is read and packed once, to a place that is there already',
  ...quantised,
  async prepare(input, _, host) {
    const { weights } = input.model;
    // Of another model of the same sizes there would be other weights; of this one there are none before the first run.
    const llama = await LlamaWasm.load(weights, host, { capacity: 1 });
    llama.erase();
    return {
      ...loading(weights.config.vocabulary, input.token[0]!, async () => {
        await llama.refill(weights);
        return { ...loadedWasm(llama), dispose: () => llama.erase() };
      }),
      dispose: () => llama.dispose(),
    };
  },
});

/** A model from its file to where its first token can be asked for. @param cases of the presets, or of a user's file */
export const loadOf = ({ open, sizes }: Models, cases: readonly Case<ModelShape>[]) => {
  const modelOf = modelsOf(open);
  return defineKernel<LoadInput, ModelShape>({
    name: 'llama-load',
    kind: 'pipeline',
    formula:
      'logits[vocabulary] of the first token of a model that is loaded anew: the loading is what is timed',
    cases,
    async inputs(shape, rng, host) {
      const model = await modelOf(shape, host);
      return { model, token: randomTokens(model.weights.config, 1, rng) };
    },
    reference({ model, token }) {
      const { logits } = forward(model.tensors, token);
      return { values: logits, scale: rootMeanSquare(logits) };
    },
    tolerance: FLOAT32,
    /** Read once, and written once in as many bytes. */
    work: (shape) => {
      const { weightBytes } = sizes(shape);
      return { flops: 0, bytes: 2 * weightBytes, data: weightBytes };
    },
    where: (_, __, index) => `token ${index}`,
    variants: [
      variant(
        'naive',
        'js',
        'all weights dequantised to float32, in plain loops',
        (input) => inJs(input, DEQUANTISED_ONCE),
        {},
      ),
      variant(
        'stored',
        'js',
        'only read: each row is dequantised whenever it is needed',
        (input) => inJs(input, STORED),
        {},
      ),
      variant(
        'simd-f32',
        'wasm',
        'dequantised and transposed into WASM memory, piece by piece',
        (input, host) => inWasm(input, host, true),
        floats,
      ),
      variant(
        'simd',
        'wasm',
        'blocks packed for the loops as they are read, a megabyte at a time: beside the packed weights there is no copy of them',
        (input, host) => inWasm(input, host, false),
        quantised,
      ),
      repack,
    ],
  });
};
