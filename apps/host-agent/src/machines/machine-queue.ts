/** Work on one machine is done one piece after the other; different machines do not wait for each other. */
export interface MachineQueue {
  /** Runs `work` when all earlier work on this machine has ended, well or badly. */
  run<T>(machineId: string, work: () => Promise<T>): Promise<T>;
  /** Resolves when everything queued so far has ended. */
  drained(): Promise<void>;
}

/** Makes a queue without any work in it. */
export function createMachineQueue(): MachineQueue {
  const tails = new Map<string, Promise<unknown>>();
  return {
    run<T>(machineId: string, work: () => Promise<T>): Promise<T> {
      const before = tails.get(machineId) ?? Promise.resolve();
      // Whoever queued the earlier work handles its failure; this work only waits for its end.
      const result = before.then(work, work);
      const tail = result.then(
        () => undefined,
        () => undefined,
      );
      tails.set(machineId, tail);
      void tail.then(() => {
        if (tails.get(machineId) === tail) tails.delete(machineId);
      });
      return result;
    },
    async drained() {
      await Promise.all(tails.values());
    },
  };
}
