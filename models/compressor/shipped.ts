/** The model that is shipped, and text that it has not read, wherever there is a host to load them. */
import type { Host } from '../../kernels/kernel.ts';
import { memorySource, openGguf } from '../gguf/reader.ts';
import { tensorBytes } from '../gguf/types.ts';
import { LlamaModel } from '../llama/input.ts';
import { LlamaWeights } from '../llama/weights.ts';
import type { ModelSizes } from '../llama/work.ts';
import { EPSILON, isNorm, SHIPPED, THETA, weightShapes } from '../training/shape.ts';

/** As cases name the model and the text. */
export const TRAINED = 'kjv-bytes';
export const HELD_OUT = 'held-out';
/** Of the text. */
export const HELD_OUT_BYTES = 63_991;

const MODEL = new URL('../trained/kjv-bytes-f16.gguf', import.meta.url);
const TEXT = new URL('../training/held-out.txt', import.meta.url);

let model: Promise<LlamaModel> | undefined;

/** @throws Error where the file is not there, as in the package */
export function trainedModel(host: Host): Promise<LlamaModel> {
  model ??= read(host, MODEL)
    .then((bytes) => openGguf(memorySource(TRAINED, bytes)))
    .then((gguf) => LlamaModel.of(new LlamaWeights(gguf)));
  return model;
}

export const heldOut = (host: Host): Promise<Uint8Array> => read(host, TEXT);

async function read(host: Host, url: URL): Promise<Uint8Array<ArrayBuffer>> {
  return host.load(url).catch((error: Error) => {
    throw new Error(`${TRAINED} is part of the repository alone: ${url.pathname} (${error.message})`);
  });
}

export function trainedSizes(): ModelSizes {
  const { d, ...same } = SHIPPED;
  return {
    config: { ...same, width: d, headSize: d / SHIPPED.heads, epsilon: EPSILON, ropeBase: THETA },
    weightBytes: weightShapes(SHIPPED).reduce(
      (sum, weight) => sum + tensorBytes(isNorm(weight) ? 'f32' : 'f16', weight.dims),
      0,
    ),
  };
}
