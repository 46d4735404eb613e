import type { CrashChooser } from '../crash-point.ts';
import type { AlarmInfo, ObjectContext, ObjectMethods } from '../object-class.ts';
import { Runtime } from '../runtime.ts';
import { Timeline } from '../timeline.ts';
import { pause, type Caller, type Turns, type Wait } from '../turns.ts';

/** When tests begin. */
export const START = Date.UTC(2026, 0, 1);

type Context = ObjectContext<readonly string[]>;

/** What the object of a test does; what is left out does nothing. */
export type Behaviour = {
  construct?: (context: Context, life: number) => void;
  alarm?: (context: Context, info: AlarmInfo, run: number) => Turns<void> | void;
  call?: (context: Context, input: string) => Turns<string> | string;
  crash?: CrashChooser;
  random?: () => number;
  alarmLateness?: (id: string) => number;
};

/** An object whose state is a list of rows, with everything that happens to it written down. */
export function oneObject(behaviour: Behaviour) {
  const timeline = new Timeline(START);
  const runtime = new Runtime({ timeline, random: behaviour.random });
  runtime.chooseCrashes(behaviour.crash ?? null);
  runtime.delayAlarms(behaviour.alarmLateness ?? null);
  const runs: (AlarmInfo & { at: number })[] = [];
  const questions: string[] = [];
  let lives = 0;

  const create = (context: Context): ObjectMethods & { call(input: string): Turns<string> | string } => {
    lives += 1;
    behaviour.construct?.(context, lives);
    return {
      alarm: (info) => {
        runs.push({ ...info, at: timeline.now - START });
        return behaviour.alarm?.(context, info, runs.length);
      },
      call: (input) => behaviour.call?.(context, input) ?? '',
    };
  };
  const object = runtime.define({ name: 'Tested', create }).get('it');

  return {
    timeline,
    runtime,
    object,
    /** Every start of the alarm's handler, with its time since the start. */
    runs,
    /** What reached the outside, in order. */
    questions,
    lives: () => lives,
    pause: (ms: number) => pause(timeline, ms),
    /** A question to the outside, which answers with its label after `ms`. */
    question: (label: string, ms = 100): Wait<string> => ({
      label,
      begin: (caller) => {
        questions.push(label);
        timeline.schedule(
          timeline.now + ms,
          (to: Caller<string>, text: string) => to.reply(text),
          caller,
          label,
        );
      },
    }),
    /** Calls the object, and collects what comes back. */
    call: (input = ''): { answers: string[]; failures: Error[] } => {
      const got: { answers: string[]; failures: Error[] } = { answers: [], failures: [] };
      object.call('call', input, {
        reply: (answer) => got.answers.push(answer),
        fail: (failure) => got.failures.push(failure),
      });
      return got;
    },
    /** Lets `ms` pass. */
    pass: (ms: number) => timeline.runUntil(timeline.now + ms),
  };
}

/** Adds a row. */
export function addRow(context: Context, row: string): void {
  context.write([...(context.read() ?? []), row]);
}
