/** Tests that need a WebGPU device of this process: whatever adapter there is, software too. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createProcessHost, type ProcessHost } from './process-host.ts';

/** A software adapter compiles a shader in a second or more. */
const LIMIT_MS = 120_000;

/** A host with a device for the tests of the `describe` that this is called in; without one they are skipped, and say why, but in CI they fail. */
export function onDevice(): (title: string, test: (host: ProcessHost) => Promise<void>) => void {
  let host: ProcessHost;
  let why: string | undefined;
  beforeAll(async () => {
    host = await createProcessHost({ gpu: true });
    if ('reason' in host.gpu) why = host.gpu.reason;
    if (process.env.CI === 'true') expect(why).toBeUndefined();
  });
  afterAll(() => host.close());
  return (title, test) =>
    it(
      title,
      async ({ skip }) => {
        if (why !== undefined) skip(why);
        await test(host);
      },
      LIMIT_MS,
    );
}
