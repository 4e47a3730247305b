/** Where the programs of browsers are, by the places that packages and installers put them at. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';

export type Program = 'chromium' | 'firefox';

interface Places {
  readonly variable: string;
  readonly linux: readonly string[];
  /** Within a folder of applications. */
  readonly darwin: readonly string[];
  /** Within a folder of programs. */
  readonly win32: readonly string[];
  readonly howToGet: string;
}

const PLACES: Readonly<Record<Program, Places>> = {
  chromium: {
    variable: 'CHROME_PATH',
    linux: [
      '/usr/bin/chromium',
      '/usr/bin/chromium-browser',
      '/usr/bin/google-chrome',
      '/usr/bin/google-chrome-stable',
      '/opt/google/chrome/chrome',
      '/snap/bin/chromium',
    ],
    darwin: ['Google Chrome.app/Contents/MacOS/Google Chrome', 'Chromium.app/Contents/MacOS/Chromium'],
    win32: ['Google\\Chrome\\Application\\chrome.exe', 'Chromium\\Application\\chrome.exe'],
    howToGet: '`apt-get install chromium` on Debian, or Chrome from google.com/chrome',
  },
  firefox: {
    variable: 'FIREFOX_PATH',
    linux: ['/usr/bin/firefox-esr', '/usr/bin/firefox', '/opt/firefox/firefox', '/snap/bin/firefox'],
    darwin: ['Firefox.app/Contents/MacOS/firefox'],
    win32: ['Mozilla Firefox\\firefox.exe'],
    howToGet: '`apt-get install firefox-esr` on Debian, or Firefox from mozilla.org',
  },
};

/** The program that an environment variable names, or else the first that is installed. */
export function findProgram(name: Program): string | undefined {
  const places = PLACES[name];
  return [process.env[places.variable], ...onThisSystem(places)].find(
    (path) => path !== undefined && existsSync(path),
  );
}

/**
 * @param path where the user says it is
 * @throws UsageError, with what brings it
 */
export function programOf(name: Program, path?: string): string {
  if (path !== undefined) {
    if (!existsSync(path)) throw new UsageError(`no browser at ${path}`);
    return path;
  }
  const found = findProgram(name);
  if (found !== undefined) return found;
  const { howToGet, variable } = PLACES[name];
  throw new UsageError(`no ${name} found: ${howToGet}, or name one with --browser-path or ${variable}`);
}

function onThisSystem({ linux, darwin, win32 }: Places): string[] {
  if (process.platform === 'darwin') {
    const folders = ['/Applications', join(homedir(), 'Applications')];
    return folders.flatMap((folder) => darwin.map((program) => join(folder, program)));
  }
  if (process.platform === 'win32') {
    const { ProgramFiles, LOCALAPPDATA, 'ProgramFiles(x86)': x86 } = process.env;
    return [ProgramFiles, x86, LOCALAPPDATA]
      .filter((folder) => folder !== undefined)
      .flatMap((folder) => win32.map((program) => join(folder, program)));
  }
  return [...linux];
}
