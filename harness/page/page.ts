/**
 * Entry of the page. All that may wait runs in its worker: the page starts that, hands on what it says in order, and gives a sign
 * of life once a second, also while a kernel runs without end.
 */
import { oneLine } from '../errors.ts';
import type { FromCell } from '../protocol.ts';
import { type FromWorker, type PageJob, PULSE_MS, type Pulse } from './job.ts';

/** For a request that did not get through. */
const TRIES = 3;
const PAUSE_MS = 500;

/** Below the address of the page, whatever name the server has for this browser. */
async function ask(path: string, body?: unknown): Promise<Response> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  for (let i = 1; ; i++) {
    try {
      return await fetch(path, init);
    } catch (error) {
      if (i === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

function show(text: string): void {
  document.body.textContent = text;
}

async function start(): Promise<void> {
  const job = (await (await ask('job')).json()) as PageJob;
  show('measuring');
  // The server gives source files the ending of what they are built to.
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  let over = false;
  const stop = (text: string): void => {
    over = true;
    clearInterval(pulse);
    worker.terminate();
    show(text);
  };
  let said = 0;
  let line: Promise<unknown> = Promise.resolve();
  const inLine = (send: () => Promise<unknown>): void => {
    line = line.then(send).catch((error) => stop(`the connection is lost: ${oneLine(error)}`));
  };
  const end = (how: string): void => {
    if (over) return;
    over = true;
    inLine(async () => {
      await ask('end', { how });
      stop('done');
    });
  };
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    if (over) return;
    if (data.kind === 'ended') return end(data.how);
    const { message }: { message: FromCell } = data;
    const number = said++;
    inLine(() => ask(`said?${number}`, message));
  };
  worker.onerror = (event) => {
    event.preventDefault();
    end(`ended with ${event.message || 'an error in loading its code'}`);
  };
  const pulse = setInterval(async () => {
    // One that is lost is told by the next; many are told by the server.
    const answer = await fetch('alive', { method: 'POST' }).catch(() => undefined);
    if (answer?.ok && ((await answer.json()) as Pulse).over) stop('stopped');
  }, PULSE_MS);
  worker.postMessage(job);
}

start().catch((error) => show(`could not start: ${oneLine(error)}`));
