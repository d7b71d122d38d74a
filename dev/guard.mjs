/**
 * The watchdog of one supervisor. It reads lines of JSON from its standard input, which only the supervisor holds open:
 *
 *   {"add": {"pid": 4711, "signal": "SIGINT", "graceMs": 5000}}   a process group that must not outlive the supervisor
 *   {"drop": 4711}                                                  it has ended
 *   {"remove": "/tmp/..."}                                          a folder to delete once the groups are gone
 *
 * When the input ends, in whatever way the supervisor went, it stops what is left, youngest first. Plain JavaScript: it has
 * to be up before anything else is started, and to stay small.
 */
import { readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

const groups = new Map();
const folders = new Set();

const send = (pid, signal) => {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
};

/** The leader of the group is there and not just waiting for init to collect it, which some containers' init never does. */
const isAlive = (pid) => {
  if (!send(pid, 0)) return false;
  if (process.platform !== 'linux') return true;
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.add !== undefined) groups.set(message.add.pid, message.add);
  else if (message.drop !== undefined) groups.delete(message.drop);
  else if (message.remove !== undefined) folders.add(message.remove);
}

for (const { pid, signal, graceMs } of [...groups.values()].toReversed()) {
  if (!send(pid, signal)) continue;
  const deadline = Date.now() + graceMs;
  while (isAlive(pid) && Date.now() < deadline) await wait(50);
  send(pid, 'SIGKILL');
}
for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
