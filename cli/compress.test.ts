import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { UsageError } from '../harness/errors.ts';
import { rng } from '../kernels/lib/rng.ts';
import { seal, unseal } from '../models/compressor/container.ts';
import { writeGgufFile } from '../models/gguf/file.ts';
import type { GgufValue } from '../models/gguf/format.ts';
import { randomWeights } from '../models/gguf/weights.ts';
import { HEAD, tensorsOf } from '../models/llama/config.ts';
import { register as compress } from './compress.ts';
import { register as decompress } from './decompress.ts';

/** A Llama of 30 thousand weights, so that files take no time. */
function llama(seed: string, vocabulary: number) {
  const config = {
    ...{ layers: 1, width: 32, ffn: 64, heads: 2, kvHeads: 1, headSize: 16 },
    ...{ vocabulary, context: 32, epsilon: 1e-5, ropeBase: 10_000 },
  };
  const u32 = (value: number): GgufValue => ({ type: 'uint32', value });
  const random = rng(seed);
  return {
    metadata: new Map<string, GgufValue>([
      ['general.architecture', { type: 'string', value: 'llama' }],
      ['llama.block_count', u32(config.layers)],
      ['llama.context_length', u32(config.context)],
      ['llama.embedding_length', u32(config.width)],
      ['llama.feed_forward_length', u32(config.ffn)],
      ['llama.attention.head_count', u32(config.heads)],
      ['llama.attention.head_count_kv', u32(config.kvHeads)],
      ['llama.attention.layer_norm_rms_epsilon', { type: 'float32', value: config.epsilon }],
    ]),
    tensors: tensorsOf(config)
      .filter(([name]) => name !== HEAD)
      .map(([name, dims]) => randomWeights(name, 'f32', dims, random)),
  };
}

let folder: string;
let written: string;
const at = (name: string) => join(folder, name);
const zoo = async (...args: string[]) => {
  const program = new Command('zoo').exitOverride().configureOutput({ writeErr: () => {} });
  compress(program);
  decompress(program);
  await program.parseAsync(args, { from: 'user' });
  return written;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zoo-cli-compress-'));
  await writeGgufFile(at('a.gguf'), llama('a', 259));
  await writeGgufFile(at('b.gguf'), llama('b', 256));
  await writeGgufFile(at('words.gguf'), llama('c', 300));
  writeFileSync(at('text'), 'What goes in comes out. '.repeat(4));
  writeFileSync(at('empty'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  written = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += text;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

describe('zoo compress, zoo decompress', () => {
  it.each([
    ['text', 'a.gguf', 'simd'],
    ['text', 'b.gguf', 'js'],
    ['text', 'a.gguf', 'simd-threads'],
    ['empty', 'a.gguf', 'simd-f32'],
  ])('%s comes back with %s by %s, which the stream names', async (name, model, path) => {
    const packed = at(`${name} ${path}.kzc`);
    const said = await zoo('compress', at(name), '-o', packed, '--model', at(model), '--path', path);
    for (const row of ['order-0 entropy', 'gzip -9', 'zstd -19', packed]) expect(said).toContain(row);
    expect(await zoo('decompress', packed, '--model', at(model))).toContain(at(`${name} ${path}`));
    expect(readFileSync(at(`${name} ${path}`))).toEqual(readFileSync(at(name)));
  });

  it('bad input is a line, and nothing is written', async () => {
    await zoo('compress', at('text'), '--model', at('a.gguf'));
    const stream = readFileSync(at('text.kzc'));
    writeFileSync(at('cut.kzc'), stream.subarray(0, -3));
    const says = (path: string) => seal({ ...unseal(stream), path });
    writeFileSync(at('wide.kzc'), says('simd/1000000000/8'));
    writeFileSync(at('threads.kzc'), says('simd:3/32/8'));
    writeFileSync(at('odd.kzc'), says('gpu\n'));
    const bad: [string[], string][] = [
      [['compress', at('none')], 'cannot read '],
      [
        ['compress', at('text'), '--model', at('a.gguf')],
        'text.kzc is there already: --force writes over it',
      ],
      [['compress', at('text'), '--model', at('none.gguf')], 'cannot be opened'],
      [
        ['compress', at('text'), '--model', at('words.gguf')],
        'words.gguf: a vocabulary of 300 tokens is none of bytes',
      ],
      [
        ['compress', at('text'), '-o', at('x'), '--overlap', '32', '--model', at('a.gguf')],
        'windows of 32 tokens overlap by 1 to 31 bytes, not 32',
      ],
      [['decompress', at('text')], 'does not end in .kzc: say with --out where it goes'],
      [['decompress', at('text'), '-o', at('x')], 'text: is no stream of this compressor'],
      [['decompress', at('cut.kzc')], 'cut.kzc: the stream was cut or damaged'],
      [['decompress', at('odd.kzc')], 'was made by the path "gpu\\n", which is none of this version'],
      [['decompress', at('threads.kzc')], 'simd:3/32/8", which is none of this version'],
      [
        ['decompress', at('wide.kzc'), '--model', at('a.gguf')],
        'has a context of 32 tokens, and the stream one of 1000000000',
      ],
      [
        ['decompress', at('text.kzc'), '--model', at('b.gguf')],
        'text.kzc: the stream was made with another model',
      ],
    ];
    for (const [args, message] of bad) {
      const done = zoo(...args);
      await expect(done, message).rejects.toThrow(message);
      await expect(done).rejects.toSatisfy((error: Error) => !error.message.includes('\n'));
    }
    expect(() => readFileSync(at('x'))).toThrow();
    await expect(zoo('compress', at('text'), '--path', 'gpu')).rejects.toThrow();
  });

  it('writes over a file where it is told to', async () => {
    await zoo('compress', at('text'), '--model', at('a.gguf'), '--force');
    await expect(zoo('decompress', at('text.kzc'), '--model', at('a.gguf'))).rejects.toThrow(UsageError);
    await zoo('decompress', at('text.kzc'), '--model', at('a.gguf'), '-f');
  });
});
