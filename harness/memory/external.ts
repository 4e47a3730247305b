/** Bytes that live outside V8's heap: ArrayBuffers, SharedArrayBuffers and WASM memories. */

/** Every WASM memory that this process has made since {@link trackMemories}. */
const memories: WeakRef<WebAssembly.Memory>[] = [];
/** Every SharedArrayBuffer, where the engine counts none. */
const sharedBuffers: WeakRef<SharedArrayBuffer>[] = [];
let countsWasm: boolean | undefined;

/**
 * From now on WASM memories are known, those too that a module makes for itself and exports: Node 26 counts none of
 * them, and no engine counts shared ones. So are SharedArrayBuffers in Deno, which counts none. Call it before anything compiles
 * WASM.
 */
export function trackMemories(): void {
  if (countsWasm !== undefined) return;
  const probe = new WebAssembly.Memory({ initial: 1, maximum: 2 });
  const before = process.memoryUsage().external;
  probe.grow(1);
  countsWasm = process.memoryUsage().external - before >= PAGE / 2;
  const { Memory, Instance, instantiate } = WebAssembly;
  const know = (memory: WebAssembly.Memory) => memories.push(new WeakRef(memory));
  const knowExports = (instance: WebAssembly.Instance) => {
    for (const value of Object.values(instance.exports)) if (value instanceof Memory) know(value);
  };
  WebAssembly.Memory = new Proxy(Memory, {
    construct(target, args, newTarget) {
      const memory = Reflect.construct(target, args, newTarget);
      know(memory);
      return memory;
    },
  });
  WebAssembly.Instance = new Proxy(Instance, {
    construct(target, args, newTarget) {
      const instance = Reflect.construct(target, args, newTarget);
      knowExports(instance);
      return instance;
    },
  });
  WebAssembly.instantiate = (async (source: WebAssembly.Module, imports?: WebAssembly.Imports) => {
    const result = await instantiate.call(WebAssembly, source, imports);
    knowExports('instance' in result ? (result as { instance: WebAssembly.Instance }).instance : result);
    return result;
  }) as typeof WebAssembly.instantiate;
  trackSharedBuffers();
}

function trackSharedBuffers(): void {
  const before = process.memoryUsage();
  const probe = new SharedArrayBuffer(PAGE);
  const after = process.memoryUsage();
  const grown = Math.max(after.external - before.external, after.arrayBuffers - before.arrayBuffers);
  if (grown >= probe.byteLength / 2) return;
  globalThis.SharedArrayBuffer = new Proxy(SharedArrayBuffer, {
    construct(target, args, newTarget) {
      const buffer = Reflect.construct(target, args, newTarget);
      sharedBuffers.push(new WeakRef(buffer));
      return buffer;
    },
  });
}

const PAGE = 1 << 16;

export interface External {
  /** What Node calls external: ArrayBuffers, and in some versions WASM memories. */
  readonly external: number;
  /** ArrayBuffers and SharedArrayBuffers. */
  readonly arrayBuffers: number;
  /** WASM memories and SharedArrayBuffers that `external` does not count. */
  readonly wasm: number;
}

export function readExternal(usage: NodeJS.MemoryUsage = process.memoryUsage()): External {
  return { external: usage.external, arrayBuffers: usage.arrayBuffers, wasm: wasmBytes() };
}

/**
 * Growth between two readings. SharedArrayBuffers are in one of Node's two counters, WASM memories in the other. In Bun a memory
 * counts as a whole whenever its buffer is asked for anew, as it is by looking at one that has grown.
 */
export function externalGrowth(from: External, to: External): number {
  if ('Bun' in globalThis && to.wasm !== from.wasm) return to.wasm - from.wasm;
  return Math.max(to.external - from.external, to.arrayBuffers - from.arrayBuffers) + (to.wasm - from.wasm);
}

function wasmBytes(): number {
  let bytes = 0;
  for (const reference of memories) {
    const buffer = reference.deref()?.buffer;
    if (buffer && !(countsWasm && buffer instanceof ArrayBuffer)) bytes += buffer.byteLength;
  }
  for (const reference of sharedBuffers) bytes += reference.deref()?.byteLength ?? 0;
  return bytes;
}
