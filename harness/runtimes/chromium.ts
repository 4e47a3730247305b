/**
 * Chromium and Chrome over the DevTools protocol. Pages are opened and watched from the browser's own session; none is attached to
 * a page or worker, so that nothing of the debugger is in what is measured.
 */
import puppeteer, { type CDPSession } from 'puppeteer-core';
import { oneLine, UsageError } from '../errors.ts';
import { BROWSER_GONE, CRASHED } from '../protocol.ts';
import type { Browser } from './browser.ts';
import { closed, makeProfile, outlive } from './browser-process.ts';
import { heapOf } from './chromium-heap.ts';
import { programOf } from './programs.ts';
import type { RuntimeOptions } from './runtime.ts';

/** Beside puppeteer's own, which keep background pages at full speed and the browser from calling home. */
const FLAGS = [
  '--disable-quic',
  '--disable-background-networking',
  // Software adapters too, where there is no other.
  '--enable-unsafe-webgpu',
  // Timestamps are rounded to 0.1 ms otherwise.
  '--disable-dawn-features=timestamp_quantization',
];

/** The sandbox cannot be had by root. */
const asRoot = (): string[] => (process.getuid?.() === 0 ? ['--no-sandbox'] : []);

export async function launchChromium({ browserPath, browserArgs = [] }: RuntimeOptions): Promise<Browser> {
  const executablePath = programOf('chromium', browserPath);
  const profile = makeProfile('chromium');
  const flags = [...FLAGS, ...asRoot(), ...browserArgs];
  const browser = await puppeteer
    .launch({
      executablePath,
      args: flags,
      userDataDir: profile.folder,
      // With the runner the pipe ends, and with that the browser.
      pipe: true,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
      waitForInitialPage: false,
      // None is attached to.
      targetFilter: () => false,
    })
    .catch((error) => {
      profile.remove();
      throw new UsageError(`${executablePath} cannot be started: ${oneLine(error)}`);
    });
  const session = await browser.target().createCDPSession();
  const { product, jsVersion } = await session.send('Browser.getVersion');
  await session.send('Target.setDiscoverTargets', { discover: true });
  const dismiss = outlive(browser.process()!, profile);
  let gone = false;
  const watched = new Map<string, (how: string) => void>();
  const tell = (id: string, how: string) => {
    const onGone = watched.get(id);
    watched.delete(id);
    onGone?.(how);
  };
  session.on('Target.targetCrashed', ({ targetId }) => tell(targetId, CRASHED));
  session.on('Target.targetDestroyed', ({ targetId }) => tell(targetId, 'was closed'));
  browser.on('disconnected', () => {
    gone = true;
    for (const id of [...watched.keys()]) tell(id, BROWSER_GONE);
  });
  return {
    known: {
      runtime: 'chromium',
      version: product.replace(/^.*\//, ''),
      engine: 'v8',
      engineVersion: jsVersion,
      flags: ['--headless', ...flags],
    },
    tellsMemory: true,
    get gone() {
      return gone;
    },
    open: (url, onGone) => openTab(session, url, watched, onGone),
    async close() {
      gone = true;
      await closed(browser.process()!, () => browser.close());
      profile.remove();
      dismiss();
    },
  };
}

async function openTab(
  session: CDPSession,
  url: string,
  watched: Map<string, (how: string) => void>,
  onGone: (how: string) => void,
) {
  const { browserContextId } = await session.send('Target.createBrowserContext', { disposeOnDetach: true });
  const { targetId } = await session.send('Target.createTarget', { url, browserContextId });
  watched.set(targetId, onGone);
  return {
    driver: heapOf(session, targetId),
    async close() {
      watched.delete(targetId);
      await session.send('Target.disposeBrowserContext', { browserContextId });
    },
  };
}
