/** Sessions of W3C WebDriver endpoints (https://www.w3.org/TR/webdriver2/): a browser that shows one page after the other. */
import { Capabilities, WebDriver } from 'selenium-webdriver';
import { Executor, HttpClient } from 'selenium-webdriver/http/index.js';
import { oneLine } from '../errors.ts';
import { within } from './browser.ts';

/** A grid holds a request until a node is free, for five minutes by default. */
const OPENING_MS = 330_000;
/** Any other command; a tenth of a second is usual, a few seconds in a cloud. */
const COMMAND_MS = 30_000;

/** What the endpoint says of the browser that it gave, in its own words. */
export interface Described {
  readonly name: string;
  readonly version: string;
  readonly platform: string;
}

/** Whether a session can be used further: `crashed` takes a new one on the same node, `lost` says that the node is gone. */
export type SessionState =
  | { readonly kind: 'there' | 'crashed' }
  | { readonly kind: 'lost'; readonly how: string };

export class Session {
  readonly browser: Described;
  readonly #driver: WebDriver;
  readonly #endpoint: URL;

  private constructor(driver: WebDriver, endpoint: URL, browser: Described) {
    this.#driver = driver;
    this.#endpoint = endpoint;
    this.browser = browser;
  }

  /**
   * @param endpoint with the user's name and key where it asks for them; its query is not sent
   * @param capabilities what the browser must be; empty takes what the endpoint has
   * @throws Error, in one line and without the key, where none is given
   */
  static async open(endpoint: URL, capabilities: Readonly<Record<string, unknown>>): Promise<Session> {
    // Not the library's builder: that takes other browsers and endpoints from environment variables.
    const executor = new Executor(new HttpClient(endpoint.href));
    const driver = WebDriver.createSession(executor, new Capabilities(capabilities));
    const found = await within(OPENING_MS, driver.getCapabilities()).catch((error) => {
      throw new Error(withoutKey(endpoint, error));
    });
    const text = (name: string) => String(found.get(name) ?? 'unknown');
    return new Session(driver, endpoint, {
      name: text('browserName'),
      version: text('browserVersion'),
      platform: text('platformName'),
    });
  }

  /** Leads the window there is to an address. */
  async show(url: string): Promise<void> {
    await this.#command(() => this.#driver.get(url));
  }

  /** Shows an address in a new window, whose process is fresh in most browsers, and closes those before it. */
  async showFresh(url: string): Promise<void> {
    await this.#command(async () => {
      const before = await this.#driver.getAllWindowHandles();
      try {
        await this.#driver.switchTo().newWindow('tab');
      } catch (error) {
        // Browsers of phones have one window.
        if ((await this.state()).kind !== 'there') throw error;
        return;
      }
      const fresh = await this.#driver.getWindowHandle();
      for (const handle of before) {
        await this.#driver.switchTo().window(handle);
        await this.#driver.close();
      }
      await this.#driver.switchTo().window(fresh);
    });
    await this.show(url);
  }

  /** Asks the browser; this also keeps the endpoint from ending a session that is given no commands. */
  async state(): Promise<SessionState> {
    try {
      await this.#command(() => this.#driver.getTitle());
      return { kind: 'there' };
    } catch (error) {
      const how = oneLine(error);
      // chromedriver: "tab crashed"; WebKitWebDriver: "session deleted because of page crash or hang."
      return /crash/i.test(how) ? { kind: 'crashed' } : { kind: 'lost', how };
    }
  }

  /** Never throws: an endpoint that does not answer has ended it. */
  async close(): Promise<void> {
    await this.#command(() => this.#driver.quit()).catch(() => undefined);
  }

  async #command<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await within(COMMAND_MS, send());
    } catch (error) {
      throw new Error(withoutKey(this.#endpoint, error));
    }
  }
}

/** chromedriver says the stack of its own process in lines behind the first. */
function withoutKey({ password }: URL, error: unknown): string {
  const { name = '', message = '' } = error instanceof Error ? error : { message: String(error) };
  const [first = ''] = message.split('\n');
  const line = oneLine(first || name);
  return password === ''
    ? line
    : line.replaceAll(password, '…').replaceAll(decodeURIComponent(password), '…');
}
