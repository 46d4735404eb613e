import type { Turns } from './turns.ts';

/** What an alarm's handler is told. */
export type AlarmInfo = {
  /** For when the alarm was set, in the wall clock of the objects. */
  readonly scheduledTime: number;
  /** Failures in a row that the platform counts; 0 again after the process ended. Useless to tell repeats apart. */
  readonly retryCount: number;
  readonly isRetry: boolean;
};

/** What an object may do. Everything except `now` is storage, and throws in an instance that was replaced. */
export interface ObjectContext<State> {
  readonly id: string;
  /** The stored state; `null` before the first write. States are values that nobody changes. */
  read(): State | null;
  write(state: State): void;
  /** When the alarm is due. `null` as well while its handler runs, unless another was set since. */
  getAlarm(): number | null;
  /** Sets the one alarm. What has passed counts as now. */
  setAlarm(at: number): void;
  deleteAlarm(): void;
  /** Undoes what `work` wrote, alarm included, when it throws; the error goes on. */
  transaction<Result>(work: () => Result): Result;
  /** The wall clock of the control plane, in ms. */
  now(): number;
  /** Resets this object: the writes of the turn are lost, the memory as well. Does not return. */
  abort(): never;
}

/** An object in memory. What it keeps in its fields is lost with it; other methods are what it can be called for. */
export interface ObjectMethods {
  alarm(info: AlarmInfo): Turns<void> | void;
}

/** A class of objects. `create` is the constructor: one turn, before the event that woke the object. */
export interface ObjectClass<State, Methods extends ObjectMethods> {
  readonly name: string;
  create(context: ObjectContext<State>): Methods;
}

/** The names of the methods that take one input and may be called from outside. */
export type CallableName<Methods> = {
  [Name in keyof Methods]: Methods[Name] extends (input: never) => unknown ? Name : never;
}[Exclude<keyof Methods, 'alarm'>];

export type InputOf<Method> = Method extends (input: infer Input) => unknown ? Input : never;

/** What a caller gets: the return value, or what the turns return. */
export type ResultOf<Method> = Method extends (input: never) => infer Returned
  ? Returned extends Generator<unknown, infer Result, unknown>
    ? Result
    : Returned
  : never;
