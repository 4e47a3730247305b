import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../harness/errors.ts';
import { checkRuntime } from '../harness/runtimes/runtime.ts';
import { nameOfRuntime, toRemote, toSelection } from './selection.ts';

const CLOUD = 'remote:https://me:topsecret@cloud.example/wd/hub/?token=alsosecret';

describe('an address of a WebDriver endpoint', () => {
  it('is named without what gives access to it', () => {
    expect(nameOfRuntime(CLOUD)).toBe('remote:https://cloud.example/wd/hub');
    expect(nameOfRuntime('remote:http://127.0.0.1:4444')).toBe('remote:http://127.0.0.1:4444');
    expect(nameOfRuntime('node@22')).toBe('node@22');
    expect(JSON.stringify(toSelection([], { runtime: [CLOUD] }))).not.toContain('secret');
  });

  it('stays whole for who opens it', () => {
    const { addresses } = toRemote({ runtime: ['node', CLOUD] });
    expect([...addresses].map(([name, { password }]) => [name, password])).toEqual([
      ['remote:https://cloud.example/wd/hub', 'topsecret'],
    ]);
  });

  it('is not repeated where it is none', () => {
    for (const text of ['remote:', 'remote:me:topsecret@cloud', 'remote:ftp://me:topsecret@cloud']) {
      expect(() => checkRuntime(text)).toThrow(/^remote: needs the http or https address/);
      expect(() => checkRuntime(text)).not.toThrow(/topsecret/);
    }
    expect(() => checkRuntime(nameOfRuntime(CLOUD))).not.toThrow();
  });
});

describe('capabilities', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'zoo-caps-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (text: string) => {
    writeFileSync(join(folder, 'caps.json'), text);
    return join(folder, 'caps.json');
  };

  it('come from a file, and the name of the browser from its flag', () => {
    const remoteCaps = file('{ "browserName": "chrome", "platformName": "linux" }');
    const { capabilities } = toRemote({ remoteCaps, remoteBrowser: 'firefox' });
    expect(capabilities).toEqual({ browserName: 'firefox', platformName: 'linux' });
  });

  it('must be an object', () => {
    for (const text of ['[]', 'null', '{', '']) {
      expect(() => toRemote({ remoteCaps: file(text) })).toThrow(UsageError);
    }
    expect(() => toRemote({ remoteCaps: join(folder, 'none.json') })).toThrow(/^--remote-caps .*ENOENT/);
  });
});
