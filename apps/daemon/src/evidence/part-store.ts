import {
  MACHINE_EVIDENCE_PATH,
  MAX_EVIDENCE_PART_BYTES,
  type EvidencePart,
  type MachineCredentials,
  type MachineSpec,
} from '@fettle/contract';
import { createWriteStream, openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const STORED = 204;
const NOT_FOUND = 404;

/** Where the parts of a machine's evidence are kept: the control plane, which knows the machine by its token. */
export type PartStore = {
  spec: Pick<MachineSpec, 'controlUrl'>;
  credentials: Pick<MachineCredentials, 'machineToken'>;
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
  return fetch(`${spec.controlUrl.replace(/\/+$/, '')}${MACHINE_EVIDENCE_PATH}/${path}`, {
    ...request,
    redirect: 'error',
    headers: { authorization: `Bearer ${credentials.machineToken}` },
  });
}

/** fetch says `fetch failed`; its cause says why. */
function unreachable(error: unknown): Error {
  const cause = (error as { cause?: { code?: unknown; message?: unknown } }).cause;
  const why = String(cause?.code ?? cause?.message ?? (error as Error).message);
  return new Error(`the control plane cannot be reached: ${why}`, { cause: error });
}
