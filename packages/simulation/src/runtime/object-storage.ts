/**
 * What one object has stored, and what its current turn wrote on top. The alarm is a part of it, so that both are kept
 * or lost together.
 */
export class ObjectStorage<State> {
  state: State | null = null;
  alarm: number | null = null;
  committedState: State | null = null;
  committedAlarm: number | null = null;
  /**
   * The alarm's handler runs, and the alarm is removed when it ends well. The time stays stored until then, but nobody
   * sees it; setting or deleting the alarm in the meantime calls the removal off.
   */
  removesAlarm = false;

  isDirty(): boolean {
    return this.state !== this.committedState || this.alarm !== this.committedAlarm;
  }

  /** The turn set an alarm for earlier than the one before, or the first one. */
  movesAlarmEarlier(): boolean {
    return (this.alarm ?? Infinity) < (this.committedAlarm ?? Infinity);
  }

  /** Makes the turn's writes durable. True when the stored alarm is another one than before. */
  commit(): boolean {
    const moved = this.alarm !== this.committedAlarm;
    this.committedState = this.state;
    this.committedAlarm = this.alarm;
    return moved;
  }

  /** Forgets the turn's writes, and what was only in memory. */
  rollback(): void {
    this.state = this.committedState;
    this.alarm = this.committedAlarm;
    this.removesAlarm = false;
  }

  /** Removes the alarm at once, outside any turn. */
  eraseAlarm(): void {
    this.alarm = null;
    this.committedAlarm = null;
    this.removesAlarm = false;
  }
}
