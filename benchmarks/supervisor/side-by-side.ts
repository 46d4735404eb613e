import type { Bench } from './bench.ts';
import type { Session } from './session.ts';

/**
 * Runs `use` while every subject supervises `count` idle children, all at the same time, so that what happens on the
 * machine meets all of them. A peer that does not start is left out, loudly.
 */
export async function sideBySide<T>(
  bench: Bench,
  count: number,
  use: (sessions: readonly Session[]) => Promise<T>,
): Promise<T> {
  const sessions: Session[] = [];
  try {
    for (const subject of bench.subjects) {
      const session = bench.open({ subject, count });
      try {
        await session.started(count);
        sessions.push(session);
      } catch (error) {
        await bench.close(session);
        if (subject.required) throw error;
        bench.say(`!! ${subject.name} IS LEFT OUT: ${String(error)} !!`);
      }
    }
    return await use(sessions);
  } finally {
    for (const session of sessions) await bench.close(session);
  }
}
