import { DurableObject } from 'cloudflare:workers';
import { methodSteps, stepsOf, type Script, type Step } from '../script.ts';
import { alarmNote, wording } from '../trace.ts';

type Env = Record<`SCRIPT_${number}`, DurableObjectNamespace<Scripted>> & {
  KILLER_URL: string;
  /** How often the process was started. */
  STARTS: string;
};

/** What the harness reads from the log: out of band, because a note in the storage would be a write of its own. */
function note(script: number, what: string, alarmIn?: number): void {
  console.log(`@note ${JSON.stringify({ script, what, now: Date.now(), alarmIn })}`);
}

/** An object that does what a script says. Every script has a class of its own: see `scriptedClass`. */
abstract class Scripted extends DurableObject<Env> {
  protected abstract readonly script: Script;
  protected abstract readonly number: number;
  protected abstract readonly counts: { lives: number; runs: number };
  private memory = 0;

  protected construct(): void {
    this.counts.lives += 1;
    note(this.number, wording.constructed);
    this.ctx.storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS parents (id INTEGER PRIMARY KEY);
      CREATE TABLE IF NOT EXISTS rows (name TEXT, parent INTEGER REFERENCES parents(id) DEFERRABLE INITIALLY DEFERRED);
    `);
    const steps = stepsOf(this.script, 'constructors', this.counts.lives, this.env.STARTS === '1');
    // A throw has to leave the constructor itself.
    if (steps.every((step) => step.do !== 'look' && step.do !== 'arm-if-none'))
      for (const step of steps) this.takeNow(step);
    else void this.ctx.blockConcurrencyWhile(() => this.walk(steps));
  }

  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    this.counts.runs += 1;
    note(this.number, wording.ran(info?.retryCount ?? -1, info?.isRetry ?? false));
    await this.walk(stepsOf(this.script, 'alarms', this.counts.runs, this.env.STARTS === '1'));
  }

  async run(method: string): Promise<void> {
    note(this.number, wording.called(method));
    await this.walk(methodSteps(this.script, method));
  }

  private async walk(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      if (step.do === 'wait') await scheduler.wait(step.ms);
      else if (step.do === 'call-killer') await fetch(this.env.KILLER_URL);
      else if (step.do === 'look') await this.look();
      else if (step.do === 'arm-if-none') await this.armIfNone(step.inMs);
      else this.takeNow(step);
    }
  }

  private async look(): Promise<void> {
    const alarm = await this.ctx.storage.getAlarm();
    const rows = this.ctx.storage.sql
      .exec<{ name: string }>('SELECT name FROM rows ORDER BY rowid')
      .toArray();
    const { text, alarmIn } = alarmNote(alarm, Date.now());
    note(
      this.number,
      wording.looked(
        text,
        rows.map(({ name }) => name),
        this.memory,
      ),
      alarmIn,
    );
  }

  private async armIfNone(inMs: number): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + inMs);
  }

  private takeNow(step: Step): void {
    const { storage } = this.ctx;
    switch (step.do) {
      case 'write':
        storage.sql.exec('INSERT INTO rows (name) VALUES (?)', step.row);
        return;
      case 'arm':
        // Not awaited: the turn goes on. Its failure would show as an alarm that is not there.
        void storage.setAlarm(Date.now() + step.inMs);
        return;
      case 'disarm':
        void storage.deleteAlarm();
        return;
      case 'remember':
        this.memory += 1;
        return;
      case 'mark':
        note(this.number, wording.marked(step.name));
        return;
      case 'throw':
        throw new Error('thrown by the script');
      case 'fail-commit':
        // A constraint that is only looked at when the transaction is committed.
        storage.sql.exec(`INSERT INTO rows (name, parent) VALUES ('never durable', 1)`);
        return;
      case 'abort':
        this.ctx.abort('aborted by the script');
        return;
      case 'rolled-back':
        try {
          storage.transactionSync(() => {
            for (const inner of step.steps) this.takeNow(inner);
            throw new Error('rolled back');
          });
        } catch (error) {
          if (!(error instanceof Error) || error.message !== 'rolled back') throw error;
        }
        return;
      default:
        throw new Error(`A turn of "${this.script.name}" waits`);
    }
  }
}

/** The class of one script, so that an object knows its script wherever it is woken. */
export function scriptedClass(
  number: number,
  script: Script,
): new (ctx: DurableObjectState, env: Env) => Scripted {
  // A module's variable: survives the instance, not the process.
  const counts = { lives: 0, runs: 0 };
  return class extends Scripted {
    protected readonly script = script;
    protected readonly number = number;
    protected readonly counts = counts;

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env);
      this.construct();
    }
  };
}

/**
 * `/NUMBER/METHOD` calls an object and notes the platform's flags when that fails; `/NUMBER/sync` says in the log that
 * everything before it was read.
 */
export const worker: ExportedHandler<Env> = {
  async fetch(request, env) {
    const [, number = '', method = ''] = new URL(request.url).pathname.split('/');
    if (method === 'sync') console.log(`@sync ${number}`);
    else await call(env, Number(number), method);
    return new Response(null, { status: 204 });
  },
};

async function call(env: Env, number: number, method: string): Promise<void> {
  try {
    await env[`SCRIPT_${number}`]?.getByName('it').run(method);
  } catch (error) {
    note(number, wording.failed(method, error as Parameters<typeof wording.failed>[1]));
  }
}
