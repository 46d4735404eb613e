import { randomBytes } from 'node:crypto';
import { Refusal, type Call, type Handlers } from '../server/call.ts';
import { leaseAnswer } from './answers.ts';
import { findMachine } from './find-machine.ts';
import type { Machines } from './machines.ts';
import type { FlyParts } from './parts.ts';
import type { LeaseRecord, MachineRecord } from './record.ts';

/** The header that shows a lease's nonce. */
const NONCE_HEADER = 'fly-machine-lease-nonce';
/** How long a lease lasts unasked: 30 minutes. */
const UNASKED_SECONDS = 30 * 60;
const OWNER = 'key@tokens.local';

/**
 * Refuses a change of a machine that somebody else has leased, and one that shows a lease that is over. Fly gates every
 * change but metadata so, exec among them.
 */
export function assertLease({ id, lease }: MachineRecord, call: Call): void {
  const shown = call.request.headers.get(NONCE_HEADER);
  if (lease === null || lease.expiresAt <= call.now) {
    if (shown !== null) throw new Refusal(409, `aborted: machine ID ${id} lease not found`);
    return;
  }
  if (shown !== lease.nonce) throw heldByAnother(id, lease);
}

/** Leases: taken, refreshed, shown and given back. */
export function leaseHandlers(parts: FlyParts, machines: Machines): Handlers {
  const told = (lease: LeaseRecord, version: string) => {
    const answer = leaseAnswer(lease, version);
    return parts.leaseForm === 'enveloped' ? { status: 'success', data: answer } : answer;
  };
  const current = ({ lease }: MachineRecord, now: number) =>
    lease !== null && lease.expiresAt > now ? lease : null;

  return {
    async Machines_show_lease(call) {
      const { record } = await findMachine(machines, call);
      const lease = current(record, call.now);
      if (lease === null) throw new Refusal(404, 'lease not found');
      return { status: 200, body: told(lease, record.instanceId) };
    },

    async Machines_create_lease(call) {
      const { record } = await findMachine(machines, call);
      const asked = (call.body ?? {}) as { ttl?: number; description?: string };
      // Fly's own client names the time in the query.
      const inQuery = new URL(call.request.url).searchParams.get('ttl');
      const seconds = asked.ttl ?? (inQuery === null ? UNASKED_SECONDS : Number(inQuery));
      if (!Number.isInteger(seconds) || seconds < 1)
        throw new Refusal(400, 'ttl must be a number of seconds');
      const held = current(record, call.now);
      const shown = call.request.headers.get(NONCE_HEADER);
      if (held !== null && shown !== held.nonce) throw heldByAnother(record.id, held);
      const lease = newLease(seconds, call.now, asked.description ?? held?.description ?? '');
      const kept = held === null ? lease : { ...lease, nonce: held.nonce };
      machines.change(record.id, { lease: kept });
      return { status: 201, body: told(kept, record.instanceId) };
    },

    async Machines_release_lease(call) {
      const { record } = await findMachine(machines, call);
      const held = current(record, call.now);
      if (held === null) throw new Refusal(404, 'lease not found');
      if (call.request.headers.get(NONCE_HEADER) !== held.nonce) throw heldByAnother(record.id, held);
      machines.change(record.id, { lease: null });
      return { status: 200, body: { ok: true } };
    },
  };
}

/** A lease that nobody has had before. */
export function newLease(seconds: number, now: number, description = ''): LeaseRecord {
  return {
    nonce: randomBytes(6).toString('hex'),
    expiresAt: now + seconds * 1000,
    owner: OWNER,
    description,
  };
}

function heldByAnother(id: string, { owner, expiresAt }: LeaseRecord): Refusal {
  const until = new Date(expiresAt).toISOString();
  return new Refusal(409, `aborted: machine ID ${id} lease currently held by ${owner}, expires at ${until}`);
}
