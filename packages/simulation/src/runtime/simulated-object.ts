import { AlarmSchedule, type AlarmOutcome, type AlarmTarget } from './alarm-schedule.ts';
import { CallFailure, commitFailure, disconnected, resetFailure } from './call-failure.ts';
import type { CrashSide } from './crash-point.ts';
import { Instance } from './instance.ts';
import { Invocation, type InvocationOwner } from './invocation.ts';
import type { CallableName, InputOf, ObjectClass, ObjectMethods, ResultOf } from './object-class.ts';
import { ObjectMemory } from './object-memory.ts';
import { ObjectStorage } from './object-storage.ts';
import type { Platform } from './platform.ts';
import type { Caller, Turns } from './turns.ts';

/** One Durable Object: what is stored, its alarm, and the instance that is in memory, if any. */
export class SimulatedObject<State, Methods extends ObjectMethods> implements AlarmTarget, InvocationOwner {
  readonly id: string;
  private readonly objectClass: ObjectClass<State, Methods>;
  private readonly platform: Platform;
  private readonly storage = new ObjectStorage<State>();
  private readonly memory = new ObjectMemory<State, Methods>();
  private readonly schedule: AlarmSchedule;

  constructor(id: string, objectClass: ObjectClass<State, Methods>, platform: Platform) {
    this.id = id;
    this.objectClass = objectClass;
    this.platform = platform;
    this.schedule = new AlarmSchedule(platform, this);
  }

  /** What is durable. */
  get state(): State | null {
    return this.storage.committedState;
  }

  /** The alarm that is durable; during its handler still the one that fired, unless another was set. */
  get alarm(): number | null {
    return this.storage.committedAlarm;
  }

  /** An instance is in memory, or was and nobody has noticed yet that it idled for too long. */
  get isAwake(): boolean {
    return this.memory.instance !== null;
  }

  /** The alarm's handler is under way, in the instance that has the storage. */
  get isAlarmRunning(): boolean {
    return this.memory.runsAlarm;
  }

  /**
   * Calls a method, and wakes the object for it. The answer leaves once everything that was written before it is
   * durable; a failure is a CallFailure.
   */
  call<Name extends CallableName<Methods>>(
    method: Name,
    input: InputOf<Methods[Name]>,
    caller: Caller<ResultOf<Methods[Name]>> | null,
  ): void {
    const answerTo = caller as Caller<unknown> | null;
    if (this.platform.down) return this.platform.failSoon(answerTo, disconnected());
    const methods = this.wake();
    if (methods === null) return this.platform.failSoon(answerTo, resetFailure(this.id));
    this.run(methods, method, input, answerTo);
  }

  /** Drops the instance from memory if nothing runs in it: the next event finds a new one. */
  evict(): void {
    if (this.memory.isIdle()) this.memory.clear('gone');
  }

  /** Ends the process that this object lives in. It goes on in another one: what is due fires again. */
  kill(): void {
    this.die();
    if (!this.platform.down) this.restart();
  }

  /** Ends the process that this object lives in, and nothing of it goes on before `restart`. */
  die(): void {
    this.lose(resetFailure(this.id));
    this.schedule.forget();
  }

  /** A process is there again; the alarm is taken up from what is durable. */
  restart(): void {
    this.schedule.forget();
    this.schedule.restore();
  }

  /** Another instance takes over, while the old one, in a process of its own, goes on until it touches its storage. */
  replace(): void {
    this.memory.clear('stale');
    this.storage.rollback();
    if (!this.platform.down) this.restart();
  }

  /** Loses the alarm. With `stuck` its time stays in the storage, where it looks as if it would fire. */
  loseAlarm({ stuck }: { stuck: boolean }): void {
    this.schedule.lose();
    if (!stuck) this.storage.eraseAlarm();
  }

  /** For the alarm schedule. */
  runAlarm(scheduledTime: number, retryCount: number): void {
    const methods = this.wake();
    if (methods === null) return this.schedule.finish('failed-uncounted');
    const stored = this.storage.alarm;
    // The object wants another time, which has not passed: this run is called off, and the schedule corrected.
    if (stored === null) return this.schedule.finish('done');
    if (stored !== scheduledTime && stored >= this.platform.clock()) {
      this.schedule.set(stored);
      return this.schedule.finish('done');
    }
    this.storage.removesAlarm = true;
    this.memory.runsAlarm = true;
    this.run(methods, 'alarm', { scheduledTime, retryCount, isRetry: retryCount > 0 }, null);
  }

  /** For the alarm schedule. */
  alarmDropped(scheduledTime: number): void {
    if (this.storage.alarm === scheduledTime) this.storage.eraseAlarm();
  }

  /** For invocations. */
  endTurn(instance: Instance<unknown>, label: string): CallFailure | null {
    // A stale instance wrote nothing: it would have failed there.
    if (instance.standing === 'stale') return null;
    if (instance.standing === 'gone') return resetFailure(this.id);
    if (instance.aborted) return this.fall(resetFailure(this.id));
    if (this.storage.isDirty()) {
      // The schedule hears of an earlier alarm before the commit and of a later one after it, so that none is lost.
      const isEarlier = this.storage.movesAlarmEarlier();
      if (isEarlier) this.tellSchedule();
      const failure = this.crashAt(instance, 'before-commit', label);
      if (failure !== null) return failure;
      if (this.storage.commit() && !isEarlier) this.tellSchedule();
    }
    return this.crashAt(instance, 'after-commit', label);
  }

  /** For invocations. */
  crashAt(instance: Instance<unknown>, side: CrashSide, label: string): CallFailure | null {
    const { crash } = this.platform;
    if (crash === null || instance.standing === 'stale') return null;
    switch (crash(this.id, side, label)) {
      case null:
        return null;
      case 'reset':
        return this.fall(side === 'before-commit' ? commitFailure() : resetFailure(this.id));
      case 'kill':
        this.platform.killAll();
        return resetFailure(this.id);
      case 'replace':
        if (side !== 'before-commit') {
          this.replace();
          return null;
        }
        // An instance whose writes cannot become durable any more is not heard of again.
        this.kill();
        return resetFailure(this.id);
    }
  }

  /** For invocations. */
  returned(invocation: Invocation, result: unknown): void {
    this.memory.leave(invocation);
    this.answer(invocation.instance, invocation.method, invocation.caller, result);
  }

  /** For invocations. */
  threw(invocation: Invocation, error: unknown): void {
    this.memory.leave(invocation);
    this.refuse(invocation.instance, invocation.method, invocation.caller, error);
  }

  /** Runs a method: at once when it is one turn, else as an invocation. */
  private run(methods: Methods, method: keyof Methods, input: unknown, caller: Caller<unknown> | null): void {
    const instance = this.memory.instance as Instance<unknown>;
    const name = method as string;
    let result: unknown;
    try {
      result = (methods[method] as (input: unknown) => unknown)(input);
    } catch (error) {
      const failure = this.endTurn(instance, name);
      if (failure === null) this.refuse(instance, name, caller, error);
      else this.platform.failSoon(caller, failure);
      return;
    }
    if (isTurns(result)) {
      const invocation = new Invocation(this, instance, name, result, caller);
      this.memory.enter(invocation);
      invocation.start();
      return;
    }
    const failure = this.endTurn(instance, name);
    if (failure === null) this.answer(instance, name, caller, result);
    else this.platform.failSoon(caller, failure);
  }

  private answer(
    instance: Instance<unknown>,
    method: string,
    caller: Caller<unknown> | null,
    result: unknown,
  ): void {
    this.memory.idleSince = this.platform.timeline.now;
    if (method === 'alarm') this.endAlarm(instance, 'done');
    else caller?.reply(result);
  }

  private refuse(
    instance: Instance<unknown>,
    method: string,
    caller: Caller<unknown> | null,
    error: unknown,
  ): void {
    this.memory.idleSince = this.platform.timeline.now;
    if (instance.standing === 'live') this.platform.thrown?.(this.id, method, error);
    if (method === 'alarm') return this.endAlarm(instance, 'failed');
    const message = error instanceof Error ? error.message : String(error);
    const remote = instance.standing === 'live';
    caller?.fail(new CallFailure(message, { remote, durableObjectReset: !remote }, { cause: error }));
  }

  private endAlarm(instance: Instance<unknown>, outcome: AlarmOutcome): void {
    // The alarm of a stale instance is another's affair.
    if (instance.standing !== 'live') return;
    this.memory.runsAlarm = false;
    if (this.storage.removesAlarm && outcome === 'done') this.storage.eraseAlarm();
    this.storage.removesAlarm = false;
    this.schedule.finish(outcome);
  }

  /** The object in memory, made if there is none; `null` when that failed. */
  private wake(): Methods | null {
    const { memory } = this;
    const { now } = this.platform.timeline;
    if (memory.isIdle() && this.platform.dropsAfter(now - memory.idleSince)) memory.clear('gone');
    if (memory.instance !== null) return memory.methods;
    const instance = new Instance(this.id, this.storage, this.platform);
    memory.instance = instance;
    memory.idleSince = now;
    try {
      memory.methods = this.objectClass.create(instance);
    } catch (error) {
      // Nobody else is told: the platform only knows that there is no instance.
      this.platform.thrown?.(this.id, 'constructor', error);
      this.memory.clear('gone');
      this.storage.rollback();
      return null;
    }
    this.endTurn(instance, 'constructor');
    return memory.instance === instance ? memory.methods : null;
  }

  /** The instance is lost, and with it the run of its alarm, which counts as a failure. */
  private fall(failure: CallFailure): CallFailure {
    const ranAlarm = this.memory.runsAlarm;
    this.lose(failure);
    if (ranAlarm) this.schedule.finish('failed');
    return failure;
  }

  /** The instance is gone; everyone who waits for it learns that. */
  private lose(failure: CallFailure): void {
    const open = this.memory.clear('gone');
    this.storage.rollback();
    for (const { caller } of open) this.platform.failSoon(caller, failure);
  }

  private tellSchedule(): void {
    const { alarm } = this.storage;
    if (alarm === null) this.schedule.delete();
    else this.schedule.set(alarm);
  }
}

function isTurns(result: unknown): result is Turns<unknown> {
  return typeof result === 'object' && result !== null && 'next' in result && 'throw' in result;
}
