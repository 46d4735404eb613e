import { CallFailure } from '../../src/runtime/call-failure.ts';
import type { ObjectContext } from '../../src/runtime/object-class.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import { Timeline } from '../../src/runtime/timeline.ts';
import { pause, type Caller, type Turns, type Wait } from '../../src/runtime/turns.ts';
import { methodSteps, stepsOf, type Outside, type Script, type Step } from './script.ts';
import { alarmNote, livesIn, runsIn, wording, type Note } from './trace.ts';

const START = Date.UTC(2026, 0, 1);
/** More than any script needs; one that waits for something that never comes ends here. */
const LONGEST_MS = 400_000;

/** Runs a script in the simulated runtime. */
export function runSimulated(script: Script): Note[] {
  const timeline = new Timeline(START);
  let failsCommit = false;
  const runtime = new Runtime({
    timeline,
    crash: (_, side) => {
      if (!failsCommit || side !== 'before-commit') return null;
      failsCommit = false;
      return 'reset';
    },
  });
  const trace: Note[] = [];
  const note = (what: string, alarmIn?: number) =>
    trace.push({ what, at: timeline.now - START, ...(alarmIn === undefined ? {} : { alarmIn }) });
  // Counted outside the object, and lost with the process: as a module's variables are.
  const counts = { lives: 0, runs: 0 };
  let processes = 1;

  const deadlyReceiver: Wait<null> = { label: 'ask', begin: () => runtime.kill() };
  const receiver: Wait<null> = { label: 'ask', begin: (caller) => caller.reply(null) };

  class Scripted {
    private memory = 0;
    private readonly context: ObjectContext<readonly string[]>;

    constructor(context: ObjectContext<readonly string[]>) {
      this.context = context;
      counts.lives += 1;
      note(wording.constructed);
      for (const step of stepsOf(script, 'constructors', counts.lives, processes === 1)) this.take(step);
    }

    *alarm(info: { retryCount: number; isRetry: boolean }): Turns<void> {
      counts.runs += 1;
      note(wording.ran(info.retryCount, info.isRetry));
      yield* this.walk(stepsOf(script, 'alarms', counts.runs, processes === 1));
    }

    *run(method: string): Turns<void> {
      note(wording.called(method));
      yield* this.walk(methodSteps(script, method));
    }

    private *walk(steps: readonly Step[]): Turns<void> {
      for (const step of steps) {
        if (step.do === 'wait') yield pause(timeline, step.ms) as Wait<unknown>;
        else if (step.do === 'ask') yield (step.deadly ? deadlyReceiver : receiver) as Wait<unknown>;
        else this.take(step);
      }
    }

    private take(step: Step): void {
      const { context } = this;
      switch (step.do) {
        case 'write':
          return context.write([...(context.read() ?? []), step.row]);
        case 'arm':
          return context.setAlarm(context.now() + step.inMs);
        case 'arm-if-none':
          if (context.getAlarm() === null) context.setAlarm(context.now() + step.inMs);
          return;
        case 'disarm':
          return context.deleteAlarm();
        case 'remember':
          this.memory += 1;
          return;
        case 'look': {
          const { text, alarmIn } = alarmNote(context.getAlarm(), context.now());
          note(wording.looked(text, context.read() ?? [], this.memory), alarmIn);
          return;
        }
        case 'mark':
          note(wording.marked(step.name));
          return;
        case 'throw':
          throw new Error('thrown by the script');
        case 'fail-commit':
          failsCommit = true;
          return context.write([...(context.read() ?? []), 'never durable']);
        case 'abort':
          return context.abort();
        case 'rolled-back':
          try {
            context.transaction(() => {
              for (const inner of step.steps) this.take(inner);
              throw new Error('rolled back');
            });
          } catch (error) {
            if (!(error instanceof Error) || error.message !== 'rolled back') throw error;
          }
          return;
        case 'wait':
        case 'ask':
          throw new Error(`A constructor or transaction of "${script.name}" waits`);
      }
    }
  }

  const object = runtime
    .define({
      name: 'Scripted',
      create: (context: ObjectContext<readonly string[]>) => new Scripted(context),
    })
    .get('it');

  const until = (done: () => boolean) => {
    while (!done())
      if (timeline.now - START > LONGEST_MS || !timeline.advance())
        throw new Error(`"${script.name}" waits for what never comes`);
  };
  const call = (method: string): (() => boolean) => {
    let ended = false;
    const inProcess = processes;
    const caller: Caller<void> = {
      reply: () => (ended = true),
      fail: (failure) => {
        // The worker that called died with the process.
        if (inProcess === processes && !runtime.isDown)
          note(wording.failed(method, failure instanceof CallFailure ? failure : {}));
        ended = true;
      },
    };
    object.call('run', method, caller);
    return () => ended;
  };
  const happen = (step: Outside): void => {
    switch (step.then) {
      case 'call':
        return until(call(step.method));
      case 'send':
        return void call(step.method);
      case 'wait':
        return timeline.runUntil(timeline.now + step.ms);
      case 'await-runs':
        return until(() => runsIn(trace) >= step.count);
      case 'await-lives':
        return until(() => livesIn(trace) >= step.count);
      case 'kill':
        return runtime.kill();
      case 'await-death':
        return until(() => runtime.isDown);
      case 'start':
        processes += 1;
        Object.assign(counts, { lives: 0, runs: 0 });
        return runtime.start();
    }
  };
  for (const step of script.outside) happen(step);
  return trace;
}
