/** Where the programs are that drive WebKit: of no use without a display. */
import { existsSync } from 'node:fs';
import { oneLine, UsageError } from '../errors.ts';

export interface WebkitPrograms {
  readonly driver: string;
  /** A display in memory, where this machine has none. */
  readonly display?: string;
}

const GTK_DRIVER = '/usr/bin/WebKitWebDriver';
const SAFARI_DRIVER = '/usr/bin/safaridriver';
const XVFB = '/usr/bin/Xvfb';

/** @throws UsageError naming what brings what is missing */
export function webkitPrograms(): WebkitPrograms {
  if (process.platform === 'darwin') return { driver: SAFARI_DRIVER };
  if (process.platform === 'win32') throw new UsageError('webkit is to be had on Linux and macOS');
  const hasDisplay = (process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY ?? '') !== '';
  const missing = [
    ...(existsSync(GTK_DRIVER) ? [] : ['webkit2gtk-driver']),
    ...(hasDisplay || existsSync(XVFB) ? [] : ['xvfb']),
  ];
  if (missing.length > 0) {
    const what = `\`apt-get install ${missing.join(' ')}\` on Debian`;
    throw new UsageError(`webkit needs WebKitWebDriver and a display: ${what}`);
  }
  return { driver: GTK_DRIVER, ...(hasDisplay ? {} : { display: XVFB }) };
}

/** The same for who only asks; or what brings what is missing. */
export function findWebkit(): WebkitPrograms | { readonly missing: string } {
  try {
    return webkitPrograms();
  } catch (error) {
    return { missing: oneLine(error) };
  }
}
