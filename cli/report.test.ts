import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UsageError } from '../harness/errors.ts';
import type { ZooRecord } from '../harness/record.ts';
import { fixtureRecords } from '../reports/fixture.ts';
import { register, reportBeside } from './report.ts';

const lines = (records: readonly ZooRecord[]) =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');
const some = fixtureRecords({ processes: 1 }).filter((record) => record.subject === 'rmsnorm');

const home = process.cwd();
let folder: string;
let written: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zoo-cli-report-'));
  process.chdir(folder);
  written = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += text;
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

async function report(...args: string[]): Promise<string> {
  const program = new Command('zoo').exitOverride();
  register(program);
  await program.parseAsync(['report', ...args], { from: 'user' });
  return written;
}

describe('zoo report', () => {
  it('draws the newest records file in results/ and prints where', async () => {
    mkdirSync('results');
    writeFileSync('results/old.jsonl', 'this would not parse');
    utimesSync('results/old.jsonl', 1, 1);
    writeFileSync('results/new.jsonl', lines(some));
    writeFileSync('results/notes.txt', 'newer, but no records');
    expect(await report()).toBe('results/report.html\n');
    expect(readFileSync('results/report.html', 'utf8')).toContain('"title":"rmsnorm"');
  });

  it('draws several files as one page, in a folder that it makes, under a title', async () => {
    const [first, ...rest] = some as [ZooRecord, ...ZooRecord[]];
    writeFileSync('a.jsonl', lines([first]));
    writeFileSync('b.jsonl', lines(rest));
    expect(await report('a.jsonl', 'b.jsonl', '--out', 'x/y', '--title', 'Tuesday')).toBe(
      'x/y/report.html\n',
    );
    const html = readFileSync('x/y/report.html', 'utf8');
    expect(html).toContain('"title":"Tuesday"');
    expect(html).toContain(`{"label":"cells","value":"${some.length}"}`);
  });

  it('drops a last line that a kill cut off, and says so', async () => {
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    writeFileSync('cut.jsonl', lines(some).slice(0, -40));
    await report('cut.jsonl');
    expect(String(stderr.mock.calls[0]?.[0])).toMatch(/^warning: cut\.jsonl, line 7: .*\n$/);
  });

  const refusals: Record<string, [args: string[], message: RegExp]> = {
    'no results yet': [[], /^no records in results\/: run zoo bench first/],
    'a missing file': [['nope.jsonl'], /^no such records file: nope\.jsonl$/],
    'an empty file': [['empty.jsonl'], /^no records in empty\.jsonl$/],
    'a file of something else': [['other.jsonl'], /^other\.jsonl, line 1: /],
    'a folder': [['.'], /^cannot read \.: /],
    'an output folder that is a file': [['good.jsonl', '--out', 'empty.jsonl'], /^cannot write the report: /],
  };
  for (const [what, [args, message]] of Object.entries(refusals)) {
    it(`refuses ${what} in one line`, async () => {
      writeFileSync('empty.jsonl', '\n');
      writeFileSync('other.jsonl', '{"schema":1,"name":"not a record"}\n');
      writeFileSync('good.jsonl', lines(some));
      const error = await report(...args).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(UsageError);
      expect((error as UsageError).message).toMatch(message);
      expect((error as UsageError).message).not.toContain('\n');
    });
  }
});

it('the report of a run lies beside its records', () => {
  expect(reportBeside(join('results', 'a.jsonl'))).toBe(join('results', 'report.html'));
});
