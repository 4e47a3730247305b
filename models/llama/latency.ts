import {
  type Arithmetic,
  type Case,
  defineKernel,
  defineVariant,
  type Host,
  type Tolerance,
} from '../../kernels/kernel.ts';
import { indexOfLargest } from '../../kernels/sample/draw.ts';
import { floats, quantised } from './decode.ts';
import { type Generated, type GenerateOptions, generate, type TextModel } from './generate.ts';
import { type LlamaModel, type ModelShape, type Models, modelsOf, randomTokens } from './input.ts';
import { KEPT, LlamaJs } from './js.ts';
import { expectedOf, outputOf } from './prefill.ts';
import { forward } from './reference.ts';
import { LlamaWasm } from './simd.ts';
import { cacheBytes, FLOAT32, passWork } from './work.ts';

/** The model, the format of its matrices, the tokens of the prompt, and those that are asked for behind it. */
export type LatencyShape = ModelShape & { readonly prompt: number; readonly tokens: number };

export interface LatencyInput {
  readonly model: LlamaModel;
  /** The prompt, and behind it all tokens but the last: nobody reads that. */
  readonly text: Int32Array;
}

/** A model that can be looked into. */
interface Loaded extends TextModel {
  lastLayer(): { readonly keys: Float32Array; readonly values: Float32Array };
  dispose(): void;
}

const positionsOf = ({ prompt, tokens }: LatencyShape): number => prompt + tokens - 1;

async function inJs({ model }: LatencyInput, shape: LatencyShape): Promise<Loaded> {
  const capacity = positionsOf(shape);
  const llama = await LlamaJs.load(model.weights, capacity, KEPT);
  return {
    ...{ batch: shape.prompt, capacity },
    prefill(tokens, position) {
      const last = tokens.length - 1;
      for (let t = 0; t <= last; t++) llama.decode(tokens[t]!, position + t, t === last);
    },
    decode: (token, position) => llama.decode(token, position),
    logits: () => llama.logits,
    lastLayer: () => llama.layer(llama.config.layers - 1),
    dispose: () => {},
  };
}

const inWasm =
  (options: { readonly exact?: boolean; readonly threaded?: boolean }) =>
  async ({ model }: LatencyInput, shape: LatencyShape, host: Host): Promise<Loaded> => {
    const room = { batch: shape.prompt, capacity: positionsOf(shape) };
    const llama = await LlamaWasm.load(model.weights, host, { ...options, ...room });
    return {
      ...room,
      prefill: (tokens, position) => llama.prefill(tokens, position),
      decode: (token, position) => llama.decode(token, position),
      logits: () => llama.logits(),
      lastLayer: () => llama.layer(llama.config.layers - 1),
      dispose: () => llama.dispose(),
    };
  };

const variant = (
  name: string,
  backend: 'js' | 'wasm' | 'wasm-threads',
  idea: string,
  load: (input: LatencyInput, shape: LatencyShape, host: Host) => Promise<Loaded>,
  more: {
    tolerance?: Tolerance;
    unsupported?: (shape: ModelShape) => string | undefined;
    approximation?: true;
    arithmetic?: Arithmetic;
  },
) =>
  defineVariant<LatencyInput, LatencyShape>({
    ...{ name, backend, idea, ...more },
    async prepare(input, shape, host) {
      const llama = await load(input, shape, host);
      const { config } = input.model.weights;
      const prompt = input.text.subarray(0, shape.prompt);
      const given = input.text.subarray(shape.prompt);
      let chosen = 0;
      let made = 0;
      let latest: Generated | undefined;
      const options: GenerateOptions = {
        tokens: shape.tokens,
        sample(logits) {
          chosen = indexOfLargest(logits, 0, logits.length);
          // The last has no successor; it is what was chosen.
          return given[made++] ?? chosen;
        },
        now: () => performance.now(),
        onToken: () => {},
      };
      return {
        run() {
          made = 0;
          latest = generate(llama, prompt, options);
        },
        read() {
          const length = positionsOf(shape) * config.kvHeads * config.headSize;
          return outputOf(llama.logits(), llama.lastLayer(), length);
        },
        poison(value) {
          const { keys, values } = llama.lastLayer();
          for (const array of [llama.logits(), keys, values]) array.fill(value);
        },
        latency: () => ({ firstMs: latest!.firstTokenMs, tokenMs: latest!.tokenMs }),
        dispose: () => llama.dispose(),
      };
    },
  });

/**
 * A prompt and what follows it, token by token, as a chat does it; what is chosen is not gone on with, but the next token of a text that is
 * given, or a last bit could lead two variants to different texts.
 * @param cases of the presets, or of a user's file
 */
export const latencyOf = ({ open, sizes }: Models, cases: readonly Case<LatencyShape>[]) => {
  const modelOf = modelsOf(open);
  return defineKernel<LatencyInput, LatencyShape>({
    name: 'llama-latency',
    kind: 'pipeline',
    formula:
      'logits[vocabulary] of the last of tokens tokens behind a prompt, and the last layer’s keys and values of all: a pass over the prompt, then one for each token',
    cases,
    validate({ prompt, tokens }) {
      for (const [name, n] of Object.entries({ prompt, tokens }))
        if (!Number.isSafeInteger(n) || n < 1)
          throw new Error(`llama-latency: ${name} = ${n} is no number of tokens`);
    },
    async inputs(shape, rng, host) {
      const model = await modelOf(shape, host);
      const { config } = model.weights;
      if (positionsOf(shape) > config.context)
        throw new Error(
          `llama-latency: ${shape.prompt} + ${shape.tokens} tokens are beyond the context of ${config.context}`,
        );
      return { model, text: randomTokens(config, positionsOf(shape), rng) };
    },
    reference({ model, text }) {
      return expectedOf(forward(model.tensors, text));
    },
    tolerance: FLOAT32,
    work(shape) {
      const known = sizes(shape);
      const passes = [
        passWork(known, shape.prompt, 0),
        ...Array.from({ length: shape.tokens - 1 }, (_, i) => passWork(known, 1, shape.prompt + i)),
      ];
      return {
        flops: passes.reduce((sum, { flops }) => sum + flops, 0),
        bytes: passes.reduce((sum, { bytes }) => sum + bytes, 0),
        tokens: shape.tokens,
        cacheBytes: cacheBytes(known.config, positionsOf(shape)),
      };
    },
    variants: [
      variant('naive', 'js', 'plain loops over weights that were dequantised once', inJs, {}),
      variant(
        'simd-f32',
        'wasm',
        'the prompt as one call, then one a token: float32',
        inWasm({ exact: true }),
        floats,
      ),
      variant('simd', 'wasm', 'the same straight from the quantised blocks', inWasm({}), quantised),
      variant(
        'simd-threads',
        'wasm-threads',
        'rows shared among threads',
        inWasm({ threaded: true }),
        quantised,
      ),
    ],
  });
};
