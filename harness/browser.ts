import { existsSync } from 'node:fs';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The installed Chromium: CHROME_PATH, or where packages put it. */
export function findBrowser(): string | undefined {
  return [process.env.CHROME_PATH, ...PLACES].find((path) => path !== undefined && existsSync(path));
}
