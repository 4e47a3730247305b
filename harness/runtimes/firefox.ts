/** Stock Firefox over WebDriver BiDi. */
import { existsSync, readdirSync } from 'node:fs';
import puppeteer from 'puppeteer-core';
import { oneLine, UsageError } from '../errors.ts';
import { BROWSER_GONE } from '../protocol.ts';
import type { Browser } from './browser.ts';
import { closed, makeProfile, outlive } from './browser-process.ts';
import { SWIFTSHADER } from './process-gpu.ts';
import { programOf } from './programs.ts';
import type { RuntimeOptions } from './runtime.ts';

/** Beside puppeteer's own, which keep the browser from calling home. The clock is left as users have it. */
const PREFERENCES = {
  'dom.webgpu.enabled': true,
  'dom.webgpu.workers.enabled': true,
  // Software adapters are on it.
  'gfx.webgpu.ignore-blocklist': true,
  // A kernel that runs for long is no page that hangs.
  'dom.max_script_run_time': 0,
  'dom.ipc.processHangMonitor': false,
  'dom.timeout.enable_budget_timer_throttling': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'network.http.http3.enable': false,
};

/** Where Vulkan drivers say that they are there. */
const VULKAN = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];

/** Chromium's software adapter, where the machine has no Vulkan driver and the user names none. */
function vulkan(): Record<string, string> {
  const has = (folder: string) => existsSync(folder) && readdirSync(folder).length > 0;
  if (process.env.VK_DRIVER_FILES || process.platform !== 'linux' || VULKAN.some(has)) return {};
  return existsSync(SWIFTSHADER) ? { VK_DRIVER_FILES: SWIFTSHADER } : {};
}

export async function launchFirefox({ browserPath, browserArgs = [] }: RuntimeOptions): Promise<Browser> {
  const executablePath = programOf('firefox', browserPath);
  const profile = makeProfile('firefox');
  const browser = await puppeteer
    .launch({
      browser: 'firefox',
      executablePath,
      args: [...browserArgs],
      extraPrefsFirefox: PREFERENCES,
      userDataDir: profile.folder,
      env: { ...process.env, ...vulkan(), MOZ_CRASHREPORTER_DISABLE: '1' },
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
      waitForInitialPage: false,
    })
    .catch((error) => {
      profile.remove();
      throw new UsageError(`${executablePath} cannot be started: ${oneLine(error)}`);
    });
  const version = (await browser.version()).replace(/^.*\//, '');
  const dismiss = outlive(browser.process()!, profile);
  let gone = false;
  const watched = new Set<(how: string) => void>();
  browser.on('disconnected', () => {
    gone = true;
    for (const onGone of watched) onGone(BROWSER_GONE);
  });
  return {
    known: {
      runtime: 'firefox',
      version,
      engine: 'spidermonkey',
      // It is versioned with Firefox.
      engineVersion: version,
      flags: ['--headless', ...browserArgs, ...Object.entries(PREFERENCES).map((each) => each.join('='))],
    },
    tellsMemory: false,
    get gone() {
      return gone;
    },
    async open(url, onGone) {
      const context = await browser.createBrowserContext();
      const page = await context.newPage();
      watched.add(onGone);
      page.once('close', () => {
        if (watched.has(onGone)) onGone('was closed');
      });
      // Not waited for: a page that crashes while it loads never has.
      page.goto(url).catch(() => undefined);
      return {
        async close() {
          watched.delete(onGone);
          await context.close();
        },
      };
    },
    async close() {
      gone = true;
      await closed(browser.process()!, () => browser.close());
      profile.remove();
      dismiss();
    },
  };
}
