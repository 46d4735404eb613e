import { keyId, parseSignature, SIGNATURE_WINDOW_MS, signedText } from '@fettle/pidnap/signature';
import { fromBase64Url, toBase64Url } from '../../auth/base64url.ts';
import type { FakeMachine } from './fake-machine.ts';

/** Whether a request is a command to this listener of the machine that it has not taken before. */
export async function isSigned(
  machine: FakeMachine,
  port: string,
  request: Request,
  now: number,
): Promise<boolean> {
  const { commandKeys, identity } = machine.order;
  const shown = parseSignature(request.headers.get('authorization'));
  const publicKey = commandKeys.find((one) => keyId(one) === shown?.key);
  if (shown === null || publicKey === undefined) return false;
  if (Math.abs(now - shown.issuedAt) > SIGNATURE_WINDOW_MS || machine.signatures.has(shown.id)) return false;
  const { pathname, search } = new URL(request.url);
  const body = await request.clone().arrayBuffer();
  const text = signedText({
    audience: `${identity.machineId}/${port}`,
    method: request.method,
    path: `${pathname}${search}`,
    bodyHash: toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', body))),
    issuedAt: shown.issuedAt,
    id: shown.id,
  });
  if (!(await verifies(publicKey, shown.signature, text))) return false;
  machine.signatures.add(shown.id);
  return true;
}

async function verifies(publicKey: string, signature: string, text: string): Promise<boolean> {
  const [key, bytes] = [fromBase64Url(publicKey), fromBase64Url(signature)];
  if (key === null || bytes === null) return false;
  const imported = await crypto.subtle.importKey('raw', key, 'Ed25519', false, ['verify']);
  return crypto.subtle.verify('Ed25519', imported, bytes, new TextEncoder().encode(text));
}
