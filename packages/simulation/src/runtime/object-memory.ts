import type { Instance } from './instance.ts';
import type { Invocation } from './invocation.ts';

/** What of an object is in memory: its instance, and the methods of it that wait for the outside. */
export class ObjectMemory<State, Methods> {
  instance: Instance<State> | null = null;
  methods: Methods | null = null;
  /** The alarm's handler is among what runs. */
  runsAlarm = false;
  /** Since when nothing happens in it, in ms of true time. */
  idleSince = 0;
  private open: Invocation[] = [];

  /** Nothing runs in it. */
  isIdle(): boolean {
    return this.open.length === 0;
  }

  enter(invocation: Invocation): void {
    this.open.push(invocation);
  }

  leave(invocation: Invocation): void {
    const at = this.open.indexOf(invocation);
    if (at >= 0) this.open.splice(at, 1);
  }

  /**
   * Forgets everything, and hands out what ran. A stale instance goes on with it; nothing of one that is gone is heard
   * of again.
   */
  clear(standing: 'stale' | 'gone'): readonly Invocation[] {
    if (this.instance !== null) this.instance.standing = standing;
    const open = this.open;
    this.instance = null;
    this.methods = null;
    this.runsAlarm = false;
    this.open = [];
    return open;
  }
}
