/**
 * What a measurement and its check rest on in the engine: clocks, random numbers, the functions of Math that references
 * call, the typed arrays that outputs are compared in. A snapshot from before a kernel is loaded, to compare with.
 */
type Holder = readonly [name: string, object: object];

/** Own properties of each are compared. */
const HOLDERS: readonly Holder[] = [
  ['performance', performance],
  ['Performance.prototype', Object.getPrototypeOf(performance) as object],
  ['Date', Date],
  ['Date.prototype', Date.prototype],
  ['Math', Math],
  ['Number', Number],
  ['Object', Object],
  ['Atomics', Atomics],
  ['WebAssembly', WebAssembly],
  ['crypto', globalThis.crypto],
  ['Crypto.prototype', Object.getPrototypeOf(globalThis.crypto) as object],
  ['TypedArray', Object.getPrototypeOf(Float32Array) as object],
  ['TypedArray.prototype', Object.getPrototypeOf(Float32Array.prototype) as object],
  ['Float32Array.prototype', Float32Array.prototype],
  ['Float64Array.prototype', Float64Array.prototype],
  ...('process' in globalThis
    ? ([
        ['process.hrtime', process.hrtime],
        ['process.memoryUsage', process.memoryUsage],
      ] as const)
    : []),
];
/** Names of the global object (and of `process`) whose values are compared. */
const GLOBALS = ['performance', 'Date', 'Math', 'Number', 'Object', 'Atomics', 'WebAssembly', 'crypto'];
const ARRAYS = ['Float32Array', 'Float64Array', 'ArrayBuffer', 'SharedArrayBuffer', 'DataView'];
const OF_PROCESS = ['hrtime', 'memoryUsage', 'send'];

// Kept apart from what is watched: Object's own functions are among that.
const { getOwnPropertyDescriptor, is } = Object;
const { ownKeys } = Reflect;

type Snapshot = ReadonlyMap<string, unknown>;

function look(): Snapshot {
  const seen = new Map<string, unknown>();
  const add = (name: string, object: object, key: string | symbol) => {
    const descriptor = getOwnPropertyDescriptor(object, key);
    if (!descriptor) return;
    // Getters of the global object make their value at the first use; what it is then is compared.
    const value = object === globalThis ? Reflect.get(object, key) : (descriptor.get ?? descriptor.value);
    if (typeof value === 'function' || typeof value === 'object') seen.set(name, value);
  };
  for (const key of [...GLOBALS, ...ARRAYS]) add(key, globalThis, key);
  if ('process' in globalThis) for (const key of OF_PROCESS) add(`process.${key}`, process, key);
  for (const [name, object] of HOLDERS) {
    for (const key of ownKeys(object)) if (typeof key === 'string') add(`${name}.${key}`, object, key);
  }
  return seen;
}

/**
 * Takes the snapshot: to be called before a user's file is imported, and after the harness has put its own in place (the
 * memory pass wraps what makes WASM memories).
 * @returns names of what was replaced or added since: `performance.now`
 */
export function watchGlobals(): () => string[] {
  const before = look();
  return () => {
    const current = look();
    const names = new Set([...before.keys(), ...current.keys()]);
    return [...names].filter((name) => !is(before.get(name), current.get(name)));
  };
}
