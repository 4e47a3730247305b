/** The trained model (models/training), as a model of the pipelines: what it says next is not noise, so that a smaller one can guess it. */
import type { Host } from '../../kernels/kernel.ts';
import type { Rng } from '../../kernels/lib/rng.ts';
import { memorySource, openGguf } from '../gguf/reader.ts';
import { tensorBytes } from '../gguf/types.ts';
import { TRAINED } from '../trained/files.ts';
import { HELD_OUT } from '../training/held-out.ts';
import { BEGIN, EPSILON, SHIPPED, SPECIALS, THETA } from '../training/shape.ts';
import { tensorsOf } from './config.ts';
import { LlamaModel } from './input.ts';
import { LlamaWeights } from './weights.ts';
import type { ModelSizes } from './work.ts';

/** What cases name it by. */
export const KJV = 'kjv-bytes';
/** Of its matrices. */
const TYPE = 'f16';

/** Known without reading it. @throws Error for another format than the file's */
export function trainedSizes(quant: string): ModelSizes {
  if (quant !== TYPE) throw new Error(`${KJV} is of ${TYPE}, not ${quant}`);
  const { d, ...sizes } = SHIPPED;
  const config = { ...sizes, width: d, headSize: d / sizes.heads, epsilon: EPSILON, ropeBase: THETA };
  const tensors = tensorsOf(config, true).map(([name, dims]) => ({
    ...{ name, dims, type: dims.length === 1 ? ('f32' as const) : ('f16' as const) },
  }));
  return {
    config,
    weightBytes: tensors.reduce((sum, { type, dims }) => sum + tensorBytes(type, dims), 0),
    types: new Map(tensors.map(({ name, type }) => [name, type])),
  };
}

let model: Promise<LlamaModel> | undefined;
let text: Promise<Uint8Array> | undefined;

/** @throws Error where the file is not there, as in the package */
export function trainedModel(host: Host): Promise<LlamaModel> {
  model ??= read(host, TRAINED)
    .then((bytes) => openGguf(memorySource(KJV, bytes)))
    .then((gguf) => LlamaModel.of(new LlamaWeights(gguf), host));
  return model;
}

/** Text that the model was not trained on. @throws Error likewise */
export function heldOut(host: Host): Promise<Uint8Array> {
  text ??= read(host, HELD_OUT);
  return text;
}

/** What begins a text, and bytes from anywhere in {@link heldOut}. */
export async function trainedPrompt(host: Host, length: number, rng: Rng): Promise<Int32Array> {
  const bytes = await heldOut(host);
  const from = rng.integer(bytes.length - length);
  return Int32Array.from({ length }, (_, i) => (i === 0 ? BEGIN : SPECIALS + bytes[from + i]!));
}

async function read(host: Host, url: URL): Promise<Uint8Array<ArrayBuffer>> {
  return host.load(url).catch((error: Error) => {
    throw new Error(
      `${KJV} is part of the repository, not of the package: ${url.pathname.split('/').at(-1)} cannot be read (${error.message})`,
    );
  });
}
