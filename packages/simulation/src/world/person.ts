/** The one person of a world: every wish is another request of theirs. */
import type { Origin } from '@fettle/contract';

export const PERSON: Origin = {
  actor: { kind: 'person', id: 'operator@example.com' },
  requestId: 'simulated',
};
