/** Entry of the page that a person opens: choose, start, watch, and take the records. */
import type { Kernel } from '../../kernels/kernel.ts';
import { SUBJECTS } from '../../models/index.ts';
import { oneLine } from '../errors.ts';
import { engineOf } from '../page/engine.ts';
import { kernelsOf } from '../page/kernels.ts';
import type { ZooRecord } from '../record.ts';
import { chosen, offer } from './choice.ts';
import { byId, element } from './dom.ts';
import type { Given } from './given.ts';
import { laneHere } from './lane.ts';
import { measureHere } from './measure.ts';
import { Results } from './results.ts';

const { runtime, version } = engineOf(navigator.userAgent);

/** All of this page's runs, and how many of them the server has. */
const records: ZooRecord[] = [];
let sent = 0;
/** How many would not be lost with the page. */
let kept = 0;

async function start(): Promise<void> {
  const given = (await (await fetch('given')).json()) as Given;
  const loaded = await kernelsOf(given.files, SUBJECTS[0]!.name).load();
  // Published libraries are packages of Node.
  const kernels = loaded.map((kernel) => ({
    ...kernel,
    variants: kernel.variants.filter(({ backend }) => backend !== 'peer'),
  }));
  byId('engine').textContent =
    `This browser: ${runtime} ${version}, ${navigator.hardwareConcurrency} threads`;
  warn();
  offer(kernels);
  byId('choice').hidden = false;
  byId<HTMLFormElement>('choice').onsubmit = (event) => {
    event.preventDefault();
    void measure(kernels, given);
  };
  byId('download').onclick = download;
  byId('send').onclick = () => void send();
  addEventListener('beforeunload', (event) => {
    if (kept < records.length) event.preventDefault();
  });
}

function warn(): void {
  if (globalThis.crossOriginIsolated) return;
  const text =
    'This page came over plain HTTP from another machine: browsers give such a page no threads, no WebGPU and a coarse clock. Variants that need them are unsupported here. A port of this device that is forwarded to the server (as by “adb reverse” or “ssh -L”) and opened as localhost has them.';
  byId('notices').append(element('p', { className: 'notice' }, text));
}

async function measure(kernels: readonly Kernel[], given: Given): Promise<void> {
  const problem = byId('problem');
  problem.textContent = '';
  const stop = new AbortController();
  try {
    const plan = chosen(kernels, runtime);
    running(stop);
    const results = new Results();
    const announce = announcer();
    const awake = await navigator.wakeLock?.request('screen').catch(() => undefined);
    try {
      await measureHere(
        plan,
        laneHere(given.files, given.origin),
        {
          onProgress: (done, total, label) => showProgress(done, total, label, announce),
          onRecord(record) {
            records.push(record);
            results.add(record);
            showRecords();
          },
        },
        stop.signal,
      );
    } finally {
      await awake?.release();
    }
  } catch (error) {
    problem.textContent = oneLine(error).replace(/^UsageError: /, '');
  } finally {
    const [again, stopped] = [byId<HTMLButtonElement>('start'), byId('stop')];
    again.disabled = false;
    if (document.activeElement === stopped) again.focus();
    stopped.hidden = true;
  }
}

function running(stop: AbortController): void {
  byId<HTMLButtonElement>('start').disabled = true;
  const button = byId('stop');
  button.hidden = false;
  button.onclick = () => stop.abort();
  // A button that cannot be pressed has no focus.
  button.focus();
  for (const id of ['run', 'results']) byId(id).hidden = false;
  // Room for what is to be watched.
  byId<HTMLDetailsElement>('choices').open = false;
}

/** Says each kernel's end, not each cell: what is announced interrupts who listens. */
function announcer(): (label: string, done: number, total: number) => void {
  const status = byId('status');
  status.textContent = '';
  let kernel = '';
  return (label, done, total) => {
    const next = label.split('/')[0]!;
    if (next === kernel) return;
    kernel = next;
    status.textContent =
      done === total || label === 'stopped' ? `${label}: ${done} of ${total} cells` : `now: ${next}`;
  };
}

function showProgress(
  done: number,
  total: number,
  label: string,
  announce: ReturnType<typeof announcer>,
): void {
  const bar = byId<HTMLProgressElement>('progress');
  bar.max = total;
  bar.value = done;
  byId('doing').textContent = `${done} of ${total}: ${label}`;
  announce(label, done, total);
}

function showRecords(): void {
  byId('records').hidden = false;
  const unsent = records.length - sent;
  const send = byId<HTMLButtonElement>('send');
  send.disabled = unsent === 0;
  send.textContent = unsent === 0 ? 'Sent' : `Send ${unsent} to the server`;
  byId('download').textContent = `Download ${records.length}`;
}

const lines = (some: readonly ZooRecord[]): string =>
  some.map((record) => `${JSON.stringify(record)}\n`).join('');

function download(): void {
  const url = URL.createObjectURL(new Blob([lines(records)], { type: 'application/jsonl' }));
  const stamp = new Date().toISOString().replace(/\..*/, '').replaceAll(':', '-');
  element('a', { href: url, download: `kernel-zoo-${runtime}-${stamp}.jsonl` }).click();
  kept = records.length;
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

async function send(): Promise<void> {
  const button = byId<HTMLButtonElement>('send');
  const told = byId('sent');
  button.disabled = true;
  const upTo = records.length;
  try {
    const response = await fetch('records', { method: 'POST', body: lines(records.slice(sent, upTo)) });
    const text = await response.text();
    if (!response.ok) throw new Error(text || `the server answers ${response.status}`);
    told.textContent = text;
    sent = upTo;
    kept = upTo;
  } catch (error) {
    told.textContent = `Not sent: ${oneLine(error)}`;
  }
  showRecords();
}

start().catch((error) => {
  byId('engine').textContent = `This page could not start: ${oneLine(error)}`;
});
