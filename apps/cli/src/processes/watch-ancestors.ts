import { lives, type ProcessRef } from './end-processes.ts';
import { readProcesses, type ProcessEntry } from './process-table.ts';

const LOOK_EVERY_MS = 500;

/** npm gives itself the title `npm start`; other package managers run as a script of Node. */
const PACKAGE_MANAGER = /^(npm|pnpm|yarn)(\s|$)|\/(npm-cli|pnpm|yarn)\.c?js(\s|$)/;
const BOOTSTRAP = /\sscripts\/bootstrap\.mjs\s/;

/**
 * The processes between this one and the person who typed the command: the bootstrap script, npm, and what is between
 * them. One that is killed outright cannot pass its end on. A shell above them does not count: it may well go first.
 */
export function watchedAncestors(entries: readonly ProcessEntry[], pid: number): ProcessRef[] {
  const byPid = new Map(entries.map((entry) => [entry.pid, entry]));
  const chain: ProcessEntry[] = [];
  for (let entry = byPid.get(byPid.get(pid)?.parent ?? 0); entry !== undefined && entry.pid > 1;) {
    chain.push(entry);
    entry = byPid.get(entry.parent);
  }
  if (!BOOTSTRAP.test(chain[0]?.command ?? '')) return [];
  const manager = chain.findIndex(({ command }) => PACKAGE_MANAGER.test(command));
  return chain.slice(0, Math.max(1, manager + 1)).map(({ pid: of, startMark }) => ({ pid: of, startMark }));
}

/** Calls `onGone` once when one of the ancestors that count has ended. Resolves with the way to stop watching. */
export async function watchAncestors(onGone: () => void): Promise<() => void> {
  const watched = watchedAncestors(await readProcesses(), process.pid);
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);

  async function look(): Promise<void> {
    const living = await Promise.all(watched.map(lives));
    if (!living.includes(false)) return;
    clearInterval(timer);
    onGone();
  }
}
