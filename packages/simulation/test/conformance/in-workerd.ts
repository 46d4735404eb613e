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

/** Runs scripts in one workerd, all at once. A script that ends the process must be the only one. */
export async function runInWorkerd(scripts: readonly Script[]): Promise<Promise<Note[]>[]> {
  let dead: () => void = () => undefined;
  const death = new Promise<void>((resolve) => (dead = resolve));
  const receiver = createServer((request, response) => {
    if (request.url === '/deadly') void workerd.kill().then(dead);
    else response.end();
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address() as AddressInfo;

  const startedAt = Date.now();
  const traces: Note[][] = scripts.map(() => []);
  const synced = scripts.map(() => Promise.withResolvers<void>());
  const folder = await workerFolder(scripts, `http://127.0.0.1:${port}`);
  const workerd = workerdProcess(folder, (line) => {
    if (line.startsWith('@sync ')) synced[Number(line.slice(6))]?.resolve();
    if (!line.startsWith('@note ')) return;
    const { script, now, ...rest } = JSON.parse(line.slice(6)) as Note & { script: number; now: number };
    traces[script]?.push({ ...rest, at: now - startedAt });
  });
  await workerd.start();
  const runs = scripts.map(async (script, number) => {
    const trace = traces[number] ?? [];
    const player = new Player(script, number, trace, workerd, death);
    const ended = player.play().then(() => synced[number]?.promise);
    await Promise.race([ended, tooLong(script)]);
    // A copy: what happens while others still run belongs to no script.
    return [...trace];
  });
  void Promise.allSettled(runs).then(async () => {
    await workerd.kill();
    receiver.close();
    receiver.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  });
  return runs;
}

/** Does to an object what its script says. */
class Player {
  private readonly script: Script;
  private readonly number: number;
  private readonly trace: readonly Note[];
  private readonly workerd: WorkerdProcess;
  private readonly death: Promise<void>;

  constructor(
    script: Script,
    number: number,
    trace: readonly Note[],
    workerd: WorkerdProcess,
    death: Promise<void>,
  ) {
    this.script = script;
    this.number = number;
    this.trace = trace;
    this.workerd = workerd;
    this.death = death;
  }

  async play(): Promise<void> {
    for (const step of this.script.outside) await this.happen(step);
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
        return this.until(() => runsIn(this.trace) >= step.count);
      case 'await-lives':
        return this.until(() => livesIn(this.trace) >= step.count);
      case 'kill':
        return this.workerd.kill();
      case 'await-death':
        return this.death;
      case 'start':
        return this.workerd.start();
    }
  }

  private async call(method: string): Promise<void> {
    try {
      await fetch(`${this.workerd.url}/${this.number}/${method}`);
    } catch {
      // The process ended, and the caller in it as well: there is nobody left to note anything.
    }
  }

  private async until(done: () => boolean): Promise<void> {
    while (!done()) await delay(50);
  }
}

async function tooLong(script: Script): Promise<never> {
  await delay(PATIENCE_MS, null, { ref: false });
  throw new Error(`"${script.name}" waits for what never comes`);
}
