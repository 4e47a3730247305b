import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { LOADER } from '../typescript.ts';

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it.skipIf(process.platform === 'win32')(
  'a runner that is killed leaves neither its browser nor the profile',
  async () => {
    const fixture = fileURLToPath(new URL('./browser-process.fixture.ts', import.meta.url));
    const runner = spawn(process.execPath, [...LOADER, fixture], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const text = await new Promise<string>((resolve) =>
      runner.stdout.once('data', (data) => resolve(String(data))),
    );
    const { pid, folder } = JSON.parse(text) as { pid: number; folder: string };
    expect([isAlive(pid), existsSync(folder)]).toEqual([true, true]);
    runner.kill('SIGKILL');
    await expect.poll(() => [isAlive(pid), existsSync(folder)], { timeout: 10_000 }).toEqual([false, false]);
  },
  20_000,
);
