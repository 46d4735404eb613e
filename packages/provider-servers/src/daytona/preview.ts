import { HostProblem } from '../host/host-machines.ts';
import {
  Refusal,
  numberParameter,
  textParameter,
  type Answer,
  type Call,
  type Handlers,
} from '../server/call.ts';
import type { ServerApp } from '../server/serve-api.ts';
import { apiErrorBody } from './error-body.ts';
import { newToken } from './lifecycle.ts';
import type { DaytonaParts } from './parts.ts';
import type { SandboxRecord } from './record.ts';
import type { Sandbox, Sandboxes } from './sandboxes.ts';

const TOKEN_HEADER = 'x-daytona-preview-token';
/** How long a signed URL lives unasked, and at most, in seconds. */
const SIGNED_SECONDS = 60;
const MOST_SIGNED_SECONDS = 86_400;

/** Addresses of a sandbox's ports. */
export function previewHandlers({ urls }: DaytonaParts, sandboxes: Sandboxes): Handlers {
  const found = async (call: Call) => {
    const port = numberParameter(call, 'port') ?? 0;
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Refusal(400, 'Invalid port');
    return { port, ...(await sandboxes.find(textParameter(call, 'sandboxIdOrName') ?? '')) };
  };

  return {
    async getPortPreviewUrl(call) {
      const { record, port } = await found(call);
      const url = `${urls.preview}/${port}-${record.id}`;
      return { status: 200, body: { sandboxId: record.id, url, token: record.previewToken } };
    },

    async getSignedPortPreviewUrl(call) {
      const { record, port } = await found(call);
      const seconds = numberParameter(call, 'expiresInSeconds') ?? SIGNED_SECONDS;
      if (seconds < 1 || seconds > MOST_SIGNED_SECONDS)
        throw new Refusal(400, `expiresInSeconds must be between 1 and ${MOST_SIGNED_SECONDS}`);
      const token = newToken();
      const alive = record.signedPreviews.filter(({ expiresAt }) => expiresAt > call.now);
      const signed = { token, port, expiresAt: call.now + seconds * 1000 };
      sandboxes.change(record.id, { signedPreviews: [...alive, signed] });
      return {
        status: 200,
        body: { sandboxId: record.id, port, token, url: `${urls.preview}/${port}-${token}` },
      };
    },

    async expireSignedPortPreviewUrl(call): Promise<Answer> {
      const { record, port } = await found(call);
      const expired = textParameter(call, 'token');
      const signedPreviews = record.signedPreviews.filter(
        (each) => each.token !== expired || each.port !== port,
      );
      sandboxes.change(record.id, { signedPreviews });
      return { status: 200 };
    },

    async getToolboxProxyUrl(call) {
      await sandboxes.find(textParameter(call, 'sandboxId') ?? '');
      return { status: 200, body: { url: urls.toolbox } };
    },
  };
}

/**
 * Serves the ports of sandboxes at `/preview/<port>-<sandbox or signed token>/…`, where Daytona has a host name for each.
 * Every request counts as use of the sandbox.
 */
export function servePreviews(app: ServerApp, parts: DaytonaParts, sandboxes: Sandboxes): void {
  app.all('/preview/:place/*', async (context) => {
    const request = context.req.raw;
    const place = context.req.param('place');
    const record = (status: number) =>
      parts.requests.record({
        at: parts.now(),
        operation: 'preview',
        method: request.method,
        path: context.req.path,
        body: null,
        status,
      });
    try {
      const { sandbox, port } = await admitted(place, request);
      const name = portName(sandbox.record, port);
      if (sandbox.told.state !== 'started' || name === null)
        throw new Refusal(502, `bad gateway: nothing answers on port ${port}`);
      sandboxes.touch(sandbox.record.id);
      const url = new URL(request.url);
      const rest = url.pathname.slice(`/preview/${place}`.length);
      const answer = await parts.host.pass(
        sandbox.record.machineId,
        name,
        `${rest || '/'}${url.search}`,
        request,
        [TOKEN_HEADER],
      );
      record(answer.status);
      return answer;
    } catch (error) {
      const refusal = asRefusal(error);
      record(refusal.status);
      const at = { path: context.req.path, method: request.method, now: parts.now() };
      return Response.json(apiErrorBody(refusal, at), { status: refusal.status });
    }
  });

  async function admitted(place: string, request: Request): Promise<{ sandbox: Sandbox; port: number }> {
    const [, portText, who] = /^(\d+)-(.+)$/.exec(place) ?? [];
    if (portText === undefined || who === undefined) throw new Refusal(404, 'Not found');
    const port = Number(portText);
    const signed = parts.file.state.sandboxes.find(({ signedPreviews }) =>
      signedPreviews.some((each) => each.token === who && each.port === port && each.expiresAt > parts.now()),
    );
    const sandbox = await sandboxes.find(signed?.id ?? who);
    const shown =
      request.headers.get(TOKEN_HEADER) ?? new URL(request.url).searchParams.get('DAYTONA_SANDBOX_AUTH_KEY');
    if (signed === undefined && !sandbox.record.public && shown !== sandbox.record.previewToken)
      throw new Refusal(401, 'unauthorized: the preview token is not the one of this sandbox');
    return { sandbox, port };
  }
}

function portName({ ports }: SandboxRecord, port: number): string | null {
  return Object.entries(ports).find(([, number]) => number === port)?.[0] ?? null;
}

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof HostProblem) return new Refusal(502, 'bad gateway: the sandbox does not answer');
  return new Refusal(500, 'Internal server error', { cause: error });
}
