/** Programs that serve a browser while it measures: its WebDriver, and a display where there is none. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import type { Readable } from 'node:stream';
import { oneLine, UsageError } from '../errors.ts';

/** Long for a machine under load; a tenth of a second is usual. */
const STARTING_MS = 20_000;

/**
 * Becomes the program. What watches in its process group ends all of that when the pipe to this program breaks: a runner that is
 * killed leaves no browser behind.
 */
const GUARDED = 'exec 4<&0; (read line <&4; kill -9 0) 3>&- & exec "$@" 4<&- </dev/null';

/** Starts a program as the first of a process group, with file descriptor 3 as a pipe from it. */
function startGroup(program: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn('/bin/sh', ['-c', GUARDED, 'sh', program, ...args], {
    detached: true,
    env,
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
  });
}

/** @throws UsageError where it ends or is silent instead */
async function started<T>(program: string, child: ChildProcess, ready: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`is not ready within ${STARTING_MS / 1000} s`)), STARTING_MS);
  });
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`ended with ${signal ?? `code ${code}`}`);
  });
  try {
    return await Promise.race([ready, ended, late]);
  } catch (error) {
    endGroup(child);
    throw new UsageError(`${program} cannot be started: ${oneLine(error)}`);
  } finally {
    clearTimeout(timer);
    ended.catch(() => undefined);
  }
}

/** Ends the program and all that it started. */
export function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // No process is left.
  }
}

/** A display in memory, of X: what it is called in `DISPLAY`. */
export async function startDisplay(program: string): Promise<{ child: ChildProcess; name: string }> {
  // It takes the first number that is free and says it.
  const child = startGroup(
    program,
    ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'],
    process.env,
  );
  const [number] = await started(program, child, once(child.stdio[3] as Readable, 'data'));
  return { child, name: `:${String(number).trim()}` };
}

/** A WebDriver on loopback, at a port that was free. @param flags how it is told that port */
export async function startDriver(
  program: string,
  env: NodeJS.ProcessEnv,
  flags = (port: number): string[] => ['-p', String(port)],
): Promise<{ child: ChildProcess; endpoint: URL }> {
  const port = await freePort();
  const child = startGroup(program, flags(port), env);
  const endpoint = new URL(`http://127.0.0.1:${port}/`);
  await started(program, child, answering(new URL('status', endpoint)));
  return { child, endpoint };
}

async function answering(url: URL): Promise<void> {
  for (const start = performance.now(); performance.now() - start < STARTING_MS; ) {
    const response = await fetch(url).catch(() => undefined);
    await response?.body?.cancel();
    if (response) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
