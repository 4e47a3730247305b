/** The form: which kernels, variants and cases, and how thoroughly. */
import { caseName, type Kernel } from '../../kernels/kernel.ts';
import { SUITES } from '../../suites/index.ts';
import { makePlan, type Plan } from '../plan.ts';
import { byId, element } from './dom.ts';

/** Of all suites those that ask what a person with a browser asks. */
const OFFERED = ['smoke', 'default'];

/** Fills the form with what there is; the first kernel is chosen. */
export function offer(kernels: readonly Kernel[]): void {
  byId('kernels').append(...kernels.map((kernel, i) => kernelRow(kernel, i === 0)));
  const suites = SUITES.filter(({ name }) => OFFERED.includes(name)).sort(
    (a, b) => OFFERED.indexOf(a.name) - OFFERED.indexOf(b.name),
  );
  byId('suites').append(
    ...suites.map(({ name, question }, i) =>
      option('radio', 'suite', name, i === 0, element('span', {}, element('b', {}, name), ` ${question}`)),
    ),
  );
  for (const [id, checked] of [
    ['all', true],
    ['none', false],
  ] as const) {
    byId(id).onclick = () => {
      for (const box of boxes('kernel')) box.checked = checked;
    };
  }
}

/**
 * What the form says, as a plan for this browser.
 * @throws UsageError, to be shown, where nothing is chosen
 */
export function chosen(kernels: readonly Kernel[], runtime: string): Plan {
  const selectors = boxes('kernel')
    .filter(({ checked }) => checked)
    .flatMap(({ value: kernel }) => {
      const cases = checkedIn(`case ${kernel}`);
      return checkedIn(`variant ${kernel}`).flatMap((variant) =>
        cases.length === 0 ? [`${kernel}/${variant}`] : cases.map((each) => `${kernel}/${variant}@${each}`),
      );
    });
  if (selectors.length === 0) throw new Error('choose a kernel, and a variant of it');
  const suite = checkedIn('suite')[0]!;
  const plan = makePlan(kernels, { selectors, suite });
  return { ...plan, groups: plan.groups.map((group) => ({ ...group, runtime })) };
}

function kernelRow(kernel: Kernel, checked: boolean): HTMLElement {
  const { name, formula, variants, cases } = kernel;
  const label = element(
    'span',
    {},
    element('b', {}, name),
    element('span', { className: 'formula' }, formula),
  );
  return element(
    'div',
    { className: 'kernel' },
    option('checkbox', 'kernel', name, checked, label),
    element(
      'details',
      {},
      element('summary', {}, 'variants and cases', element('span', { className: 'unseen' }, ` of ${name}`)),
      element(
        'fieldset',
        {},
        element('legend', {}, `variants of ${name}`),
        ...variants.map((variant) =>
          option('checkbox', `variant ${name}`, variant.name, true, described(variant.name, variant.idea)),
        ),
      ),
      element(
        'fieldset',
        {},
        element('legend', {}, 'cases; with none chosen those below “How thoroughly”'),
        ...cases.map(({ shape, from, slow }) =>
          option(
            'checkbox',
            `case ${name}`,
            caseName(shape),
            false,
            described(caseName(shape), slow ? `${from}; slow` : from),
          ),
        ),
      ),
    ),
  );
}

function described(name: string, more: string): HTMLElement {
  return element('span', {}, name, element('span', { className: 'formula' }, more));
}

function option(
  type: 'checkbox' | 'radio',
  name: string,
  value: string,
  checked: boolean,
  label: HTMLElement,
): HTMLElement {
  return element('label', { className: 'option' }, element('input', { type, name, value, checked }), label);
}

function boxes(name: string): HTMLInputElement[] {
  const all = byId('choice').querySelectorAll<HTMLInputElement>('input');
  return [...all].filter((box) => box.name === name);
}

function checkedIn(name: string): string[] {
  return boxes(name)
    .filter(({ checked }) => checked)
    .map(({ value }) => value);
}
