import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ROOT } from '../harness/root.ts';
import { register } from './profile.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zoo-profile-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

async function profile(...args: string[]): Promise<string> {
  const out: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => out.push(String(text)) > 0);
  const program = new Command();
  program.exitOverride();
  register(program);
  await program.parseAsync(['profile', ...args, '--out', folder], { from: 'user' });
  return out.join('');
}

describe('zoo profile', () => {
  it('counts the SIMD instructions of any file', async () => {
    const out = await profile('--opcodes', join(ROOT, 'kernels/softmax/simd.wasm'));
    expect(out).toMatch(/\d+ {2}f32x4\.relaxed_madd\n/);
    const empty = join(folder, 'empty.wasm');
    writeFileSync(empty, Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    expect(await profile('--opcodes', empty)).toContain('no SIMD at all');
  });

  it('refuses in one line what is no module, two modes, several variants or runtimes, and files without --opcodes', async () => {
    const text = join(folder, 'text.wasm');
    writeFileSync(text, 'hello');
    await expect(profile('--opcodes', text)).rejects.toThrow('it does not begin with "\\0asm"');
    await expect(profile('--opcodes', join(folder, 'none.wasm'))).rejects.toThrow('cannot read');
    await expect(profile(text)).rejects.toThrow('.wasm files are for --opcodes');
    await expect(profile('softmax/simd', '--gc', '--alloc')).rejects.toThrow('one at a time');
    await expect(profile('softmax')).rejects.toThrow('one variant at a time: softmax/naive');
    await expect(profile()).rejects.toThrow('name a cell');
    await expect(profile('softmax/simd', '--runtime', 'node,chromium')).rejects.toThrow('one Node');
    await expect(profile('softmax/naive', '--opcodes')).rejects.toThrow('it has no WASM module');
  });

  it('puts the WASM function that takes most of the time first', async () => {
    const out = await profile('softmax/simd@R=1536,C=128', '--time', '200', '--no-flame');
    expect(out).toMatch(/function\n *\d+\.\d % .* kernels\/softmax\/simd\.as\/softmax \(wasm\)\n/);
    expect(out).toContain('.cpuprofile');
  }, 30_000);
});
