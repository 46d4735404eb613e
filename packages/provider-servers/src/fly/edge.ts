import { HostProblem } from '../host/host-machines.ts';
import { Refusal } from '../server/call.ts';
import type { ServerApp } from '../server/serve-api.ts';
import { flyErrorBody } from './error-body.ts';
import type { Machine, Machines } from './machines.ts';
import type { FlyParts } from './parts.ts';
import type { MachineRecord } from './record.ts';

/** Names the machine that a request is for; without it, any that runs. */
const INSTANCE_HEADER = 'fly-force-instance-id';

/** Serves the services of an app at `/edge/<app>/<port>/…`, where Fly has `https://<app>.fly.dev:<port>`. */
export function serveEdge(app: ServerApp, parts: FlyParts, machines: Machines): void {
  app.all('/edge/:app/:port/*', async (context) => {
    const request = context.req.raw;
    const { app: name, port: portText } = context.req.param();
    const answer = await passed().catch((error: unknown) => {
      const refusal =
        error instanceof Refusal
          ? error
          : new Refusal(error instanceof HostProblem ? 502 : 500, 'the machine cannot be reached', {
              cause: error,
            });
      return Response.json(flyErrorBody(refusal), { status: refusal.status });
    });
    parts.requests.record({
      at: parts.now(),
      operation: 'edge',
      method: request.method,
      path: context.req.path,
      body: null,
      status: answer.status,
    });
    return answer;

    async function passed(): Promise<Response> {
      const { record } = await instance(name, request.headers.get(INSTANCE_HEADER));
      const port = internalName(record, Number(portText));
      if (port === null) throw new Refusal(502, `no service of the machine has port ${portText}`);
      const url = new URL(request.url);
      const rest = url.pathname.slice(`/edge/${name}/${portText}`.length);
      return parts.host.pass(record.machineId, port, `${rest || '/'}${url.search}`, request, [
        INSTANCE_HEADER,
      ]);
    }
  });

  async function instance(app: string, forced: string | null): Promise<Machine> {
    if (!parts.file.state.apps.some(({ name }) => name === app))
      throw new Refusal(404, 'there is no such app');
    const own = (await machines.all()).filter(
      ({ record, told }) => record.app === app && told.state === 'started',
    );
    const found = own.find(({ record }) => forced === null || record.id === forced);
    if (found === undefined) throw new Refusal(503, 'no machine of the app can take the request');
    return found;
  }
}

/** The name of the machine's listener behind a port that the app shows to the world. */
function internalName({ config, ports }: MachineRecord, port: number): string | null {
  const service = config.services?.find((each) => each.ports?.some((shown) => shown.port === port));
  return Object.entries(ports).find(([, number]) => number === service?.internal_port)?.[0] ?? null;
}
