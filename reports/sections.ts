/** Records to the data of the page: which sections there are, and what each shows. */
import { environmentOf } from '../harness/environment/traits.ts';
import type { ZooRecord } from '../harness/record.ts';
import { accuracy } from './charts/accuracy.ts';
import { engines } from './charts/engines.ts';
import { ladder } from './charts/ladder.ts';
import { roofline } from './charts/roofline.ts';
import { sweep } from './charts/sweep.ts';
import { backendColor, type Chart, CONFIG } from './charts/theme.ts';
import { ENGINES_LEGEND, engineGrids, engineSpeeds } from './engines.ts';
import { environment } from './environment.ts';
import { duration, errorText, peakText, rateText, ratio } from './format.ts';
import { goalsSection, judgeGoals } from './goals.ts';
import type { Fact, PageData, Section, TableBlock } from './page/data.ts';
import {
  BACKEND_ORDER,
  groupBy,
  isRanked,
  type Problem,
  problems,
  type RankOptions,
  type Row,
  toRows,
} from './rows.ts';
import { cellTable, number, STATUS_TONE } from './tables.ts';
import { tokenBlocks } from './tokens.ts';

export function pageData(records: readonly ZooRecord[], title: string, options: RankOptions = {}): PageData {
  const rows = toRows(records, options);
  const found = problems(rows);
  const subjects = [...groupBy(rows, (row) => row.subject).values()];
  return {
    title,
    subtitle: subtitle(records),
    facts: facts(rows, subjects.length),
    warnings: warnings(records, rows),
    sections: [
      overview(rows),
      ...goalsSection(judgeGoals(rows)),
      ...engineSection(rows),
      ...subjects.map(subjectSection),
      ...(found.length > 0 ? [problemSection(found)] : []),
      environment(records),
      METHOD,
    ],
    config: CONFIG,
  };
}

function subtitle(records: readonly ZooRecord[]): string {
  const times = records.map((record) => record.at).sort();
  const [first, last] = [times[0] ?? '', times.at(-1) ?? ''];
  const date = first.slice(0, 10);
  const span = date === last.slice(0, 10) ? date : `${date} to ${last.slice(0, 10)}`;
  const runtimes = new Set(records.map(({ host }) => `${host.runtime} ${host.version}`));
  const cpus = new Set(records.map(({ host }) => host.cpu));
  return [span, ...runtimes, ...cpus].join(' · ');
}

function facts(rows: readonly Row[], subjects: number): Fact[] {
  const count = (status: Row['status']) => rows.filter((row) => row.status === status).length;
  const plain = rows.filter((row) => row.verdict === 'ok').length;
  return [
    { label: subjects === 1 ? 'kernel' : 'kernels', value: String(subjects) },
    { label: 'cells', value: String(rows.length) },
    { label: 'ok', value: String(plain), tone: 'good' },
    { label: 'ok, approximate', value: String(count('ok') - plain), tone: 'approximate' },
    { label: 'wrong', value: String(count('wrong')), tone: count('wrong') > 0 ? 'bad' : 'quiet' },
    { label: 'failed', value: String(count('failed')), tone: count('failed') > 0 ? 'bad' : 'quiet' },
    { label: 'unsupported', value: String(count('unsupported')), tone: 'quiet' },
  ];
}

function warnings(records: readonly ZooRecord[], rows: readonly Row[]): string[] {
  const found: string[] = [];
  const commits = new Set(records.map(({ host }) => host.commit ?? 'unknown'));
  if (commits.size > 1) {
    found.push(
      `Records of ${commits.size} commits are pooled: cells that share a name are treated as one cell.`,
    );
  }
  if (records.some(({ host }) => host.dirty)) {
    found.push('The working tree had uncommitted changes: the commit alone does not identify this code.');
  }
  const environments = new Set(records.map(({ host }) => environmentOf(host))).size;
  if (environments > 1) {
    found.push(
      `Records of ${environments} environments stand side by side and are never pooled; what differs is behind the runtime’s name and in the section “Environment”. Times of different machines are no comparison of the code.`,
    );
  }
  const noisy = rows.filter((row) => row.noisy !== undefined).length;
  if (noisy > 0) {
    found.push(
      `${noisy} of ${rows.length} cells are noisy: something else disturbed them; their tables say what.`,
    );
  }
  const impossible = rows.filter((row) => row.impossible !== undefined && !row.softwareGpu).length;
  if (impossible > 0) {
    found.push(
      `${impossible} cells are above the peak that binds them, which cannot be: their tables say what to check.`,
    );
  }
  const software = rows.filter((row) => row.softwareGpu && row.maxError !== undefined);
  if (software.length > 0) {
    const ranked = software.some((row) => row.softwareAsked)
      ? 'they are ranked as asked'
      : 'no ranking holds them';
    found.push(
      `${software.length} WebGPU cells ran on a software adapter: their accuracy counts, their times are no measure of a GPU, and ${ranked}.`,
    );
  }
  return found;
}

function overview(rows: readonly Row[]): Section {
  const ranked = rows.filter((row) => isRanked(row) && row.verdict === 'ok');
  const groups = [...groupBy(ranked, (row) => JSON.stringify([row.subject, row.case, row.runtime])).values()];
  const best = groups.map((group) => group.reduce((a, b) => (b.medianNs! < a.medianNs! ? b : a)));
  const several = new Set(rows.map((row) => row.runtime)).size > 1;
  const table: TableBlock = {
    type: 'table',
    title: 'The fastest right variant of each case',
    read: 'Within the tolerance of its kernel: approximations, which have a wider one of their own, are left out.',
    columns: [
      { title: 'kernel' },
      { title: 'case' },
      ...(several ? [{ title: 'runtime' }] : []),
      { title: 'fastest' },
      ...['time', 'rate', '× naive', 'of peak', 'max error'].map((title) => ({ title, numeric: true })),
      { title: 'shape from', wrap: true },
    ],
    rows: best.map((row, i) => ({
      startsGroup: i > 0 && best[i - 1]!.subject !== row.subject,
      cells: [
        { text: row.subject },
        { text: row.case },
        ...(several ? [{ text: row.runtime }] : []),
        { text: row.variant },
        number(row.medianNs, duration),
        number(row.rate, (rate) => rateText(rate, row.rateUnit ?? '')),
        number(row.timesNaive, ratio),
        number(row.fractionOfPeak, () => peakText(row)),
        number(row.maxError, (error) => `${errorText(error)} ${row.metric ?? ''}`),
        { text: row.from ?? '' },
      ],
    })),
  };
  const charts = [...groupBy(rows, (row) => row.runtime).values()].flatMap((group) => roofline(group) ?? []);
  return {
    id: 'overview',
    title: 'Overview',
    blocks: [
      ...(best.length > 0 ? [table] : []),
      ...(charts.length > 0
        ? [
            {
              type: 'charts' as const,
              title: 'Roofline',
              read: 'Each point is a cell. Grey lines are the ceilings measured in the same runtime: sloped for memory (the lowest and the highest bandwidth that a working set of these cells gets), level for arithmetic (of one thread, of several, of a GPU). The height between a point and the line above it is what is left to gain. Colour is the backend, shape the kernel; cells on a software GPU adapter are hollow.',
              legend: legend(rows),
              charts,
            },
          ]
        : []),
    ],
  };
}

function engineSection(rows: readonly Row[]): Section[] {
  const grids = engineGrids(rows);
  if (grids.length === 0) return [];
  const blocks = [...groupBy(grids, ({ subject }) => subject)].flatMap(([subject, own]) => {
    const charts = own.flatMap((grid) => engines(grid) ?? []);
    return charts.length > 0 ? [{ type: 'charts' as const, title: subject, charts }] : [];
  });
  const speeds: TableBlock = {
    type: 'table',
    title: 'The fastest variant of each engine',
    read: 'Speed in units of the first engine that has one.',
    columns: [
      { title: 'kernel' },
      { title: 'case' },
      ...grids[0]!.runtimes.map((title) => ({ title, numeric: true })),
    ],
    rows: grids.map((grid, i) => {
      const factors = engineSpeeds(grid);
      return {
        startsGroup: i > 0 && grids[i - 1]!.subject !== grid.subject,
        cells: [
          { text: grid.subject },
          { text: grid.case },
          ...grid.fastest.map((row, k) =>
            number(row && Number.parseFloat(factors[k]!), () => `${row!.variant} ${factors[k]}`),
          ),
        ],
      };
    }),
  };
  return [
    {
      id: 'engines',
      title: 'Engine by variant',
      text: `The stronger the ground, the nearer to the fastest cell of its grid; sixteen times as slow has none. ${ENGINES_LEGEND.join('; ')}.`,
      blocks: [speeds, ...blocks],
    },
  ];
}

function legend(rows: readonly Row[]): { label: string; color: string }[] {
  const present = new Set(rows.map((row) => row.backend));
  return BACKEND_ORDER.filter((backend) => present.has(backend)).map((backend) => ({
    label: BACKEND_NAMES[backend],
    color: backendColor(backend),
  }));
}

const BACKEND_NAMES: Record<Row['backend'], string> = {
  js: 'JavaScript',
  workers: 'JavaScript, threads',
  wasm: 'WASM SIMD',
  'wasm-threads': 'WASM SIMD, threads',
  webgpu: 'WebGPU',
  peer: 'published library',
};

function subjectSection(rows: readonly Row[], index: number): Section {
  const runtimes = groupBy(rows, (row) => row.runtime);
  const named = (chart: Chart | undefined, runtime: string): Chart[] => {
    if (!chart) return [];
    return runtimes.size > 1 ? [{ ...chart, title: `${chart.title} · ${runtime}` }] : [chart];
  };
  const ladders = [...groupBy(rows, (row) => JSON.stringify([row.case, row.runtime])).values()].flatMap(
    (group) => named(ladder(group), group[0]!.runtime),
  );
  const others = [...runtimes].flatMap(([runtime, group]) => [
    ...named(sweep(group), runtime),
    ...named(accuracy(group), runtime),
  ]);
  return {
    // Numbered: names come from records and may be anything.
    id: `subject-${index + 1}`,
    title: rows[0]!.subject,
    blocks: [
      ...(ladders.length > 0
        ? [
            {
              type: 'charts' as const,
              title: 'Speed ladder',
              read: 'Bar: rate at the median time; a point in its place means a logarithmic axis. Thin line: its 95 % interval. Grey tick: the measured ceiling for that variant. Hollow and dashed: a software GPU adapter, not ranked. ≈: an approximation, right within a wider tolerance of its own.',
              legend: legend(rows),
              charts: ladders,
            },
          ]
        : []),
      ...(others.length > 0
        ? [
            {
              type: 'charts' as const,
              title: 'Size and accuracy',
              charts: others,
            },
          ]
        : []),
      ...tokenBlocks(rows),
      cellTable(rows),
    ],
  };
}

function problemSection(found: readonly Problem[]): Section {
  return {
    id: 'problems',
    title: 'Not ok',
    text: 'Cells that gave a wrong result, failed to run, or cannot run here. Nothing is left out without a reason.',
    blocks: [
      {
        type: 'table',
        title: 'By reason',
        columns: [
          { title: 'status' },
          { title: 'cells', numeric: true },
          { title: 'reason', wrap: true },
          { title: 'which', wrap: true },
        ],
        rows: found.map(({ status, reason, rows }) => ({
          cells: [
            { text: status, tone: STATUS_TONE[status] },
            number(rows.length, String),
            { text: reason },
            {
              text: rows
                .map((row) => (row.runtime === 'node' ? row.id : `${row.id} (${row.runtime})`))
                .join('  '),
            },
          ],
        })),
      },
    ],
  };
}

const METHOD: Section = {
  id: 'method',
  title: 'How the numbers are made',
  text: 'A time is the median per call over calibrated batches; with three or more fresh processes, the geometric mean of their medians. Its interval is one of 95 %, over the processes where there are three or more, else over the batches. A “~” behind a time: its level changed while it was measured; a “2”: it has two modes. Rates are the work of the algorithm (not of the variant) divided by that time, in units of 1e9. “× naive” is the ratio of the medians; its interval sets the slow end of one against the fast end of the other, which errs on the wide side. “Of peak” is relative to the ceiling that binds, arithmetic or memory, measured in the same runtime. “Max error” is the largest error against a float64 reference over all inputs checked, the hostile ones included.',
  blocks: [],
};
