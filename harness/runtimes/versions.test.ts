import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UsageError } from '../errors.ts';
import { ofVersion } from './versions.ts';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'zoo-node-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
});

describe('ofVersion', () => {
  it('gives a version that is there without asking the registry', () => {
    const name = process.platform === 'win32' ? 'node.exe' : 'node';
    const binary = join(cache, 'node-22', 'node_modules', 'node', 'bin', name);
    mkdirSync(dirname(binary), { recursive: true });
    writeFileSync(binary, '');
    vi.stubEnv('npm_config_registry', 'http://127.0.0.1:9/');
    expect(ofVersion('node', '22', cache)).toBe(binary);
  });

  it('says in one line that the registry cannot be reached, and leaves nothing behind', () => {
    vi.stubEnv('npm_config_registry', 'http://127.0.0.1:9/');
    vi.stubEnv('npm_config_fetch_retries', '0');
    let message = '';
    try {
      ofVersion('node', '22', cache);
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
      message = (error as Error).message;
    }
    expect(message).toMatch(/^cannot fetch node@22 from npm: .*ECONNREFUSED/);
    expect(message).not.toContain('\n');
    expect(readdirSync(cache)).toEqual([]);
  }, 30_000);

  it('takes nothing but a version: no tag, no path, no flag', () => {
    for (const text of ['latest', '../22', '--help', '', '22.1.2.3']) {
      expect(() => ofVersion('node', text, cache), text).toThrow('no version of node');
    }
  });
});
