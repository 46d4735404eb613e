import { CallFailure } from '../../src/runtime/call-failure.ts';
import type { ObjectContext } from '../../src/runtime/object-class.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import { Timeline } from '../../src/runtime/timeline.ts';
import type { Caller } from '../../src/runtime/turns.ts';
import type { Outside, Script } from './script.ts';
import { SimulatedScript, type Stage } from './simulated-script.ts';
import { livesIn, runsIn, wording, type Note } from './trace.ts';

const START = Date.UTC(2026, 0, 1);
/** More than any script needs; one that waits for something that never comes ends here. */
const LONGEST_MS = 400_000;

/** What is a matter of chance in workerd. */
export type Chance = {
  /** How much of the jitter of a retry, from 0 to below 1. */
  jitter(): number;
  /** How late an alarm, timer or call is. */
  lateMs(): number;
};

/** Nothing is left to chance. */
export const ON_TIME: Chance = { jitter: () => 0, lateMs: () => 0 };

/** Runs a script in the simulated runtime. */
export function runSimulated(script: Script, chance: Chance = ON_TIME): Note[] {
  const timeline = new Timeline(START);
  const runtime = new Runtime({ timeline, random: () => chance.jitter() });
  runtime.delayAlarms(() => chance.lateMs());
  const trace: Note[] = [];
  const stage: Stage = {
    script,
    timeline,
    lateMs: () => chance.lateMs(),
    note: (what, alarmIn) => trace.push({ what, at: timeline.now - START, alarmIn }),
    counts: { processes: 1, lives: 0, runs: 0 },
    killer: { label: 'killer', begin: () => runtime.kill() },
    failsCommit: false,
  };
  runtime.chooseCrashes((_, side) => {
    if (!stage.failsCommit || side !== 'before-commit') return null;
    stage.failsCommit = false;
    return 'reset';
  });
  const object = runtime
    .define({
      name: 'Scripted',
      create: (context: ObjectContext<readonly string[]>) => new SimulatedScript(context, stage),
    })
    .get('it');

  const arrive = (caller: Caller<void>, method: string) => object.call('run', method, caller);
  const until = (done: () => boolean) => {
    while (!done())
      if (timeline.now - START > LONGEST_MS || !timeline.advance())
        throw new Error(`"${script.name}" waits for what never comes`);
  };
  const quiet = (ms: number) => {
    const before = trace.length;
    timeline.runUntil(timeline.now + ms);
    if (trace.length > before) quiet(ms);
  };
  const call = (method: string): (() => boolean) => {
    let ended = false;
    const { processes } = stage.counts;
    const caller: Caller<void> = {
      reply: () => (ended = true),
      fail: (failure) => {
        // The worker that called died with the process.
        if (processes === stage.counts.processes && !runtime.isDown)
          stage.note(wording.failed(method, failure instanceof CallFailure ? failure : {}));
        ended = true;
      },
    };
    timeline.schedule(timeline.now + chance.lateMs(), arrive, caller, method);
    return () => ended;
  };
  const happen = (step: Outside): void => {
    switch (step.then) {
      case 'call':
        return until(call(step.method));
      case 'send':
        call(step.method);
        return timeline.runUntil(timeline.now);
      case 'wait':
        return timeline.runUntil(timeline.now + step.ms);
      case 'await-runs':
        return until(() => runsIn(trace) >= step.count);
      case 'await-lives':
        return until(() => livesIn(trace) >= step.count);
      case 'await-quiet':
        return quiet(step.ms);
      case 'kill':
        return runtime.kill();
      case 'await-death':
        return until(() => runtime.isDown);
      case 'start':
        Object.assign(stage.counts, { processes: stage.counts.processes + 1, lives: 0, runs: 0 });
        return runtime.start();
    }
  };
  for (const step of script.outside) happen(step);
  return trace;
}
