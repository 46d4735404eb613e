/**
 * Changes of versions or image that the project ordered. What came of each is told to it: done only once the machine was
 * seen with what was ordered, for a receiver's word that it is done is not yet that.
 */
import type { Verdict, VersionRefs, VersionSet } from '@fettle/contract';
import type { Command, Observation } from './event.ts';
import { sameVersions, shortVersions } from './ledger.ts';
import type { Order } from './outbox.ts';
import type { MachineRecord } from './record.ts';
import { checkSoon, update, type Turn } from './turn.ts';
import { following } from './wake.ts';

/** An order whose versions were not seen so long after it was carried out has failed. */
const SEEN_WITHIN_MS = 15 * 60_000;

type Ordered = Extract<Command, { order: string | null }>;

/** The project's name for a command, if the project ordered it. */
export function orderOf(command: Command): string | null {
  return 'order' in command ? command.order : null;
}

/** Keeps an order that waits for its turn. One that has not been begun is overtaken by it. */
export function takeOrder(turn: Turn, command: Ordered): void {
  if (command.order === null) return;
  const { order, commands } = turn.record;
  update(turn, {
    order: newOrder(command.order, command),
    commands: commands.filter((one) => order === null || orderOf(one) !== order.id),
  });
}

/** Keeps that an order cannot be carried out, and why. */
export function refuseOrder(turn: Turn, command: Command, message: string): void {
  if (!('order' in command) || command.order === null) return;
  update(turn, { order: { ...newOrder(command.order, command), status: 'failed', message } });
}

function newOrder(id: string, command: Ordered): Order {
  const image = command.kind === 'rebuild' ? command.image : null;
  return {
    id,
    status: 'running',
    message: 'under way',
    refs: command.refs,
    image,
    actionId: null,
    doneAt: null,
  };
}

/** Keeps which action carries the order out. */
export function beginOrder(turn: Turn, command: Command, actionId: string): void {
  const { order } = turn.record;
  if (order === null || orderOf(command) !== order.id) return;
  update(turn, { order: { ...order, actionId } });
}

/** Ends the order that is under way: nothing comes of it any more. */
export function failOrder(turn: Turn, message: string): void {
  const { order } = turn.record;
  if (order?.status !== 'running') return;
  update(turn, { order: { ...order, status: 'failed', message } });
}

/** Ends the order if this action was to carry it out. */
export function failOrderOf(turn: Turn, actionId: string, message: string): void {
  if (turn.record.order?.actionId === actionId) failOrder(turn, message);
}

/** The receiver says that it has carried the action out: from now on the machine can be seen with it. */
export function carriedOut(turn: Turn, actionId: string): void {
  const { order } = turn.record;
  if (order?.status !== 'running' || order.actionId !== actionId) return;
  update(turn, { order: { ...order, doneAt: turn.now } });
}

/** Ends the order once a look has shown what the machine runs since it was carried out. */
export function lookForOrdered(turn: Turn, observation: Observation, verdict: Verdict): void {
  const { record, now, policy } = turn;
  const { order, versions } = record;
  if (order?.status !== 'running' || order.doneAt === null || versions === null) return;
  const toldSince = isToldSince(record, observation, order.doneAt);
  if (isAsOrdered(order, versions) && (toldSince || isTold(order, versions)))
    return update(turn, { order: { ...order, status: 'done', message: `runs ${shortVersions(versions)}` } });
  if (toldSince && verdict.health === 'healthy' && !isAsOrdered(order, versions))
    return failOrder(turn, `it runs ${shortVersions(versions)} instead`);
  if (now - order.doneAt >= SEEN_WITHIN_MS) return failOrder(turn, 'what the machine runs was not seen');
  checkSoon(turn, following(order.doneAt, policy.check.intervalMs, now));
}

/** Whether what is known of the versions was told by the machine after that time. */
function isToldSince({ report }: MachineRecord, observation: Observation, since: number): boolean {
  if (observation.versions !== null && observation.startedAt > since) return true;
  return report !== null && report.report.versions !== null && report.receivedAt > since;
}

/** Whether the versions are no other than those that were ordered, as far as the order names commits. */
function isAsOrdered({ refs }: Order, versions: VersionSet): boolean {
  return sameVersions({ ...versions, ...commitsOf(refs) }, versions);
}

/** Whether the order names exactly these versions, so that whoever told them saw it carried out. */
function isTold({ refs, image }: Order, versions: VersionSet): boolean {
  const named = Object.keys(commitsOf(refs)).length === Object.keys(refs ?? {}).length;
  return named && (image === null || image === versions.image);
}

/** The refs that are full commits: a branch or a tag leads to what only the machine knows. */
function commitsOf(refs: VersionRefs | null): VersionRefs {
  return Object.fromEntries(
    Object.entries(refs ?? {}).filter(([, ref]) => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(ref)),
  );
}
