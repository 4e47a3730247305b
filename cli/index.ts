/** The one list of verbs. */
import type { Command } from 'commander';
import { register as bench } from './bench.ts';
import { register as doctor } from './doctor.ts';
import { register as list } from './list.ts';

export const VERBS: Readonly<Record<string, (program: Command) => void>> = { list, bench, doctor };
