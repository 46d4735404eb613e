import type { ObjectContext } from '../../src/runtime/object-class.ts';
import type { Timeline } from '../../src/runtime/timeline.ts';
import { pause, type Turns, type Wait } from '../../src/runtime/turns.ts';
import { methodSteps, stepsOf, type Script, type Step } from './script.ts';
import { alarmNote, wording } from './trace.ts';

/** What a scripted object meets, and what is counted outside of it. */
export type Stage = {
  readonly script: Script;
  readonly timeline: Timeline;
  /** How late a timer is. */
  lateMs(): number;
  note(what: string, alarmIn?: number): void;
  /** `lives` and `runs` are lost with the process, as a module's variables are. */
  readonly counts: { processes: number; lives: number; runs: number };
  /** The receiver that ends the process. */
  readonly killer: Wait<unknown>;
  /** The next commit fails. */
  failsCommit: boolean;
};

/** An object that does what a script says, in the simulated runtime. */
export class SimulatedScript {
  private memory = 0;
  private readonly context: ObjectContext<readonly string[]>;
  private readonly stage: Stage;

  constructor(context: ObjectContext<readonly string[]>, stage: Stage) {
    this.context = context;
    this.stage = stage;
    stage.counts.lives += 1;
    stage.note(wording.constructed);
    for (const step of this.stepsOf('constructors', stage.counts.lives)) this.take(step);
  }

  *alarm(info: { retryCount: number; isRetry: boolean }): Turns<void> {
    this.stage.counts.runs += 1;
    this.stage.note(wording.ran(info.retryCount, info.isRetry));
    yield* this.walk(this.stepsOf('alarms', this.stage.counts.runs));
  }

  *run(method: string): Turns<void> {
    this.stage.note(wording.called(method));
    yield* this.walk(methodSteps(this.stage.script, method));
  }

  private *walk(steps: readonly Step[]): Turns<void> {
    for (const step of steps) {
      if (step.do === 'wait')
        yield pause(this.stage.timeline, step.ms + this.stage.lateMs()) as Wait<unknown>;
      else if (step.do === 'call-killer') yield this.stage.killer;
      else this.take(step);
    }
  }

  private stepsOf(what: 'constructors' | 'alarms', n: number): readonly Step[] {
    return stepsOf(this.stage.script, what, n, this.stage.counts.processes === 1);
  }

  private take(step: Step): void {
    const { context, stage } = this;
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
        stage.note(wording.looked(text, context.read() ?? [], this.memory), alarmIn);
        return;
      }
      case 'mark':
        stage.note(wording.marked(step.name));
        return;
      case 'throw':
        throw new Error('thrown by the script');
      case 'fail-commit':
        stage.failsCommit = true;
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
      case 'call-killer':
        throw new Error(`A constructor or transaction of "${stage.script.name}" waits`);
    }
  }
}
