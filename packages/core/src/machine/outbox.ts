/** What a machine tells its project, and what its project has ordered of it. */
import type { AuditEntry, DataCopy, Incident, Phase, VersionRefs, VersionSet } from '@fettle/contract';

/** A message to the project that is sent until it is acknowledged. */
export type OutboxEntry = {
  id: string;
  sends: number;
  nextSendAt: number;
  message:
    | {
        kind: 'changed';
        /** Grows with every such message of a machine: calls can overtake each other, and the last word counts. */
        word: number;
        phase: Phase;
        sick: boolean;
        host: string | null;
        /** The provider says that it does not exist. */
        gone: boolean;
        versions: VersionSet | null;
        /** When it was first seen with them. */
        versionsSince: number | null;
        /** Whether they are proven on this machine. */
        proven: boolean;
        /** Since when it is healthy without a break, by its phase; `null` while it is not. */
        healthySince: number | null;
        /** When its open incident was opened. */
        incidentAt: number | null;
        /** What came of the last change that the project ordered. */
        order: OrderedChange | null;
      }
    | {
        kind: 'bricked';
        incident: Incident;
        copy: DataCopy | null;
        /** Age of that copy: what the replacement loses; `null` when there is none. */
        copyAgeMs: number | null;
        /** What a replacement is to run, and from which image; `null`: the one that its provider has for new machines. */
        versions: VersionRefs;
        image: string | null;
      }
    /** What a person did with the machine, for the audit log. */
    | { kind: 'audited'; number: number; entry: AuditEntry }
    /** Somebody has shown a bootstrap token that another one had exchanged before. */
    | { kind: 'credentials-misused'; number: number; at: number }
    /** The machine takes nothing of what we sign, since `at`. */
    | { kind: 'commands-refused'; number: number; at: number };
};

/**
 * Messages that must have their effect once, however often they are sent. Their numbers grow within a machine, and one is
 * sent when those before it were acknowledged: so a receiver needs to remember nothing but the last number.
 */
export type NumberedMessage = Extract<OutboxEntry['message'], { number: number }>;

/** The entries that may be sent: of numbered messages only the first. */
export function sendable(outbox: readonly OutboxEntry[]): OutboxEntry[] {
  const first = outbox.find(({ message }) => 'number' in message);
  return outbox.filter((entry) => entry === first || !('number' in entry.message));
}

/** A change of versions or image that the project ordered, by its name for it. */
export type OrderedChange = { id: string; status: 'running' | 'done' | 'failed'; message: string };

/** An order as its machine keeps it. */
export type Order = OrderedChange & {
  /** What was ordered; `null`: what the machine has. */
  refs: VersionRefs | null;
  image: string | null;
  /** The action that carries it out; `null` while it waits for its turn. */
  actionId: string | null;
  /** When its receiver was seen to have carried it out. What the machine tells after that shows it. */
  doneAt: number | null;
};
