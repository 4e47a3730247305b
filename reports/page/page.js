// Runs in the browser, inlined by html.ts: elements from the page's data. Every text goes in as textContent, so that
// nothing in a record can become markup.
// @ts-check

/** @typedef {import('./data.ts').PageData} PageData */
/** @typedef {import('./data.ts').TableBlock} TableBlock */
/** @typedef {import('./data.ts').TableCell} TableCell */
/** @typedef {import('./data.ts').ChartsBlock} ChartsBlock */
/** @typedef {import('../charts/theme.ts').Chart} Chart */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | undefined>} attributes
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** @param {PageData} data */
function header(data) {
  const facts = data.facts.map(({ label, value, tone }) =>
    make('div', { class: 'fact', 'data-tone': tone }, make('dt', {}, label), make('dd', {}, value)),
  );
  return make(
    'header',
    {},
    make('div', { class: 'bar' }, make('h1', {}, data.title), themeButton()),
    make('p', { class: 'subtitle' }, data.subtitle),
    make('dl', { class: 'facts' }, ...facts),
    ...data.warnings.map((warning) => make('p', { class: 'warning' }, warning)),
    make(
      'nav',
      { 'aria-label': 'Sections' },
      ...data.sections.map(({ id, title }) => make('a', { href: `#${id}` }, title)),
    ),
  );
}

/** Colours follow `color-scheme` (see page.css), which follows the system until the reader chooses. */
function themeButton() {
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const button = make('button', { type: 'button', class: 'theme' });
  const show = () => {
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : system.matches;
    button.textContent = dark ? 'Light theme' : 'Dark theme';
    return dark;
  };
  button.addEventListener('click', () => {
    root.dataset.theme = show() ? 'light' : 'dark';
    show();
  });
  system.addEventListener('change', show);
  show();
  return button;
}

/** @param {TableBlock} block */
function table(block) {
  const body = make('tbody');
  const first = block.rows.map(({ cells, startsGroup, quiet }) => {
    const tds = cells.map(({ text, tone }, i) => {
      const { numeric, wrap } = block.columns[i] ?? {};
      return make('td', { class: numeric ? 'number' : wrap ? 'wrap' : undefined, 'data-tone': tone }, text);
    });
    const classes = [startsGroup ? 'starts-group' : '', quiet ? 'quiet' : ''].join(' ').trim();
    return { cells, row: make('tr', classes ? { class: classes } : {}, ...tds) };
  });
  /** @type {HTMLTableCellElement[]} */
  const heads = [];
  /** Ascending, descending, and back to the first order. @param {number} column */
  const sort = (column) => {
    const head = heads[column];
    const was = head?.getAttribute('aria-sort');
    for (const each of heads) each.removeAttribute('aria-sort');
    const order = was === null || was === undefined ? 1 : was === 'ascending' ? -1 : 0;
    if (order !== 0) head?.setAttribute('aria-sort', order === 1 ? 'ascending' : 'descending');
    const sorted =
      order === 0 ? first : first.toSorted((a, b) => compare(a.cells[column], b.cells[column], order));
    body.classList.toggle('sorted', order !== 0);
    body.replaceChildren(...sorted.map(({ row }) => row));
  };
  heads.push(
    ...block.columns.map(({ title, numeric }, column) => {
      const head = make('th', { scope: 'col', class: numeric ? 'number' : undefined });
      if (block.fixed) {
        head.textContent = title;
        return head;
      }
      const button = make('button', { type: 'button' }, title);
      button.addEventListener('click', () => sort(column));
      head.append(button);
      return head;
    }),
  );
  body.append(...first.map(({ row }) => row));
  const name = make('caption', {}, block.title);
  return make(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': block.title },
    make('table', {}, name, make('thead', {}, make('tr', {}, ...heads)), body),
  );
}

/**
 * What has no value is last in both orders.
 * @param {TableCell | undefined} a
 * @param {TableCell | undefined} b
 * @param {number} order
 */
function compare(a, b, order) {
  const x = a?.sort === undefined ? a?.text : a.sort;
  const y = b?.sort === undefined ? b?.text : b.sort;
  if (x === null || x === undefined) return y === null || y === undefined ? 0 : 1;
  if (y === null || y === undefined) return -1;
  if (typeof x === 'number' && typeof y === 'number') return order * (x - y);
  return order * String(x).localeCompare(String(y), 'en', { numeric: true });
}

/** @type {(() => Promise<void>)[]} */
const drawings = [];

/**
 * @param {Chart} chart
 * @param {PageData} data
 */
function figure({ title, read, note, spec }, data) {
  const place = make('div', { class: 'chart' });
  drawings.push(() => draw(place, spec, data));
  const caption = make('figcaption', {}, make('strong', {}, title));
  if (read) caption.append(make('p', { class: 'read' }, read));
  return make('figure', {}, caption, place, ...(note ? [make('p', { class: 'note' }, note)] : []));
}

/**
 * @param {HTMLElement} place
 * @param {import('../charts/theme.ts').Spec} spec
 * @param {PageData} data
 */
async function draw(place, spec, data) {
  const { vegaEmbed } = /** @type {{ vegaEmbed: typeof import('vega-embed').default }} */ (
    /** @type {unknown} */ (globalThis)
  );
  try {
    await vegaEmbed(place, spec, {
      mode: 'vega-lite',
      renderer: 'svg',
      actions: false,
      // Expressions are interpreted: the policy of the page forbids making code of text.
      ast: true,
      config: /** @type {import('vega-embed').Config} */ (data.config),
      tooltip: { disableDefaultStyle: true },
    });
  } catch (error) {
    place.textContent = `This chart could not be drawn: ${error instanceof Error ? error.message : String(error)}`;
    console.error(error);
  }
}

/**
 * @param {ChartsBlock} block
 * @param {PageData} data
 */
function charts(block, data) {
  const legend = (block.legend ?? []).map(({ label, color }) => {
    const swatch = make('span', { class: 'swatch' });
    swatch.style.background = color;
    return make('li', {}, swatch, label);
  });
  return [
    ...(legend.length > 0 ? [make('ul', { class: 'legend' }, ...legend)] : []),
    make(
      'div',
      { class: block.charts.length === 1 ? 'charts one' : 'charts' },
      ...block.charts.map((chart) => figure(chart, data)),
    ),
  ];
}

/** @param {PageData} data */
function sections(data) {
  return data.sections.map(({ id, title, text, blocks }) =>
    make(
      'section',
      { id, 'aria-label': title },
      make('h2', {}, title),
      ...(text ? [make('p', {}, text)] : []),
      ...blocks.flatMap((block) => [
        ...(block.title ? [make('h3', {}, block.title)] : []),
        ...(block.read ? [make('p', { class: 'read' }, block.read)] : []),
        ...(block.type === 'table' ? [table(block)] : charts(block, data)),
      ]),
    ),
  );
}

async function main() {
  /** @type {PageData} */
  const data = JSON.parse(document.getElementById('data')?.textContent ?? '');
  document.title = data.title;
  document.body.prepend(header(data), make('main', {}, ...sections(data)));
  // One after the other, so that the page answers while it draws.
  for (const each of drawings) await each();
  document.documentElement.dataset.ready = 'true';
}

main();
