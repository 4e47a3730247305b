/** The command line: one file per verb; what they throw becomes one line and an exit code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { oneLine, UsageError, unknown } from '../harness/errors.ts';
import { PACKAGE } from '../harness/root.ts';
import { GgufError } from '../models/gguf/format.ts';
import { VERBS } from './index.ts';

/** 0 fine · 1 regression or inaccurate · 2 usage or bad input · 3 inconclusive · 4 a cell failed to run. */
const EXIT_USAGE = 2;
const EXIT_BROKEN = 4;

const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { version: string };

const program = new Command('zoo')
  .description(
    'Benchmark and profiling harness with a reference kernel zoo for JavaScript, WebAssembly and WebGPU',
  )
  .version(version)
  .configureOutput({
    outputError: (message, write) => write(`zoo: ${oneLine(message.replace(/^error: /, ''))}\n`),
  })
  .exitOverride();
for (const register of Object.values(VERBS)) register(program);

/** `npm run bench | head` closes the pipe early: that is no error of ours. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  const verb = process.argv[2];
  if (verb !== undefined && !verb.startsWith('-') && verb !== 'help' && !(verb in VERBS)) {
    throw unknown('verb', verb, Object.keys(VERBS));
  }
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed it; help and version are no errors.
    process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
  } else if (error instanceof UsageError || error instanceof GgufError) {
    process.stderr.write(`zoo: ${oneLine(error.message)}\n`);
    process.exitCode = EXIT_USAGE;
  } else {
    process.stderr.write(`zoo: ${process.env.ZOO_DEBUG ? (error as Error).stack : oneLine(error)}\n`);
    process.exitCode = EXIT_BROKEN;
  }
}
