import type { FloatArray, Host, MakeTask, Prepared, Task } from '../kernel.ts';
import type { Arena, Region, Tensor, Views } from './arena.ts';
import { mark } from './integers.ts';
import { markStep } from './marks.ts';

/** The flag of V8 that joins pairs of 128-bit operations into 256-bit ones. */
export const REVECTORIZE = '--experimental-wasm-revectorize';

/** The shared form of a module stands beside the unshared one. */
function moduleUrl(url: URL, shared: boolean): URL {
  return shared ? new URL(url.href.replace(/\.wasm$/, '.shared.wasm')) : url;
}

const compiled = new Map<string, Promise<WebAssembly.Module>>();

/** Compiles a module once per process. */
export function compile(host: Host, url: URL, shared: boolean): Promise<WebAssembly.Module> {
  const { href } = moduleUrl(url, shared);
  let module = compiled.get(href);
  if (!module) {
    module = host.load(new URL(href)).then((bytes) => WebAssembly.compile(bytes));
    // A page may be online again the next time.
    module.catch(() => compiled.delete(href));
    compiled.set(href, module);
  }
  return module;
}

type WasmFunction = (...args: number[]) => void;

/** A module instance over a memory; a traced one tells its steps (marks.as.ts). */
export async function instantiate(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Promise<Record<string, WasmFunction>> {
  const instance = await WebAssembly.instantiate(module, { env: { memory, mark: markStep } });
  return instance.exports as Record<string, WasmFunction>;
}

export interface WasmCall<I = void> {
  /** The module, `new URL('./simd.wasm', import.meta.url)`. */
  readonly url: URL;
  /**
   * Export to call: `(…args, thread: i32, threads: i32)`; it does part `thread` of `threads` equal parts of the work. Of several, called
   * with the same arguments, each begins when every thread has ended the one before.
   */
  readonly export: string | readonly string[];
  /**
   * Export that is called with the same arguments, as thread 0 of 1, when the input is there and before the first run: to store
   * weights in another order, as a model does when it is loaded.
   */
  readonly once?: string;
  /**
   * Lays the tensors out and gives the leading arguments and the output. It is called again for each further input of the same
   * shape, whose tensors then take the places of the first; arguments stay those of the first, so that a number that differs from
   * input to input has to stand in a tensor. An array of the input that was left out is undefined then, and is only to be handed on.
   */
  layout(region: Region, input: I): Layout;
}

interface Layout {
  readonly args: number[];
  readonly out: Tensor<keyof Views>;
  /** Where the output is not simply what `out` holds: the count of its elements may stand in another tensor. */
  readonly read?: () => FloatArray;
}

interface WasmTaskData {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  name: string;
  args: number[];
}

/** The part of one thread of a WASM call; runs on every thread of the pool. */
export const wasmTask: MakeTask<WasmTaskData> = async ({ module, memory, name, args }) => {
  const call = (await instantiate(module, memory))[name];
  if (!call) throw new Error(`the module has no export "${name}"`);
  // A bound function rather than call(...args): spreading allocates on every call.
  return call.bind(undefined, ...args);
};

/** A call as a task: of part 0 of 1 on this thread, or in a shared memory of every part on every thread of the pool. */
export async function taskOf(host: Host, shared: boolean, data: WasmTaskData): Promise<Task> {
  if (shared) return (await host.pool()).task({ module: import.meta.url, make: 'wasmTask', data });
  const part = await wasmTask(data);
  return { run: () => part(0, 1), dispose: () => {} };
}

interface Placed<I> extends Pick<Prepared, 'poison'> {
  readonly region: Region;
  readonly args: number[];
  readonly read: () => FloatArray;
  /**
   * @returns whether nothing was left out
   * @throws RangeError where a tensor is not as long as its place
   */
  write(input: Partial<I>): boolean;
}

function layOut<I>(arena: Arena, call: WasmCall<I>, input: I): Placed<I> {
  const region = arena.open();
  const tensors: Tensor<keyof Views>[] = [];
  const kept = <T extends Tensor<keyof Views>>(tensor: T): T => {
    tensors.push(tensor);
    return tensor;
  };
  const first: Region = {
    ...region,
    f32: (content) => kept(region.f32(content)),
    u8: (content) => kept(region.u8(content)),
    i32: (content) => kept(region.i32(content)),
  };
  const { args, out, read = () => copyOf(out.view()) } = call.layout(first, input);
  return {
    region,
    args,
    read,
    poison: (value) => out.view().fill(out.view() instanceof Float32Array ? value : mark(value)),
    write(next) {
      let i = 0;
      let isWhole = true;
      const put = (content: number | ArrayLike<number> | undefined): Tensor<never> => {
        const tensor = tensors[i++]!;
        if (content === undefined) isWhole = false;
        else if (typeof content !== 'number') {
          if (content.length !== tensor.length)
            throw new RangeError(`an array of ${content.length} elements in the place of ${tensor.length}`);
          tensor.view().set(content);
        }
        return tensor as Tensor<never>;
      };
      call.layout({ ...region, f32: put, u8: put, i32: put }, next as I);
      return isWhole;
    },
  };
}

/** In memory of its own, unshared. */
function copyOf(view: Views[keyof Views]): FloatArray {
  return view instanceof Float32Array ? Float32Array.from(view) : Float64Array.from(view);
}

const steps = ({ export: names }: Pick<WasmCall, 'export'>): readonly string[] =>
  typeof names === 'string' ? [names] : names;

async function onceOf<I>(
  { once }: WasmCall<I>,
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  args: number[],
): Promise<() => void> {
  if (once === undefined) return () => {};
  const part = await wasmTask({ module, memory, name: once, args });
  return () => part(0, 1);
}

/** Single-threaded WASM: the call does part 0 of 1. */
export async function wasmVariant<I>(host: Host, call: WasmCall<I>, input: I): Promise<Prepared<I>> {
  const { region, args, write, read, poison } = layOut(host.arena(false), call, input);
  const module = await compile(host, call.url, false);
  const { memory } = region;
  const parts = await Promise.all(steps(call).map((name) => wasmTask({ module, memory, name, args })));
  const once = await onceOf(call, module, memory, args);
  once();
  return {
    run() {
      for (let i = 0; i < parts.length; i++) parts[i]!(0, 1);
    },
    write(next) {
      // What was left out is what `once` has stored.
      if (write(next)) once();
    },
    read,
    poison,
    dispose: () => region.close(),
  };
}

/** The same call over every thread of the pool, in a shared memory. */
export async function wasmThreadsVariant<I>(host: Host, call: WasmCall<I>, input: I): Promise<Prepared<I>> {
  const { region, args, write, read, poison } = layOut(host.arena(true), call, input);
  const module = await compile(host, call.url, true);
  const { memory } = region;
  const once = await onceOf(call, module, memory, args);
  once();
  const tasks = await Promise.all(
    steps(call).map((name) => taskOf(host, true, { module, memory, name, args })),
  );
  return {
    run() {
      for (let i = 0; i < tasks.length; i++) tasks[i]!.run();
    },
    write(next) {
      // What was left out is what `once` has stored.
      if (write(next)) once();
    },
    read,
    poison,
    dispose: () => {
      for (const task of tasks) task.dispose();
      region.close();
    },
  };
}
