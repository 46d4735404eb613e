import {
  MACHINE_EVIDENCE_PARTS,
  MACHINE_EVIDENCE_PATH,
  MAX_EVIDENCE_PART_BYTES,
  OPERATOR_EVIDENCE_PATH,
  type MachineIdentity,
  type Origin,
} from '@fettle/contract';
import { errorResponse } from '../error-response.ts';
import type { Env } from '../env.ts';
import { findMachineObject, machineObject } from '../machine/machine-object.ts';
import { boundedBody } from './bounded-body.ts';
import { EvidenceStore, readPlace, type EvidencePlace } from './evidence-store.ts';

const NOT_FOUND = (): Response => errorResponse('EVIDENCE_NOT_FOUND');

/** What machines may do below `/machine/v1/evidence/`: store parts of their own, read those of their slot. */
export async function machineEvidence(
  request: Request,
  env: Env,
  identity: MachineIdentity,
): Promise<Response> {
  const names = new URL(request.url).pathname.slice(MACHINE_EVIDENCE_PATH.length + 1).split('/');
  if (request.method === 'GET' && names.length === 3) {
    const place = readPlace(...names);
    return place !== null && isOfSameSlot(place, identity) ? read(env, place) : NOT_FOUND();
  }
  if (request.method === 'PUT' && names.length === 2) {
    const place = readPlace(identity.machineId, ...names);
    return place !== null && isPartOfMachines(place) ? store(request, env, identity, place) : NOT_FOUND();
  }
  return errorResponse('NOT_FOUND');
}

/** What the path of a file of evidence names for operators, `/api/v1/evidence/<machineId>/<id>/<part>`; `null`: nothing. */
export function operatorPlace(pathname: string): EvidencePlace | null {
  const names = pathname.slice(OPERATOR_EVIDENCE_PATH.length + 1).split('/');
  return names.length === 3 ? readPlace(...names) : null;
}

/** Gives an operator a file. Who was given something is put on record. */
export async function operatorEvidence(env: Env, place: EvidencePlace, by: Origin): Promise<Response> {
  const machine = await findMachineObject(env, place.machineId);
  if (!machine.ok) return NOT_FOUND();
  const answer = await read(env, place);
  if (!answer.ok) return answer;
  const told = await machine.value.evidenceRead(place, by);
  if (told.ok) return answer;
  await answer.body?.cancel();
  return errorResponse(told.code);
}

async function store(
  request: Request,
  env: Env,
  identity: MachineIdentity,
  place: EvidencePlace,
): Promise<Response> {
  if (env.EVIDENCE === undefined) return NOT_FOUND();
  if (!(await machineObject(env, identity).expectsEvidence(place.id))) return NOT_FOUND();
  const body = await boundedBody(request, MAX_EVIDENCE_PART_BYTES);
  if (body === null) return errorResponse('PAYLOAD_TOO_LARGE');
  await new EvidenceStore(env.EVIDENCE).put(place, body);
  return new Response(null, { status: 204 });
}

/** What a machine stored is never shown as a page of ours, whatever is in it. */
async function read(env: Env, place: EvidencePlace): Promise<Response> {
  const found = env.EVIDENCE === undefined ? null : await new EvidenceStore(env.EVIDENCE).get(place);
  if (found === null) return NOT_FOUND();
  return new Response(found.body, {
    headers: {
      'content-type': place.part.endsWith('.json') ? 'application/json' : 'application/octet-stream',
      'content-length': String(found.size),
      'content-disposition': `attachment; filename="${place.part}"`,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    },
  });
}

function isOfSameSlot({ machineId }: EvidencePlace, { project, slot }: MachineIdentity): boolean {
  return machineId.startsWith(`${project}.${slot}.`);
}

function isPartOfMachines({ part }: EvidencePlace): boolean {
  return (MACHINE_EVIDENCE_PARTS as readonly string[]).includes(part);
}
