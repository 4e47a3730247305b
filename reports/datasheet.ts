/** A page about a kernel, in Markdown: what it computes, its variants and their ideas, what was measured and learned. */
import { markdownTable } from 'markdown-table';
import type { HostInfo, ZooRecord } from '../harness/record.ts';
import { caseName, type Kernel, type Tolerance, type Variant } from '../kernels/kernel.ts';
import { LEDGER } from '../kernels/ledger.ts';
import { judgeGoals, markdownGoals } from './goals.ts';
import { groupBy, toRows } from './rows.ts';
import { escapeMarkdown, markdownCells } from './text.ts';

/** What does not depend on a measurement. Ends with a newline. */
export function aboutKernel(kernel: Kernel): string {
  const { name, formula, tolerance, variants, cases, learned = [] } = kernel;
  const ids = [...(kernel.ledger ?? []), ...variants.flatMap(({ ledger = [] }) => ledger)];
  const rows = LEDGER.filter(({ id }) => ids.includes(id));
  return [
    `# ${name}`,
    `    ${formula}`,
    `Right means: ${toleranceText(tolerance)}.`,
    '## Variants',
    table(['variant', 'back end', 'idea'], variants.map(variantLine)),
    '## Cases',
    table(
      ['case', 'from'],
      cases.map(({ shape, from, slow }) => [caseName(shape), slow ? `${from} (slow)` : from]),
    ),
    ...(learned.length > 0
      ? ['## What was learned', learned.map((line) => `- ${escapeMarkdown(line)}`).join('\n')]
      : []),
    ...(rows.length > 0
      ? [
          '## Claims that it puts to the test',
          table(
            ['id', 'technique or claim'],
            rows.map(({ id, what }) => [id, what]),
          ),
        ]
      : []),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

/**
 * What records of the kernel say: of each suite a table, with where it was measured, and what became of its goals.
 * @param page as it was: what it says of suites that have no records here stays
 */
export function measuredKernel(kernel: Kernel, records: readonly ZooRecord[], page = ''): string {
  const suites = suitesOf(page);
  for (const [suite, of] of groupBy(records, (record) => record.suite))
    if (of.some(({ subject }) => subject === kernel.name)) suites.set(suite, suiteText(suite, of, kernel));
  return suites.size === 0 ? '' : `${MEASURED}${[...suites.values()].join('\n')}`;
}

const MEASURED = '\n## Measured\n\n';

/** What a page says by suite. */
function suitesOf(page: string): Map<string, string> {
  const at = page.indexOf(MEASURED);
  if (at < 0) return new Map();
  // The line that suiteText begins with.
  const parts = page.slice(at + MEASURED.length).split(/^`npx zoo bench --suite (\S+)`: /m);
  const suites = new Map<string, string>();
  for (let i = 1; i < parts.length; i += 2)
    suites.set(parts[i]!, `${command(parts[i]!)}${parts[i + 1]!.trimEnd()}\n`);
  return suites;
}

function command(suite: string): string {
  return `\`npx zoo bench --suite ${suite}\`: `;
}

/** @param records of all kernels of the suite: a goal may hold one against the peak that another was measured with */
function suiteText(suite: string, records: readonly ZooRecord[], { name }: Kernel): string {
  const own = records.filter(({ subject }) => subject === name);
  const hosts = [...new Set(own.map(({ host }) => hostText(host)))].join('; ');
  const goals = judgeGoals(toRows(records)).filter(({ goal }) => goal.kernel === name);
  const table = goals.length > 0 ? `\n${markdownGoals(goals)}\n` : '';
  return `${command(suite)}${hosts}\n\n${markdownCells(toRows(own))}\n${table}`;
}

/**
 * All pages by the names of their files; `README.md` is a list of them.
 * @param before a page as it was, or ''
 */
export function datasheets(
  kernels: readonly Kernel[],
  records: readonly ZooRecord[],
  before: (file: string) => string = () => '',
): Map<string, string> {
  const list = kernels.map(({ name, formula, variants }) => [
    `[${name}](${name}.md)`,
    escapeMarkdown(formula),
    String(variants.length),
  ]);
  return new Map([
    ['README.md', `${LIST}\n\n${markdownTable([['kernel', 'formula', 'variants'], ...list])}\n`],
    ...kernels.map((kernel): [string, string] => {
      const file = `${kernel.name}.md`;
      return [file, `${aboutKernel(kernel)}${measuredKernel(kernel, records, before(file))}`];
    }),
  ]);
}

const LIST = `# The kernels

A page for each, made of the declarations in \`kernels/\` and of records: \`npx zoo report --docs docs/kernels results/….jsonl\`.`;

function hostText({ runtime, version, cpu, threads, commit }: HostInfo): string {
  const code = commit ? `, commit ${commit.slice(0, 12)}` : '';
  return `${runtime} ${version} on ${escapeMarkdown(cpu)}, ${threads} threads${code}`;
}

function variantLine({ name, backend, idea, exhibit, approximation, tolerance }: Variant): string[] {
  const kind = exhibit ? 'Exhibit' : approximation ? 'Approximation' : tolerance && 'Its own tolerance';
  const met = tolerance ? `: ${toleranceText(tolerance)}` : '';
  return [name, backend, kind ? `${idea}. ${kind}${met}` : idea];
}

function toleranceText({ metric, bound, why }: Tolerance): string {
  return `${metric} error at most ${bound}, ${why}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return markdownTable([[...head], ...rows.map((row) => row.map(escapeMarkdown))]);
}
