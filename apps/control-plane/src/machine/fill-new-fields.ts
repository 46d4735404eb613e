import { Policy, type Incident } from '@fettle/contract';
import { newMachineRecord, type MachineRecord, type OutboxEntry } from '@fettle/core';
import * as v from 'valibot';

/** What an earlier release stored may lack. */
type Earlier<T, New extends keyof T> = Omit<T, New> & Partial<Pick<T, New>>;
type EarlierRecord = Earlier<MachineRecord, 'initialImage' | 'regions' | 'credentials' | 'commandsRefused'>;
type EarlierIncident = Earlier<Incident, 'diagnosis' | 'evidence'>;
type EarlierMessage = OutboxEntry['message'] | { kind: 'changed'; sick: boolean };

/** Fields that a record, its policy or an incident did not have yet get the value that a new one has. */
export function fillNewFields(sql: SqlStorage): void {
  for (const row of sql.exec<{ record: string; policy: string }>('SELECT record, policy FROM machine')) {
    const filled = withNewParts(withNewRecord(JSON.parse(row.record) as EarlierRecord));
    const policy = v.parse(Policy, JSON.parse(row.policy));
    sql.exec('UPDATE machine SET record = ?, policy = ?', JSON.stringify(filled), JSON.stringify(policy));
  }
  const incidents = sql.exec<{ number: number; incident: string }>('SELECT number, incident FROM incident');
  for (const { number, incident } of incidents.toArray()) {
    const filled = inNewForm(JSON.parse(incident) as EarlierIncident);
    sql.exec('UPDATE incident SET incident = ? WHERE number = ?', JSON.stringify(filled), number);
  }
}

/** Machines of earlier releases were made from the one image that their host had. */
function withNewRecord(earlier: EarlierRecord): MachineRecord {
  const origin = { initialImage: null, regions: [], ...earlier };
  return { ...newMachineRecord(origin, earlier.state.since), ...origin };
}

function withNewParts(record: MachineRecord): MachineRecord {
  const { state, pending, outbox, commands } = record;
  return {
    ...record,
    state: inNewState(state),
    // Leave that was asked for in other words lapses; it is asked for again.
    pending: pending?.do === 'request-permit' ? null : pending,
    outbox: outbox.map((entry) => ({ ...entry, message: inNewWords(entry.message) })),
    commands: commands.map((one) =>
      one.kind === 'apply-versions' ? { ...one, order: one.order ?? null } : one,
    ),
  };
}

function inNewState(state: MachineRecord['state']): MachineRecord['state'] {
  if (!('incident' in state)) return state;
  const incident = inNewForm(state.incident);
  return state.phase === 'recovering'
    ? { ...state, incident, permit: null, evidence: state.evidence ?? null }
    : { ...state, incident };
}

/** Why recovery is held is found anew at the next check. */
function inNewForm(incident: EarlierIncident): Incident {
  const diagnosis = { domain: 'unknown', message: 'It is from before failures were told apart' } as const;
  return { diagnosis, evidence: [], ...incident, held: null };
}

function inNewWords(message: EarlierMessage): OutboxEntry['message'] {
  if (message.kind === 'bricked')
    return { ...UNTOLD_OF_BRICKED, ...message, incident: inNewForm(message.incident) };
  return { ...UNTOLD, ...message } as OutboxEntry['message'];
}

/** What earlier releases did not tell their project of a machine that was given up. */
const UNTOLD_OF_BRICKED: object = { image: null, copyAgeMs: null };

/** What they did not tell of a machine that changed. */
const UNTOLD = {
  word: 0,
  host: null,
  gone: false,
  versions: null,
  versionsSince: null,
  proven: false,
  healthySince: null,
  incidentAt: null,
  order: null,
};
