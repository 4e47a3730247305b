/** The one list of runtimes: a name, and what opens it. */
import { UsageError } from '../errors.ts';
import { openBrowser } from './browser.ts';
import { openProcess } from './process.ts';
import { REMOTE, type Runtime, type RuntimeOptions } from './runtime.ts';

/**
 * @param name one that {@link checkRuntime} takes
 * @throws UsageError, in one line, where what it needs is not installed and cannot be fetched
 */
export async function openRuntime(name: string, options: RuntimeOptions): Promise<Runtime> {
  // Browsers bring a library that is loaded only where one is chosen.
  if (name === 'chromium') {
    const { launchChromium } = await withLibrary('puppeteer-core', () => import('./chromium.ts'));
    return openBrowser(name, options, () => launchChromium(options));
  }
  if (name === 'firefox') {
    const { launchFirefox } = await withLibrary('puppeteer-core', () => import('./firefox.ts'));
    return openBrowser(name, options, () => launchFirefox(options));
  }
  if (name === 'webkit') {
    const { launchWebkit } = await withLibrary('selenium-webdriver', () => import('./webkit.ts'));
    return openBrowser(name, options, () => launchWebkit(options));
  }
  if (name.startsWith(REMOTE)) {
    const { openRemote } = await withLibrary('selenium-webdriver', () => import('./remote.ts'));
    return openRemote(name, options);
  }
  return openProcess(name);
}

/** An optional dependency of tens of megabytes, which who measures in Node does without. */
async function withLibrary<T>(library: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UsageError(`this runtime needs a library that is not installed: npm install ${library}`);
  }
}
