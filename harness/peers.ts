/** Published libraries that are measured beside the zoo: installed on demand, each in a folder of its own at locked versions. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isPagePeer, isPeer, PEERS, type PeerName } from '../kernels/lib/peer.ts';
import { oneLine, UsageError, unknown } from './errors.ts';
import { CACHE, ROOT } from './root.ts';

/** What is kept of a peer in `kernels/peers/NAME`; `entry.mjs` is what a kernel is given of it. */
const FILES = ['package.json', 'package-lock.json', 'entry.mjs'];
/** Long enough for 200 MB over a slow line. */
const INSTALL_MS = 10 * 60_000;

export interface PeerInfo {
  readonly name: PeerName;
  readonly description: string;
  /** `onnxruntime-web 1.30.0`: what is locked, whether it is installed or not. */
  readonly version: string;
  readonly installed: boolean;
}

function manifestOf(name: PeerName): { description: string; dependencies: Record<string, string> } {
  return JSON.parse(readFileSync(join(ROOT, 'kernels/peers', name, 'package.json'), 'utf8'));
}

function folderOf(name: PeerName, version: string): string {
  return join(CACHE, 'peers', `${name}-${version.replace(/.* /, '')}`);
}

export function peerInfo(name: PeerName): PeerInfo {
  const { description, dependencies } = manifestOf(name);
  const [library = '', number = ''] = Object.entries(dependencies)[0] ?? [];
  const version = `${library} ${number}`;
  return { name, description, version, installed: existsSync(entryOf(name, version)) };
}

function entryOf(name: PeerName, version: string): string {
  return join(folderOf(name, version), 'entry.mjs');
}

/** Versions of those that are installed, by name. */
export function installedPeers(): Map<string, string> {
  const installed = PEERS.map(peerInfo).filter((peer) => peer.installed);
  return new Map(installed.map(({ name, version }) => [name, version]));
}

/** Of those, what runs in a process. */
export function processPeers(): Map<string, string> {
  return new Map([...installedPeers()].filter(([name]) => !isPagePeer(name)));
}

/** Of those, what runs in a page, with its entry: the file itself, also where the cache folder is a link. */
export function pagePeers(): { name: PeerName; version: string; file: string }[] {
  return PEERS.map(peerInfo)
    .filter(({ name, installed }) => installed && isPagePeer(name))
    .map(({ name, version }) => ({ name, version, file: realpathSync(entryOf(name, version)) }));
}

/** @throws UsageError for a name that no peer has */
export function checkPeer(name: string): PeerName {
  if (!isPeer(name)) throw unknown('peer', name, PEERS);
  return name;
}

/**
 * Installs a peer as its lock file says; without its install scripts, which fetch what is not measured here.
 * @throws UsageError, in one line, where npm cannot
 */
export function addPeer(name: PeerName): void {
  const folder = folderOf(name, peerInfo(name).version);
  // Beside it first, so that an install that is cut off leaves no half of one.
  const partial = `${folder}.${process.pid}`;
  try {
    mkdirSync(partial, { recursive: true });
    for (const file of FILES) copyFileSync(join(ROOT, 'kernels/peers', name, file), join(partial, file));
    execFileSync('npm', ['ci', '--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund'], {
      ...{ cwd: partial, stdio: 'pipe', timeout: INSTALL_MS, shell: process.platform === 'win32' },
    });
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
  } catch (error) {
    throw new UsageError(`cannot install ${name}: ${oneLine(error)}`);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

export function removePeer(name: PeerName): void {
  rmSync(folderOf(name, peerInfo(name).version), { recursive: true, force: true });
}

/** What the entry of an installed peer exports. */
export function importPeer(name: string): Promise<unknown> {
  const { version } = peerInfo(checkPeer(name));
  return import(pathToFileURL(entryOf(name as PeerName, version)).href);
}
