/** Which requests lead somewhere, and where to. Pure. Paths come from the URL parser: dot segments are resolved. */
import { MACHINE_EVIDENCE_PATH } from '@fettle/contract/evidence';
import { MACHINE_API } from '@fettle/contract/machine-audience';
import { MachineId, ServiceName } from '@fettle/contract/ids';
import { RepositoryName } from '@fettle/contract/version-set';
import * as v from 'valibot';

/** Which port of which machine a path of the host API leads to; `null` for every other path. */
export function proxyRoute(pathname: string): { machineId: string; portName: string; rest: string } | null {
  const match = /^\/machines\/([^/]+)\/ports\/([^/]+)(\/.*)?$/.exec(pathname);
  if (match === null) return null;
  const [, machineId, portName, rest = '/'] = match;
  return v.is(MachineId, machineId) && v.is(ServiceName, portName) ? { machineId, portName, rest } : null;
}

/** Nothing in it is encoded, so that nobody on the way can read it as another path. */
const PLAIN_PATH = /^[\w./-]{1,500}$/;

/**
 * The path at the control plane for a request to the gateway; `null` where machines have no business.
 * They reach only what is meant for machines, whatever token they hold.
 */
export function controlPath(method: string, pathname: string): string | null {
  const path = pathname.slice('/control'.length);
  if (!pathname.startsWith(`/control${MACHINE_API}/`) || !PLAIN_PATH.test(path)) return null;
  const isOpen = method === 'POST' || (['GET', 'PUT'].includes(method) && isEvidencePath(path));
  return isOpen ? path : null;
}

/** Whether a path at the control plane is for parts of evidence, which are larger than any report. */
export function isEvidencePath(path: string): boolean {
  return path.startsWith(`${MACHINE_EVIDENCE_PATH}/`);
}

/** The file of a repository that git may be asked for: the two requests of a fetch, and no other. */
export function gitRoute(method: string, pathname: string, service: string | null): string | null {
  const match = /^\/git\/([a-z]+)(?:\.git)?\/(info\/refs|git-upload-pack)$/.exec(pathname);
  if (match === null || !v.is(RepositoryName, match[1])) return null;
  const [, repository, file] = match;
  const asksRefs = method === 'GET' && file === 'info/refs' && service === 'git-upload-pack';
  const asksPack = method === 'POST' && file === 'git-upload-pack';
  return asksRefs || asksPack ? `/${repository}.git/${file}` : null;
}
