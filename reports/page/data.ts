/** What the page is made of. html.ts puts it into the file as JSON; page.js, in the browser, turns it into elements. */
import type { Config } from 'vega-lite';
import type { Chart } from '../charts/theme.ts';

export interface PageData {
  readonly title: string;
  readonly subtitle: string;
  readonly facts: readonly Fact[];
  /** What a reader must know before believing any number. */
  readonly warnings: readonly string[];
  readonly sections: readonly Section[];
  readonly config: Config;
}

export type Tone = 'good' | 'approximate' | 'bad' | 'quiet';

export interface Fact {
  readonly label: string;
  readonly value: string;
  readonly tone?: Tone;
}

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly text?: string;
  readonly blocks: readonly Block[];
}

export type Block = ChartsBlock | TableBlock;

export interface ChartsBlock {
  readonly type: 'charts';
  readonly title?: string;
  /** How to read all of the charts. */
  readonly read?: string;
  readonly legend?: readonly { readonly label: string; readonly color: string }[];
  readonly charts: readonly Chart[];
}

export interface TableBlock {
  readonly type: 'table';
  /** Also the caption that a screen reader hears. */
  readonly title: string;
  readonly read?: string;
  /** Has one right order. */
  readonly fixed?: boolean;
  readonly columns: readonly TableColumn[];
  readonly rows: readonly TableRow[];
}

export interface TableColumn {
  readonly title: string;
  readonly numeric?: boolean;
  /** Text that may break; numbers and names never do. */
  readonly wrap?: boolean;
}

export interface TableRow {
  readonly cells: readonly TableCell[];
  /** Stands apart from the row above while the table is in its first order. */
  readonly startsGroup?: boolean;
  readonly quiet?: boolean;
}

export interface TableCell {
  readonly text: string;
  /** What the column sorts by; the text where absent. Null sorts behind everything. */
  readonly sort?: number | string | null;
  readonly tone?: Tone;
}
