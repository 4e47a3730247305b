import type { Command } from 'commander';
import { loadKernels } from '../harness/catalogue.ts';
import { unknown } from '../harness/errors.ts';
import { caseName, type Kernel, type Variant } from '../kernels/kernel.ts';
import { LEDGER, shownBy } from '../kernels/ledger.ts';
import { plainTable } from '../reports/text.ts';
import { SUITES } from '../suites/index.ts';
import { collect } from './selection.ts';

export function register(program: Command): void {
  program
    .command('list')
    .description('kernels, their variants and cases, and the suites')
    .argument('[kernels...]', 'show these with their variants, cases and tolerance')
    .option('--kernel <file>', 'a kernel of your own; repeatable', collect)
    .option('--json', 'as JSON')
    .option('--ledger', 'which techniques and claims the zoo puts to the test, and what shows each')
    .action(async (names: string[], options: { kernel?: string[]; json?: boolean; ledger?: boolean }) => {
      const kernels = await loadKernels({ kernels: options.kernel ?? [], variants: [] });
      const known = kernels.map((kernel) => kernel.name);
      for (const name of names) if (!known.includes(name)) throw unknown('kernel', name, known);
      const shown = names.length > 0 ? kernels.filter((kernel) => names.includes(kernel.name)) : kernels;
      if (options.ledger) {
        process.stdout.write(`${ledgerText(shown)}\n`);
        return;
      }
      const lines: string[] = [];
      if (options.json) {
        const data = shown.map(({ name, formula, ledger, cases, tolerance, variants }) => ({
          name,
          formula,
          ledger,
          tolerance,
          cases: cases.map((c) => ({ case: caseName(c.shape), from: c.from, slow: c.slow ?? false })),
          variants: variants.map((v) => ({
            name: v.name,
            backend: v.backend,
            idea: v.idea,
            exhibit: v.exhibit,
            ledger: v.ledger,
            tolerance: v.tolerance,
          })),
        }));
        process.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
        return;
      }
      for (const kernel of shown) {
        lines.push(`${kernel.name}  ${kernel.formula}`);
        if (names.length === 0) {
          lines.push(`  ${kernel.variants.map((variant) => variant.name).join('  ')}`, '');
          continue;
        }
        if (kernel.ledger) lines.push(`  ledger: ${kernel.ledger.join(' ')}`);
        const { metric, bound, why } = kernel.tolerance;
        lines.push(`  tolerance: ${metric} error at most ${bound}: ${why}`, '  variants:');
        for (const variant of kernel.variants) {
          const ledger = variant.ledger ? ` (${variant.ledger.join(' ')})` : '';
          lines.push(`    ${variant.name.padEnd(14)} ${variant.backend.padEnd(13)} ${variant.idea}${ledger}`);
          if (variant.tolerance) {
            const own = variant.tolerance;
            lines.push(
              `${' '.repeat(33)}${kindOf(variant)}: ${own.metric} error at most ${own.bound}: ${own.why}`,
            );
          }
        }
        lines.push('  cases:');
        for (const c of kernel.cases)
          lines.push(`    ${caseName(c.shape).padEnd(34)} ${c.from}${c.slow ? ' (slow)' : ''}`);
        lines.push('');
      }
      if (names.length === 0) {
        lines.push('suites:');
        for (const suite of SUITES) lines.push(`  ${suite.name.padEnd(12)} ${suite.question}`);
      }
      process.stdout.write(`${lines.join('\n')}\n`);
    });
}

/** Those of kernels with what shows them; the others with where they belong. */
function ledgerText(kernels: readonly Kernel[]): string {
  const shown = shownBy(kernels);
  const where = (id: string, kind: string) => shown.get(id)?.join(', ') ?? (kind === 'kernel' ? '' : kind);
  return plainTable(
    ['id', 'technique or claim', 'shown by'],
    LEDGER.map(({ id, kind, what }) => [id, what, where(id, kind)]),
    'left',
  );
}

function kindOf({ exhibit, approximation }: Variant): string {
  if (exhibit) return 'exhibit';
  return approximation ? 'approximation' : 'its own tolerance';
}
