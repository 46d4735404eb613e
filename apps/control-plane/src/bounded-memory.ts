/**
 * Remembers a value in a map that never holds more than `max` keys: the one that was remembered longest ago goes.
 */
export function rememberIn<Key, Value>(memory: Map<Key, Value>, key: Key, value: Value, max: number): void {
  // Deleted first, because a map keeps the order in which keys came in.
  memory.delete(key);
  memory.set(key, value);
  if (memory.size <= max) return;
  for (const oldest of memory.keys()) {
    memory.delete(oldest);
    break;
  }
}
