// What `host.peer('llama-cpp')` gives: a model in a context of its own, by the bindings that node-llama-cpp's own classes call.
// Those classes are left out because their queue takes turns of the event loop, and because they ask for a tokenizer.
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getLlama } from 'node-llama-cpp';

let started;
/** Once a process; nothing is built, and nothing fetched. */
function start() {
  started ??= getLlama({
    ...{ gpu: false, build: 'never', skipDownload: true, progressLogs: false, logLevel: 'error' },
  });
  return started;
}

/** In a folder of its own that is there as long as `body` takes: llama.cpp reads and writes files by name alone. */
async function inFolder(body) {
  const folder = await mkdtemp(join(tmpdir(), 'llama-cpp-'));
  try {
    return await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const SEQUENCE = 0;
/** Of ggml's types. */
const F32 = 0;

/**
 * @param file pieces of a GGUF file
 * @param options `capacity` of the cache and `batch`, both in tokens; `threads`; `exact` for attention in float32 over
 * a cache of float32, in place of what llama.cpp chooses by itself: flash attention over one of float16; `timings` for llama.cpp
 * to count its own times
 */
export async function load(file, { capacity, batch, threads, exact = false, timings = false }) {
  const llama = await start();
  const bindings = llama._bindings;
  const model = await inFolder(async (folder) => {
    const path = join(folder, 'model.gguf');
    const handle = await open(path, 'w');
    try {
      for await (const piece of file) await handle.writeFile(piece);
    } finally {
      await handle.close();
    }
    // Mapped into memory, which stays when the file has lost its name.
    const options = { addonExports: bindings, gpuLayers: 0, useMmap: true };
    const model = new bindings.AddonModel(path, options);
    if (!(await model.init())) throw new Error('llama.cpp does not load this model');
    return model;
  });
  const context = new bindings.AddonContext(model, {
    ...{ contextSize: capacity, batchSize: batch, sequences: 1, threads, performanceTracking: timings },
    // Flash attention rounds keys and values to float16, whatever the cache holds.
    flashAttention: !exact,
    ...(exact ? { kvCacheKeyType: F32, kvCacheValueType: F32 } : {}),
  });
  if (!(await context.init())) throw new Error('llama.cpp makes no context for this model');
  let last;
  return {
    /** Instruction sets that the binary was found to use, as llama.cpp prints them. */
    systemInfo: llama.systemInfo,
    threads: context.getThreads(),
    /** `tokens` (Uint32Array) from `position` on, in place of what the cache has there and behind. */
    evaluate(tokens, position) {
      context.removeTokenCellsFromSequence(SEQUENCE, position, -1);
      context.initBatch(tokens.length);
      [last] = context.addToBatch(SEQUENCE, position, tokens, Uint32Array.of(tokens.length - 1));
      return context.decodeBatch();
    },
    /** Of the last token. They come as pairs of token and logit. */
    async logits() {
      const sampler = new bindings.AddonSampler(model);
      sampler.applyConfig({ temperature: 0 });
      const [, , , pairs] = await context.sampleToken(last, sampler, false, false, true);
      sampler.dispose();
      const logits = new Float32Array(pairs.length / 2);
      for (let i = 0; i < pairs.length; i += 2) logits[pairs[i]] = pairs[i + 1];
      return logits;
    },
    /** The cache, as llama.cpp saves it. */
    save: () =>
      inFolder(async (folder) => {
        const path = join(folder, 'state');
        await context.saveSequenceStateToFile(path, SEQUENCE, new Uint32Array(0));
        return readFile(path);
      }),
    /** Puts what {@link save} would give in place of the cache. */
    restore: (bytes) =>
      inFolder(async (folder) => {
        const path = join(folder, 'state');
        await writeFile(path, bytes);
        await context.loadSequenceStateFromFile(path, SEQUENCE, capacity);
      }),
    /** To stderr, by llama.cpp itself. */
    printTimings: () => context.printTimings(),
    async dispose() {
      await context.dispose();
      await model.dispose();
    },
  };
}
