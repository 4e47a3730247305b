/** A user's own GGUF file in place of generated weights; on disk, or behind the server of a page. */
import { type Case, caseName, type Host, type Kernel, type Shape } from '../kernels/kernel.ts';
import { QUANTS } from '../kernels/lib/quant.ts';
import type { Gguf } from '../models/gguf/reader.ts';
import { ggufTensor } from '../models/gguf/tensor.ts';
import { llamaOf } from '../models/llama/index.ts';
import { UsageError } from './errors.ts';

/** Elements beyond which a tensor is only checked where it is timed. */
const SLOW_ELEMENTS = 1 << 22;

/** Opens the file anew at each call; what it gives is closed by the caller. */
export type OpenGguf = () => Promise<Gguf>;

async function withFile<T>(open: OpenGguf, use: (gguf: Gguf) => Promise<T> | T): Promise<T> {
  const gguf = await open();
  try {
    return await use(gguf);
  } finally {
    await gguf.close();
  }
}

/**
 * The distinct shapes of the file's block-quantised matrices, as cases of `dequant`.
 * @param file its path, for messages and as the origin of the cases
 * @throws GgufError for a malformed file, UsageError for one without such matrices
 */
export function ggufCases(open: OpenGguf, file: string): Promise<Case<Shape>[]> {
  const name = baseName(file);
  return withFile(open, (gguf) => {
    const cases = new Map<string, Case<Shape>>();
    for (const [tensor, { type, dims }] of gguf.tensors) {
      if (!Object.hasOwn(QUANTS, type) || dims.length !== 2) continue;
      const [R, C] = dims as [number, number];
      const shape = { R, C, quant: type };
      const slow = R * C > SLOW_ELEMENTS ? { slow: true } : {};
      if (!cases.has(caseName(shape)))
        cases.set(caseName(shape), { shape, from: `${name}: ${tensor}`, ...slow });
    }
    if (cases.size > 0) return [...cases.values()];
    const types = [...new Set([...gguf.tensors.values()].map(({ type }) => type))].join(', ') || 'no tensors';
    throw new UsageError(`${file} has no ${Object.keys(QUANTS).join(' or ')} matrix, only ${types}`);
  });
}

/**
 * Kernels that work on a file: `dequant` on its matrices, and pipelines of its architecture on all of it.
 * @throws as {@link ggufCases}
 */
export async function onFile(kernels: readonly Kernel[], open: OpenGguf, file: string): Promise<Kernel[]> {
  const cases = await ggufCases(open, file);
  const pipelines = (await withFile(open, isLlama)) ? await llamaOf(baseName(file), open) : [];
  return kernels.map((kernel) => {
    if (kernel.name === 'dequant') return withCases(kernel, cases);
    return pipelines.find(({ name }) => name === kernel.name) ?? kernel;
  });
}

function isLlama({ metadata }: Gguf): boolean {
  return metadata.get('general.architecture')?.value === 'llama' && metadata.has('llama.block_count');
}

const baseName = (file: string) => file.replace(/^.*[/\\]/, '');

/** A kernel with these cases in front of its own. */
export function withCases(kernel: Kernel, cases: readonly Case<Shape>[]): Kernel {
  const names = new Set(cases.map(({ shape }) => caseName(shape)));
  return { ...kernel, cases: [...cases, ...kernel.cases.filter(({ shape }) => !names.has(caseName(shape)))] };
}

/** `Host.tensor` over a file: one of its tensors of that type and shape at random, or generated weights where it has none. */
export function tensorsOf(open: OpenGguf): Host['tensor'] {
  return (type, dims, rng) =>
    withFile(open, (gguf) => {
      const names = [...gguf.tensors]
        .filter(([, info]) => info.type === type && info.dims.join() === dims.join())
        .map(([name]) => name);
      return names.length > 0 ? gguf.read(names[rng.integer(names.length)]!) : ggufTensor(type, dims, rng);
    });
}
