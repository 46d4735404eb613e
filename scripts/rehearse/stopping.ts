const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const controller = new AbortController();
for (const signal of SIGNALS) process.on(signal, () => controller.abort(new Error(`stopped by ${signal}`)));

/** Aborts when somebody ends the rehearsal: what waits gives up, and everything is put away as always. */
export const stopping: AbortSignal = controller.signal;

/** Does `work` and takes away what it listens to signals with: a library that ends the process at once leaves all behind. */
export function withoutListeners<T>(work: () => T): T {
  const before = SIGNALS.map((signal) => process.listeners(signal));
  const result = work();
  for (const [index, signal] of SIGNALS.entries())
    for (const listener of process.listeners(signal))
      if (!before[index]?.includes(listener)) process.off(signal, listener);
  return result;
}
