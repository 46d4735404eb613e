/** Lets a number of calls through in each minute. */
export class Throttle {
  readonly #perMinute: number;
  readonly #now: () => number;
  #minute = 0;
  #calls = 0;

  constructor(options: { perMinute: number; now: () => number }) {
    this.#perMinute = options.perMinute;
    this.#now = options.now;
  }

  /** Seconds to wait; 0 when the call may go on. */
  take(): number {
    const minute = Math.floor(this.#now() / 60_000);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#calls = 0;
    }
    this.#calls += 1;
    return this.#calls <= this.#perMinute ? 0 : Math.ceil(((minute + 1) * 60_000 - this.#now()) / 1000);
  }
}
