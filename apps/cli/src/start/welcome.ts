import type { HostBackend } from '@fettle/contract/host-agent';
import type { Provider } from '../connection/provider.ts';
import type { RunningFleet } from './start-fleet.ts';

/** What a person needs to know once the control plane runs: where it is, what runs below it, how to break something. */
export function welcome(
  { url, token, project }: Pick<RunningFleet, 'url' | 'token' | 'project'>,
  {
    machines: { backend, reason, provider, providerUrl },
    sqlApi,
  }: {
    machines: { backend: HostBackend; reason: string; provider: Provider; providerUrl: string | null };
    /** `null`: nothing keeps what machines measure, and that was told already. */
    sqlApi: { url: string; curl: string } | null;
  },
): string {
  const kind = backend === 'docker' ? 'containers' : 'plain processes on this computer';
  const byHand =
    backend === 'docker'
      ? 'docker rm -f CONTAINER                     or: docker kill, docker pause, docker exec CONTAINER kill -9 PID'
      : 'kill -9 PID    kill -STOP PID              PIDs: npm run fettle -- services web-1';
  return `
  API           ${url}/api/v1 (bearer token: operatorToken in the state folder's state.json)
  status page   ${url}/#${token}
  a customer    ${url}/s/${project}/web-1/
  machines      ${kind}: ${reason}
${providerUrl === null ? '' : `  provider      ${provider}: a server on this computer that speaks its API, at ${providerUrl}; the machines above are what it gives\n`}${sqlApi === null ? '' : metricsLines(sqlApi)}
  How to break something, in another terminal:
    npm run drill                              breaks one machine after the other, in a fleet of its own
    npm run drill -- --attach --fault NAME     one fault, in this fleet; npm run drill -- --list names them all
    ${byHand}
  and to see what becomes of it: npm run fettle -- machines | machine web-1 | recovery web-1 | events web-1

  Ctrl-C parks the machines and ends everything. npm start finds them again; npm run reset forgets them.
`;
}

function metricsLines({ url, curl }: { url: string; curl: string }): string {
  return `  metrics       npm run fettle -- metrics
  SQL API       ${url}

  How to ask it, as one asks Workers Analytics Engine:
${curl}
`;
}
