import { OPERATOR_EVIDENCE_PATH, type EvidenceBundle, type EvidencePart } from '@fettle/contract/evidence';
import { ErrorData } from '@fettle/contract/errors';
import * as v from 'valibot';
import { CliFailure, EXIT } from '../failure.ts';
import { notRunning } from './explain-error.ts';

/** Longest that a part may take: it can be 32 MiB, over a slow line. */
const DEADLINE_MS = 120_000;

const Refusal = v.object({ message: v.string(), data: v.optional(ErrorData) });

/** Reads a part of a bundle as it was stored. Throws a failure that says why there is none. */
export async function fetchEvidence(
  { url, token }: { url: string; token: string },
  { machineId, id }: Pick<EvidenceBundle, 'machineId' | 'id'>,
  part: EvidencePart,
): Promise<Uint8Array> {
  const address = `${url.replace(/\/+$/, '')}${OPERATOR_EVIDENCE_PATH}/${machineId}/${id}/${part}`;
  const response = await fetch(address, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).catch((error: unknown) => {
    throw error instanceof Error && error.name === 'TimeoutError' ? error : notRunning(url, error);
  });
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  const refusal = v.safeParse(v.pipe(v.string(), v.parseJson(), Refusal), await response.text());
  const why = refusal.success ? refusal.output.message : `the control plane answered ${response.status}`;
  throw new CliFailure(EXIT.failed, `${part} of ${machineId}/${id}: ${why}`);
}
