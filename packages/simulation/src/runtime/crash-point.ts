/**
 * Where an instance may be lost:
 * - `before-commit`: the turn's writes are not durable, and nothing left
 * - `after-commit`: they are durable; the question or answer that follows did not leave
 * - `after-send`: the question left; its answer will find nobody
 * - `before-answer`: the answer is here; nothing was made of it
 */
export type CrashSide = 'before-commit' | 'after-commit' | 'after-send' | 'before-answer';

/**
 * What is lost there:
 * - `reset`: this instance, e.g. its writes cannot be made durable; an alarm counts as failed and is tried again
 * - `kill`: the process with all objects; they stay down until `start()`
 * - `replace`: nothing, but another instance takes over while this one goes on
 */
export type Crash = 'reset' | 'kill' | 'replace';

/**
 * Decides at every crash point; `null` for none. `label` is that of the wait, or the name of the method when there is no
 * wait. Called in the same order in every run of the same world, so "the k-th" names one point.
 */
export type CrashChooser = (id: string, side: CrashSide, label: string) => Crash | null;
