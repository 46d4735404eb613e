import { Policy, type Incident } from '@fettle/contract';
import { newMachineRecord, type MachineRecord, type OutboxEntry } from '@fettle/core';
import * as v from 'valibot';

/** What an earlier release stored may lack. */
type Earlier<T, New extends keyof T> = Omit<T, New> & Partial<Pick<T, New>>;
type EarlierIncident = Earlier<Incident, 'diagnosis'>;
type EarlierMessage = OutboxEntry['message'] | { kind: 'changed'; sick: boolean };

/** Fields that a record, its policy or an incident did not have yet get the value that a new one has. */
export function fillNewFields(sql: SqlStorage): void {
  for (const row of sql.exec<{ record: string; policy: string }>('SELECT record, policy FROM machine')) {
    const record = JSON.parse(row.record) as MachineRecord;
    const filled = withNewParts({ ...newMachineRecord(record, record.state.since), ...record });
    const policy = v.parse(Policy, JSON.parse(row.policy));
    sql.exec('UPDATE machine SET record = ?, policy = ?', JSON.stringify(filled), JSON.stringify(policy));
  }
  const incidents = sql.exec<{ number: number; incident: string }>('SELECT number, incident FROM incident');
  for (const { number, incident } of incidents.toArray()) {
    const filled = withDiagnosis(JSON.parse(incident) as EarlierIncident);
    sql.exec('UPDATE incident SET incident = ? WHERE number = ?', JSON.stringify(filled), number);
  }
}

function withNewParts(record: MachineRecord): MachineRecord {
  const { state, pending, outbox } = record;
  return {
    ...record,
    state: inNewState(state),
    // Leave that was asked for in other words lapses; it is asked for again.
    pending: pending?.do === 'request-permit' ? null : pending,
    outbox: outbox.map((entry) => ({ ...entry, message: inNewWords(entry.message) })),
  };
}

function inNewState(state: MachineRecord['state']): MachineRecord['state'] {
  if (!('incident' in state)) return state;
  const incident = withDiagnosis(state.incident);
  return state.phase === 'recovering' ? { ...state, incident, permit: null } : { ...state, incident };
}

/** Why recovery is held is found anew at the next check. */
function withDiagnosis(incident: EarlierIncident): Incident {
  const diagnosis = { domain: 'unknown', message: 'It is from before failures were told apart' } as const;
  return { diagnosis, ...incident, held: null };
}

function inNewWords(message: EarlierMessage): OutboxEntry['message'] {
  if (message.kind === 'bricked') return { ...message, incident: withDiagnosis(message.incident) };
  return { word: 0, host: null, gone: false, ...message } as OutboxEntry['message'];
}
