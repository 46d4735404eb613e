/** About five times as long as a process has no environment when it starts another program on an idle machine. */
const PROGRAM_START_MS = 0.5;

const never = new Int32Array(new SharedArrayBuffer(4));

/** Sleeps for half a millisecond, without a turn of the loop: lets others finish starting their programs. */
export function letProgramsStart(): void {
  Atomics.wait(never, 0, 0, PROGRAM_START_MS);
}
