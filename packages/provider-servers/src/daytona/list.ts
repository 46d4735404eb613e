import { Refusal, textParameter, type Answer, type Call } from '../server/call.ts';
import type { DaytonaParts } from './parts.ts';
import { isNamed, type Sandbox, type Sandboxes } from './sandboxes.ts';

/** The page that is given unasked. */
const PAGE = 100;

/**
 * A page of all sandboxes. As Daytona says of its list, it is not of this moment: a new sandbox is missing from it for a
 * while, although it can be asked for by its id.
 */
export async function listSandboxes(parts: DaytonaParts, sandboxes: Sandboxes, call: Call): Promise<Answer> {
  const { faults, listDelayMs } = parts;
  const fits = filterOf(call);
  const all = (await sandboxes.all())
    .filter(({ record }) => call.now - record.createdAt >= listDelayMs)
    .filter(({ record }) => faults.take('hide', ({ machine }) => isNamed(record, machine)) === null)
    .filter(fits)
    .toSorted(orderOf(call));
  const limit = Number(call.parameters['limit'] ?? PAGE);
  const from = startOf(textParameter(call, 'cursor'), all);
  const next = all[from + limit - 1];
  const body = {
    items: all.slice(from, from + limit).map((sandbox) => {
      const { env: _env, ...item } = sandboxes.answer(sandbox);
      return item;
    }),
    nextCursor: from + limit < all.length && next !== undefined ? cursorAfter(next) : null,
  };
  return { status: 200, body };
}

function filterOf(call: Call): (sandbox: Sandbox) => boolean {
  const { id, name, states, snapshots, regionIds, isRecoverable } = call.parameters;
  const labels = labelsOf(textParameter(call, 'labels'));
  const oneOf = (wanted: unknown, value: string) => !Array.isArray(wanted) || wanted.includes(value);
  return ({ record, told }) =>
    (typeof id !== 'string' || record.id.startsWith(id)) &&
    (typeof name !== 'string' || record.name.startsWith(name)) &&
    oneOf(states, told.state) &&
    oneOf(snapshots, record.snapshot) &&
    oneOf(regionIds, record.target) &&
    (typeof isRecoverable !== 'boolean' || told.recoverable === isRecoverable) &&
    Object.entries(labels).every(([label, value]) => record.labels[label] === value);
}

function labelsOf(text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {};
  try {
    const labels: unknown = JSON.parse(text);
    if (typeof labels === 'object' && labels !== null) return labels as Record<string, unknown>;
  } catch {
    // Refused below, as any other value that is no object.
  }
  throw new Refusal(400, 'labels must be a JSON object');
}

function orderOf(call: Call): (a: Sandbox, b: Sandbox) => number {
  const sort = textParameter(call, 'sort') ?? 'createdAt';
  const direction = textParameter(call, 'order') === 'asc' ? 1 : -1;
  const key = ({ record }: Sandbox): string | number => {
    switch (sort) {
      case 'name':
        return record.name;
      case 'cpu':
        return record.cpu;
      case 'memoryGib':
        return record.memory;
      case 'diskGib':
        return record.disk;
      case 'lastActivityAt':
        return record.lastActivityAt;
      default:
        return record.createdAt;
    }
  };
  return (a, b) => {
    const [left, right] = [key(a), key(b)];
    if (left !== right) return left < right ? -direction : direction;
    return a.record.id < b.record.id ? -direction : direction;
  };
}

function cursorAfter({ record }: Sandbox): string {
  return Buffer.from(record.id).toString('base64url');
}

/** A cursor names the last sandbox that was given; when that one is gone, the list begins anew. */
function startOf(cursor: string | undefined, all: Sandbox[]): number {
  if (cursor === undefined) return 0;
  const id = Buffer.from(cursor, 'base64url').toString();
  return all.findIndex(({ record }) => record.id === id) + 1;
}
