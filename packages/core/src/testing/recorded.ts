/** What the machine of a scenario leaves behind, as it would be recorded from a real one. */
import { snapshotsOf } from '../machine/span.ts';
import type { Recording } from '../replay/recording.ts';
import type { Scenario } from './scenario.ts';

export function recorded({ record, facts, policy, incidents }: Scenario): Recording {
  const spans = facts.flatMap((fact) => (fact.kind === 'span' ? [fact.span] : []));
  return {
    identity: record.identity,
    services: record.services.map((service) => service.name),
    policy,
    ledger: record.ledger,
    incidents,
    snapshots: [...spans, ...(record.span === null ? [] : [record.span])].flatMap((span) =>
      snapshotsOf(span).toReversed(),
    ),
    events: facts.flatMap((fact) => (fact.kind === 'event' ? [fact.event] : [])),
  };
}
