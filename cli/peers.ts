import type { Command } from 'commander';
import { addPeer, checkPeer, peerInfo, removePeer } from '../harness/peers.ts';
import { PEERS } from '../kernels/lib/peer.ts';
import { plainTable } from '../reports/text.ts';

export function register(program: Command): void {
  const command = program
    .command('peers')
    .description('published libraries that do the same work, to be measured beside the zoo');
  command
    .command('list', { isDefault: true })
    .description('what there is, at which version, and what is installed')
    .action(() => {
      const rows = PEERS.map(peerInfo).map((peer) => [
        peer.name,
        peer.version,
        peer.installed ? 'installed' : '',
        peer.description,
      ]);
      process.stdout.write(`${plainTable(['peer', 'version', '', 'what'], rows, 'left')}\n`);
    });
  command
    .command('add <names...>')
    .description('install them, at locked versions, into a cache folder')
    .action((names: string[]) => {
      for (const name of names.map(checkPeer)) {
        if (peerInfo(name).installed) continue;
        process.stderr.write(`installing ${peerInfo(name).version}\n`);
        addPeer(name);
      }
    });
  command
    .command('remove <names...>')
    .description('remove them from the cache folder')
    .action((names: string[]) => {
      for (const name of names.map(checkPeer)) removePeer(name);
    });
}
