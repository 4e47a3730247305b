/** What goes wrong on a WebGPU device, as errors with one clear line: WebGPU itself reports it elsewhere and later. */

interface Watch {
  /** Why the device is gone, once it is. */
  lost?: string;
  /** An error outside every error scope, since the last fence. */
  error?: string | undefined;
  /** Fences under way: a lost device may leave them unanswered. */
  readonly waiting: Set<(error: Error) => void>;
}

const watches = new WeakMap<GPUDevice, Watch>();

const KINDS = [
  ['validation', 'validation error'],
  ['out-of-memory', 'out of memory'],
  ['internal', 'internal error'],
] as const;

function watch(device: GPUDevice): Watch {
  const known = watches.get(device);
  if (known) return known;
  const state: Watch = { waiting: new Set() };
  watches.set(device, state);
  device.lost.then(({ reason, message }) => {
    state.lost = `WebGPU: the device was lost (${[reason, firstLine(message)].filter(Boolean).join(': ')})`;
    for (const reject of state.waiting) reject(new Error(state.lost));
    state.waiting.clear();
  });
  device.addEventListener('uncapturederror', (event) => {
    const { error } = event as GPUUncapturedErrorEvent;
    event.preventDefault();
    state.error ??= `WebGPU: ${kindOf(error)}: ${firstLine(error.message)}`;
  });
  return state;
}

/** Why the device was lost, in one line; undefined while it works. A lost device computes nothing any more. */
export function lossOf(device: GPUDevice): string | undefined {
  return watch(device).lost;
}

/**
 * Resolves when all that was submitted has been done.
 * @throws Error when the device is lost, or where what was submitted since the last fence was invalid or found no memory
 */
export function fence(device: GPUDevice): Promise<void> {
  const state = watch(device);
  return new Promise((resolve, reject) => {
    if (state.lost !== undefined) return reject(new Error(state.lost));
    // Not Promise.race with `device.lost`: that would keep something of every fence until the device ends.
    state.waiting.add(reject);
    const settle = (thrown?: unknown) => {
      state.waiting.delete(reject);
      const failure =
        state.lost ?? state.error ?? (thrown === undefined ? undefined : `WebGPU: ${messageOf(thrown)}`);
      state.error = undefined;
      if (failure !== undefined) reject(new Error(failure));
      else resolve();
    };
    device.queue.onSubmittedWorkDone().then(() => settle(), settle);
  });
}

/**
 * What `make` returns, if the device accepts it all.
 * @throws Error naming the kind of error: validation, out of memory, internal; or the loss of the device
 */
export async function checked<T>(device: GPUDevice, make: () => T | Promise<T>): Promise<T> {
  const state = watch(device);
  if (state.lost !== undefined) throw new Error(state.lost);
  for (const [filter] of KINDS) device.pushErrorScope(filter);
  let made: T | undefined;
  let thrown: unknown;
  try {
    made = await make();
  } catch (error) {
    thrown = error ?? new Error('unknown');
  }
  const failures: string[] = [];
  for (const [, kind] of KINDS.toReversed()) {
    // Rejects where the device is lost.
    const error = await device.popErrorScope().catch(() => null);
    if (error) failures.push(`${kind}: ${firstLine(error.message)}`);
  }
  if (state.lost !== undefined) throw new Error(state.lost);
  // What arrived by now is of what was submitted before: one invalid dispatch makes two errors in Chromium, and a fence ends at the
  // first.
  state.error = undefined;
  if (thrown instanceof ShaderError) throw thrown;
  // What the device says explains what the engine threw because of it.
  if (failures.length > 0) throw new Error(`WebGPU: ${failures.join('; ')}`);
  if (thrown !== undefined) throw new Error(`WebGPU: ${messageOf(thrown)}`);
  return made as T;
}

/**
 * Makes a buffer of `MAP_READ` readable.
 * @throws Error with the cause, where engines only say that it could not be mapped
 */
export async function map(device: GPUDevice, buffer: GPUBuffer): Promise<void> {
  try {
    await buffer.mapAsync(GPUMapMode.READ);
  } catch (error) {
    await fence(device);
    throw new Error(`WebGPU: the output cannot be read: ${messageOf(error)}`);
  }
}

/** Errors in the shader's text come with their line; pipelines are refused for other reasons too. */
export async function compile(
  device: GPUDevice,
  code: string,
  constants: Record<string, number>,
): Promise<GPUComputePipeline> {
  return checked(device, async () => {
    const module = device.createShaderModule({ code });
    const { messages } = await module.getCompilationInfo();
    const first = messages.find(({ type }) => type === 'error');
    if (first) throw new ShaderError(first);
    return device.createComputePipelineAsync({
      layout: 'auto',
      compute: { module, entryPoint: 'main', constants },
    });
  });
}

class ShaderError extends Error {
  constructor({ lineNum, linePos, message }: GPUCompilationMessage) {
    super(`WebGPU: the shader does not compile: line ${lineNum}:${linePos}: ${firstLine(message)}`);
  }
}

function messageOf(thrown: unknown): string {
  return firstLine(thrown instanceof Error ? thrown.message : String(thrown));
}

function kindOf(error: GPUError): string {
  const kinds: Record<string, string> = {
    GPUValidationError: 'validation error',
    GPUOutOfMemoryError: 'out of memory',
  };
  return kinds[error.constructor.name] ?? 'internal error';
}

/** Dawn adds where it found an error, line by line. */
function firstLine(text: string): string {
  return text.trim().split('\n')[0]!.trim();
}
