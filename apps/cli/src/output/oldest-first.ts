/** Puts what the control plane lists newest first into the order in which it happened, also within one millisecond. */
export function oldestFirst<T extends { at: number }>(newestFirst: readonly T[]): T[] {
  return newestFirst.toReversed().toSorted((a, b) => a.at - b.at);
}
