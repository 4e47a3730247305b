/** The browser and its engine, as far as its user agent tells: what a driver knows better replaces it. */
import type { HostInfo } from '../record.ts';

export function engineOf(
  userAgent: string,
): Pick<HostInfo, 'runtime' | 'version' | 'engine' | 'engineVersion'> {
  const version = (product: string) => new RegExp(`${product}/([\\d.]+)`).exec(userAgent)?.[1];
  const chromium = version('Chrome') ?? version('Chromium');
  // V8 has no version of its own in a page: it is that of Chromium, whose major version names it.
  if (chromium) return { runtime: 'chromium', version: chromium, engine: 'v8', engineVersion: 'unknown' };
  const firefox = version('Firefox');
  if (firefox) {
    // SpiderMonkey is versioned with Firefox.
    return { runtime: 'firefox', version: firefox, engine: 'spidermonkey', engineVersion: firefox };
  }
  const webkit = version('AppleWebKit');
  if (webkit) {
    const safari = version('Version') ?? 'unknown';
    return { runtime: 'webkit', version: safari, engine: 'jsc', engineVersion: webkit };
  }
  return { runtime: 'unknown', version: 'unknown', engine: 'unknown', engineVersion: 'unknown' };
}
