/** The one list of runtimes: a name, and what opens it. */
import { openBrowser } from './browser.ts';
import { openProcess } from './process.ts';
import type { Runtime, RuntimeOptions } from './runtime.ts';

/**
 * @param name one that {@link checkRuntime} takes
 * @throws UsageError, in one line, where what it needs is not installed and cannot be fetched
 */
export async function openRuntime(name: string, options: RuntimeOptions): Promise<Runtime> {
  // Browsers bring a library that is loaded only where one is chosen.
  if (name === 'chromium') {
    const { launchChromium } = await import('./chromium.ts');
    return openBrowser(name, options, () => launchChromium(options));
  }
  if (name === 'firefox') {
    const { launchFirefox } = await import('./firefox.ts');
    return openBrowser(name, options, () => launchFirefox(options));
  }
  return openProcess(name);
}
