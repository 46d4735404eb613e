import type { CrashChooser } from './crash-point.ts';
import type { ObjectClass, ObjectMethods } from './object-class.ts';
import { Platform, type ThrownListener } from './platform.ts';
import { SimulatedObject } from './simulated-object.ts';
import type { Timeline } from './timeline.ts';

/** All objects of one class, by id. */
export type ObjectNamespace<State, Methods extends ObjectMethods> = {
  /** The object with this id; every id names one, and it takes nothing until it is called. */
  get(id: string): SimulatedObject<State, Methods>;
  /** Those that were asked for, in the order of the first time. */
  objects(): Iterable<SimulatedObject<State, Methods>>;
};

/** What every object can undergo, whatever its class. */
type Mortal = { die(): void; restart(): void };

/**
 * Durable Objects as they behave on the platform, in virtual time and without promises. docs/runtime.md says what is
 * simulated, and which script of the conformance suite compares it with workerd.
 */
export class Runtime {
  private readonly platform: Platform;
  private readonly all: Mortal[] = [];

  /**
   * `random` gives numbers from 0 to below 1 for the jitter of retries and how long idle objects stay in memory; without
   * it both are at their least.
   */
  constructor(options: { timeline: Timeline; random?: () => number }) {
    this.platform = new Platform(options.timeline, options.random ?? (() => 0), () => this.kill());
  }

  /** The namespace of a class. */
  define<State, Methods extends ObjectMethods>(
    objectClass: ObjectClass<State, Methods>,
  ): ObjectNamespace<State, Methods> {
    const byId = new Map<string, SimulatedObject<State, Methods>>();
    return {
      get: (id) => {
        let object = byId.get(id);
        if (object === undefined) {
          object = new SimulatedObject(id, objectClass, this.platform);
          byId.set(id, object);
          this.all.push(object);
        }
        return object;
      },
      objects: () => byId.values(),
    };
  }

  /** Ends the process: all objects lose their memory, and nothing happens in them until `start`. */
  kill(): void {
    this.platform.down = true;
    for (const object of this.all) object.die();
  }

  /** Starts the process again on what is durable. Alarms that came due meanwhile fire at once. */
  start(): void {
    this.platform.down = false;
    for (const object of this.all) object.restart();
  }

  get isDown(): boolean {
    return this.platform.down;
  }

  /** Steps the wall clock of the objects. Alarms fire late when it is set back, and never early. */
  stepClock(byMs: number): void {
    this.platform.clockOffsetMs += byMs;
  }

  /** The wall clock of the objects. */
  clock(): number {
    return this.platform.clock();
  }

  /** Has a chooser decide at every crash point from now on; `null` for no crashes. */
  chooseCrashes(chooser: CrashChooser | null): void {
    this.platform.crash = chooser;
  }

  /** Says from now on how many ms an alarm of an object fires late, once per firing; `null` for on time. */
  delayAlarms(lateness: ((id: string) => number) | null): void {
    this.platform.alarmLateness = lateness;
  }

  /**
   * Hands what constructors and methods throw to a listener from now on, as the platform writes it to a log; `null` for
   * nobody. Without one a bug in an object looks like a fault of the platform.
   */
  logThrown(listener: ThrownListener | null): void {
    this.platform.thrown = listener;
  }
}
