/** A machine fetches its first credentials, or newer ones. */
import type { MachineEvent } from './event.ts';
import { isOlderBootstrap, withBootstrap, withRenewal } from './credentials.ts';
import { isGivenUp } from './record.ts';
import { note, postNumbered, update, type Turn } from './turn.ts';

/** The first one who shows a bootstrap token gets its renewal token; whoever comes with another claim is told of. */
export function onBootstrapped(turn: Turn, event: Extract<MachineEvent, { type: 'bootstrapped' }>): void {
  const { credentials, state } = turn.record;
  const { bootstrap } = credentials;
  if (isGivenUp(state) || isOlderBootstrap(credentials, event.id)) return;
  if (bootstrap?.id !== event.id) {
    note(turn, 'note', `it has fetched credentials of epoch ${credentials.epoch}`);
    return update(turn, { credentials: withBootstrap(credentials, event, turn.now) });
  }
  if (bootstrap.claimHash === event.claimHash || bootstrap.misused) return;
  update(turn, { credentials: { ...credentials, bootstrap: { ...bootstrap, misused: true } } });
  note(
    turn,
    'note',
    'somebody else has shown the bootstrap token that this machine had exchanged, or the other way round',
  );
  postNumbered(turn, { kind: 'credentials-misused', at: turn.now });
}

/**
 * The renewal token before is taken until the present one is shown, which the same name tells a second time, and a little
 * longer: a request with the old one may still be under way.
 */
export function onRenewalRotated(turn: Turn, { renewalId }: { renewalId: string }): void {
  const { credentials, state } = turn.record;
  if (isGivenUp(state)) return;
  const after = withRenewal(credentials, renewalId, turn.now);
  if (after !== credentials) update(turn, { credentials: after });
}
