/** The one list of verbs. */
import type { Command } from 'commander';
import { register as bench } from './bench.ts';
import { register as compare } from './compare.ts';
import { register as compress } from './compress.ts';
import { register as decompress } from './decompress.ts';
import { register as doctor } from './doctor.ts';
import { register as gate } from './gate.ts';
import { register as history } from './history.ts';
import { register as list } from './list.ts';
import { register as merge } from './merge.ts';
import { register as create } from './new.ts';
import { register as peers } from './peers.ts';
import { register as profile } from './profile.ts';
import { register as report } from './report.ts';
import { register as run } from './run.ts';
import { register as serve } from './serve.ts';

export const VERBS: Readonly<Record<string, (program: Command) => void>> = {
  list,
  bench,
  compare,
  report,
  profile,
  gate,
  history,
  merge,
  run,
  serve,
  peers,
  compress,
  decompress,
  new: create,
  doctor,
};
