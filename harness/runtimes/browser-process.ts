/** The processes of a browser and the folder of its profile: nothing of them is left, however the browser or this program ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A browser that was asked to close has this long. */
const GRACE_MS = 5000;

export interface Profile {
  readonly folder: string;
  remove(): void;
}

/** A folder for one browser; removed at the end of this program at the latest. */
export function makeProfile(name: string): Profile {
  const folder = mkdtempSync(join(tmpdir(), `kernel-zoo-${name}-`));
  const remove = () => {
    process.off('exit', remove);
    try {
      // Processes that were just ended may still write.
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    } catch {
      // Somebody holds a file in it open: not worth failing a run for.
    }
  };
  process.on('exit', remove);
  return { folder, remove };
}

/**
 * Ends the browser and removes its profile when this program has gone without doing so, killed itself: a shell in a session of
 * its own waits for the end of a pipe that only this program holds. Not on Windows.
 * @returns to be called when the browser has been closed
 */
export function outlive(browser: ChildProcess, { folder }: Profile): () => void {
  if (process.platform === 'win32' || browser.pid === undefined) return () => {};
  const script = 'cat > /dev/null; kill -s KILL -- "-$1"; sleep 1; rm -rf -- "$2"';
  const guard = spawn('/bin/sh', ['-c', script, 'sh', String(browser.pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.on('error', () => {});
  guard.unref();
  (guard.stdin as unknown as { unref(): void }).unref();
  return () => guard.kill('SIGKILL');
}

/** Waits until a browser that was asked to close has gone, and ends it with all its processes where it has not in time. */
export async function closed(browser: ChildProcess, ask: () => Promise<unknown>): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    if (browser.exitCode !== null || browser.signalCode !== null) resolve();
    else browser.once('exit', () => resolve());
  });
  const timer = setTimeout(() => killTree(browser), GRACE_MS);
  // One that is gone already refuses to be asked.
  await Promise.race([
    gone,
    ask().then(
      () => gone,
      () => gone,
    ),
  ]);
  clearTimeout(timer);
  // What it started may outlive it.
  killTree(browser);
}

/** It leads a process group of its own, except on Windows, where the end of the first one ends the others. */
function killTree(browser: ChildProcess): void {
  if (browser.pid === undefined) return;
  try {
    if (process.platform === 'win32') browser.kill('SIGKILL');
    else process.kill(-browser.pid, 'SIGKILL');
  } catch {
    // No process is left.
  }
}
