/** The WASM modules of the zoo that training calls, over one memory. */
import { readFile } from 'node:fs/promises';
import { instantiate } from '../../kernels/lib/wasm.ts';

const KERNELS = [
  'adamw',
  'attention',
  'attention-backward',
  'clip',
  'cross-entropy',
  'embedding-backward',
  'rmsnorm',
  'rmsnorm-backward',
  'rope',
  'silu-backward',
  'swiglu',
] as const;

export type Calls = Readonly<Record<string, (...args: number[]) => void>>;

/** The exports of each module by the kernel's name; `products` are those of products.as.ts. */
export type Modules = Readonly<Record<(typeof KERNELS)[number] | 'products', Calls>>;

/**
 * @throws Error where a module has not been built
 */
export async function loadModules(memory: WebAssembly.Memory): Promise<Modules> {
  const load = async (path: string): Promise<Calls> => {
    const bytes = await readFile(new URL(path, import.meta.url)).catch((error: Error) => {
      throw new Error(`${error.message}; \`npx zoo doctor\` builds the WASM modules`);
    });
    return instantiate(await WebAssembly.compile(bytes), memory);
  };
  const named = await Promise.all(
    KERNELS.map(async (name) => [name, await load(`../../kernels/${name}/simd.wasm`)] as const),
  );
  return { ...Object.fromEntries(named), products: await load('./products.wasm') } as Modules;
}
