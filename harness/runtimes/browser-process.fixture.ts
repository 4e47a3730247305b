/** Stands for the runner: has a "browser" with a profile, says which, and waits to be killed. */
import { spawn } from 'node:child_process';
import { makeProfile, outlive } from './browser-process.ts';

const profile = makeProfile('test');
const browser = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
outlive(browser, profile);
process.stdout.write(`${JSON.stringify({ pid: browser.pid, folder: profile.folder })}\n`);
setInterval(() => {}, 1000);
