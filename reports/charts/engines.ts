import { type EngineGrid, engineCell } from '../engines.ts';
import { isRanked } from '../rows.ts';
import { type Chart, SCHEMA_URL, TOOLTIP, tooltipFields } from './theme.ts';

const ROW_HEIGHT = 26;

/**
 * Variants down, engines across, each cell its time on a ground that is the darker the nearer it is to the fastest of the whole grid.
 * Nothing where fewer than two engines have a time.
 */
export function engines(grid: EngineGrid): Chart | undefined {
  const timed = grid.lines.flatMap(({ rows }) => rows.flatMap((row) => (row && isRanked(row) ? row : [])));
  if (new Set(timed.map((row) => row.runtime)).size < 2) return undefined;
  const best = Math.min(...timed.map((row) => row.medianNs!));
  const values = grid.lines.flatMap(({ variant, rows }) =>
    rows.flatMap((row, i) => {
      if (!row) return [];
      // Powers of two slower than the fastest; what has no speed to compare has no ground.
      const slower = isRanked(row) ? Math.log2(row.medianNs! / best) : null;
      const text = engineCell(row, grid.fastest[i]);
      return { variant, runtime: row.runtime, slower, text, ...tooltipFields(row) };
    }),
  );
  const variants = grid.lines.map(({ variant }) => variant);
  return {
    title: grid.case,
    spec: {
      $schema: SCHEMA_URL,
      description: `Time of each variant of ${grid.subject} in each engine, ${grid.case}`,
      width: 'container',
      height: ROW_HEIGHT * variants.length,
      autosize: { type: 'fit-x', contains: 'padding' },
      padding: { left: 0, right: 8, top: 4, bottom: 4 },
      data: { values },
      encoding: {
        x: {
          field: 'runtime',
          type: 'nominal',
          title: null,
          sort: [...grid.runtimes],
          axis: { orient: 'top', labelAngle: 0, labelLimit: 90, domain: false, ticks: false },
        },
        y: {
          field: 'variant',
          type: 'nominal',
          title: null,
          sort: variants,
          axis: { domain: false, ticks: false },
        },
        tooltip: TOOLTIP,
      },
      layer: [
        {
          mark: { type: 'rect', color: 'var(--wasm)', cornerRadius: 3 },
          encoding: {
            opacity: {
              field: 'slower',
              type: 'quantitative',
              // From the fastest to sixteen times as slow; below that there is nothing to tell apart.
              scale: { domain: [0, 4], range: [0.55, 0.04], clamp: true },
              legend: null,
            },
          },
        },
        {
          mark: { type: 'text', fontSize: 11, color: 'var(--ink)' },
          encoding: { text: { field: 'text', type: 'nominal' } },
        },
      ],
    },
  };
}
