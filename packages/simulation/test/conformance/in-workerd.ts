import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Outside, Script } from './script.ts';
import { livesIn, runsIn, type Note } from './trace.ts';
import { workerFolder } from './worker-folder.ts';
import { workerdProcess, type WorkerdProcess } from './workerd-process.ts';

/** How long a script may take: the longest waits for all retries of an alarm, 126 s and up to a quarter more. */
const PATIENCE_MS = 200_000;
/** How often is looked for what a script waits for. */
const LOOK_EVERY_MS = 50;

/** Between the beginnings of two scripts. */
const START_EVERY_MS = 40;

/** Scripts that run in one workerd. */
export type Performance = {
  /** What each script leaves, in their order. */
  traces: readonly Promise<Note[]>[];
  /** Ends workerd and removes its storage. */
  close(): Promise<void>;
};

/** Runs scripts in one workerd, all at once. A script that ends the process must be the only one. */
export async function runInWorkerd(scripts: readonly Script[]): Promise<Performance> {
  const notes: Note[][] = scripts.map(() => []);
  const startedAt = scripts.map(() => 0);
  const synced = scripts.map(() => Promise.withResolvers<void>());
  const killer = await startKiller(() => workerd.kill());
  const folder = await workerFolder(scripts, killer.url);
  const workerd = workerdProcess(folder, (line) => {
    if (line.startsWith('@sync ')) synced[Number(line.slice(6))]?.resolve();
    if (!line.startsWith('@note ')) return;
    const { script, now, ...rest } = JSON.parse(line.slice(6)) as Note & { script: number; now: number };
    notes[script]?.push({ ...rest, at: now - (startedAt[script] ?? 0) });
  });
  await workerd.start();
  const traces = scripts.map(async (script, number) => {
    const trace = notes[number] ?? [];
    // One after the other: a hundred new objects at once are late for their own alarms.
    await delay(number * START_EVERY_MS);
    startedAt[number] = Date.now();
    const player = new Player(number, trace, workerd, killer.struck);
    const ended = player.play(script).then(() => synced[number]?.promise);
    await Promise.race([ended, tooLong(script)]);
    // A copy: what happens while others still run belongs to no script.
    return [...trace];
  });
  return {
    traces,
    close: async () => {
      await workerd.kill();
      killer.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A receiver that does this at the first request, and never answers. */
async function startKiller(kill: () => Promise<void>) {
  const struck = Promise.withResolvers<void>();
  const server = createServer(() => void kill().then(struck.resolve, struck.reject));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    /** When it was called, and the process is gone. */
    struck: struck.promise,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Does to an object what its script says. */
class Player {
  private readonly number: number;
  private readonly trace: readonly Note[];
  private readonly workerd: WorkerdProcess;
  private readonly struck: Promise<void>;

  constructor(number: number, trace: readonly Note[], workerd: WorkerdProcess, struck: Promise<void>) {
    this.number = number;
    this.trace = trace;
    this.workerd = workerd;
    this.struck = struck;
  }

  async play(script: Script): Promise<void> {
    for (const step of script.outside) await this.happen(step);
    await this.call('sync');
  }

  private async happen(step: Outside): Promise<void> {
    switch (step.then) {
      case 'call':
        return this.call(step.method);
      case 'send':
        void this.call(step.method);
        return;
      case 'wait':
        return delay(step.ms);
      case 'await-runs':
        return until(() => runsIn(this.trace) >= step.count);
      case 'await-lives':
        return until(() => livesIn(this.trace) >= step.count);
      case 'await-quiet':
        return this.quiet(step.ms);
      case 'kill':
        return this.workerd.kill();
      case 'await-death':
        return this.struck;
      case 'start':
        return this.workerd.start();
    }
  }

  private async quiet(ms: number): Promise<void> {
    const before = this.trace.length;
    await delay(ms);
    if (this.trace.length > before) await this.quiet(ms);
  }

  private async call(method: string): Promise<void> {
    try {
      await fetch(`${this.workerd.url}/${this.number}/${method}`);
    } catch {
      // The process ended, and the caller in it as well: there is nobody left to note anything.
    }
  }
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await delay(LOOK_EVERY_MS);
}

async function tooLong(script: Script): Promise<never> {
  await delay(PATIENCE_MS, null, { ref: false });
  throw new Error(`"${script.name}" waits for what never comes`);
}
