import {
  MACHINE_EVIDENCE_PATH,
  MAX_EVIDENCE_PART_BYTES,
  type EvidencePart,
  type MachineSpec,
} from '@fettle/contract';
import type { MachineCredentials } from '../credentials/machine-credentials.ts';
import { RefusedCredentialsError } from '../credentials/refused-credentials-error.ts';
import { createWriteStream, openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const STORED = 204;
const NOT_FOUND = 404;
const UNAUTHORIZED = 401;

/** Where the parts of a machine's evidence are kept: the control plane, which knows the machine by its token. */
export type PartStore = {
  spec: Pick<MachineSpec, 'controlUrl'>;
  credentials: Pick<MachineCredentials, 'withToken'>;
};

/** Stores a file as a part. An answer that says that trying helps, or none, is tried once more. */
export async function putPart(
  store: PartStore,
  { id, part, path, signal }: { id: string; part: EvidencePart; path: string; signal: AbortSignal },
): Promise<void> {
  const { size } = await stat(path);
  if (size > MAX_EVIDENCE_PART_BYTES)
    throw new Error(`it has ${size} bytes, and ${MAX_EVIDENCE_PART_BYTES} are kept`);
  for (let tries = 2; ; tries -= 1) {
    const answer = await send(store, `${id}/${part}`, {
      method: 'PUT',
      body: await openAsBlob(path),
      signal,
    }).catch((error: unknown) => {
      if (tries <= 1 || signal.aborted) throw unreachable(error);
      return null;
    });
    await answer?.body?.cancel();
    if (answer?.status === STORED) return;
    if (answer !== null && (answer.status < 500 || tries <= 1))
      throw new Error(`the control plane answered with status ${answer.status}`);
  }
}

/** Fetches a part of a bundle of this slot into a file; `false` when there is no such part. */
export async function getPart(
  store: PartStore,
  {
    from,
    id,
    part,
    path,
    signal,
  }: { from: string; id: string; part: EvidencePart; path: string; signal: AbortSignal },
): Promise<boolean> {
  const answer = await send(store, `${from}/${id}/${part}`, { method: 'GET', signal }).catch(
    (error: unknown) => {
      throw unreachable(error);
    },
  );
  if (answer.status === NOT_FOUND) return false;
  if (!answer.ok || answer.body === null)
    throw new Error(`The control plane answered with status ${answer.status}`);
  await pipeline(Readable.fromWeb(answer.body), createWriteStream(path), { signal });
  return true;
}

/** A redirect is not followed: the token is for the control plane alone. */
function send({ spec, credentials }: PartStore, path: string, request: RequestInit): Promise<Response> {
  const url = `${spec.controlUrl.replace(/\/+$/, '')}${MACHINE_EVIDENCE_PATH}/${path}`;
  return credentials.withToken(async (token) => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(url, { ...request, redirect: 'error', headers });
    if (answer.status !== UNAUTHORIZED) return answer;
    await answer.body?.cancel();
    throw Object.assign(new Error('the control plane does not take our token'), { code: 'UNAUTHORIZED' });
  });
}

/** fetch says `fetch failed`; its cause says why. Credentials that are refused say so themselves. */
function unreachable(error: unknown): Error {
  if (error instanceof RefusedCredentialsError) return error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code === 'UNAUTHORIZED' && error instanceof Error) return error;
  const cause = (error as { cause?: { code?: unknown; message?: unknown } }).cause;
  const why = String(cause?.code ?? cause?.message ?? code ?? message);
  return new Error(`the control plane cannot be reached: ${why}`, { cause: error });
}
