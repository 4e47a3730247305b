import { mkdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { buildWasm } from '../harness/build-wasm.ts';
import { oneLine, UsageError } from '../harness/errors.ts';
import { RESULTS } from '../harness/origin.ts';
import { isLoopback, isWildcard } from '../harness/runtimes/addresses.ts';
import { serveZoo } from '../harness/serve/server.ts';
import { collect } from './selection.ts';

interface ServeFlags {
  host?: string;
  port?: number;
  out: string;
  kernel?: string[];
}

export function register(program: Command): void {
  program
    .command('serve')
    .description(
      'a page that measures in the browser that opens it, also on a phone, and sends its records back',
    )
    .option('--host <address>', 'address to listen on, for other machines (default: loopback)')
    .option('--port <n>', 'port to listen on (default: one that is free)', port)
    .option('--out <dir>', 'folder for the records that are sent', RESULTS)
    .option('--kernel <file>', 'a kernel of your own; repeatable', collect)
    .action(async (flags: ServeFlags) => {
      const recordsFile = join(
        flags.out,
        `served-${new Date().toISOString().replace(/\..*/, '').replaceAll(':', '-')}.jsonl`,
      );
      mkdirSync(dirname(resolve(recordsFile)), { recursive: true });
      await buildWasm();
      const serving = await serveZoo({
        files: { kernels: flags.kernel ?? [], variants: [] },
        recordsFile,
        ...(flags.host === undefined ? {} : { host: flags.host }),
        ...(flags.port === undefined ? {} : { port: flags.port }),
        onRecords: (count) => process.stderr.write(`${count} records more in ${recordsFile}\n`),
      }).catch((error) => {
        throw error instanceof UsageError ? error : new UsageError(`cannot listen: ${oneLine(error)}`);
      });
      for (const url of openable(serving.url)) process.stdout.write(`${url}\n`);
      const isOpen = flags.host !== undefined && !isLoopback(flags.host);
      if (isOpen) {
        process.stderr.write(
          'whoever has this link can add records until you stop the server; over plain HTTP, browsers of other machines have no threads and no WebGPU\n',
        );
      }
      process.stderr.write('open it in a browser; end with Ctrl-C\n');
      await new Promise<void>((done) => {
        process.once('SIGINT', done);
        process.once('SIGTERM', done);
      });
      await serving.close();
    });
}

function port(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1 && number <= 65_535) return number;
  throw new InvalidArgumentError('It must be a port: 1 to 65535.');
}

/** For an address that stands for all of them, each under which others can reach this machine. */
function openable(url: string): string[] {
  const { hostname } = new URL(url);
  if (!isWildcard(hostname)) return [url];
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const others = own.filter(({ internal, family }) => !internal && family === 'IPv4');
  return ['127.0.0.1', ...others.map(({ address }) => address)].map((address) =>
    url.replace(hostname, address),
  );
}
