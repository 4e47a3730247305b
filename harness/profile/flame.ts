/** A flame graph from a CPU profile, drawn by 0x: an optional package, since it brings 286 others. */
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from '../errors.ts';

const HOW_TO_GET_IT = 'npm install --no-save 0x@6.0.0';

type ZeroX = (options: Record<string, unknown>) => Promise<string>;

/**
 * 0x reads the profile rather than V8's log: it does not know V8's middle tiers, and cuts long lines of the log.
 * @param profile a `.cpuprofile`
 * @returns the page's file, beside the profile
 * @throws UsageError when 0x is not installed, with the command that brings it
 */
export async function flameGraph(profile: string, title: string): Promise<string> {
  let zeroX: ZeroX;
  try {
    zeroX = createRequire(import.meta.url)('0x') as ZeroX;
  } catch {
    throw new UsageError(`0x is not installed: ${HOW_TO_GET_IT}`);
  }
  const name = `${basename(profile, '.cpuprofile')}.flame`;
  const folder = resolve(dirname(profile));
  await zeroX({
    argv: [title],
    name,
    title,
    workingDir: folder,
    outputDir: folder,
    outputHtml: `${name}.html`,
    visualizeCpuProfile: resolve(profile),
  });
  return join(dirname(profile), `${name}.html`);
}
