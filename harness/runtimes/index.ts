/** The one list of runtimes: a name, and what opens it. */
import { openProcess } from './process.ts';
import type { Runtime, RuntimeOptions } from './runtime.ts';

/**
 * @param name one that {@link checkRuntime} takes
 * @throws UsageError, in one line, where what it needs is not installed and cannot be fetched
 */
export async function openRuntime(name: string, _options: RuntimeOptions): Promise<Runtime> {
  return openProcess(name);
}
