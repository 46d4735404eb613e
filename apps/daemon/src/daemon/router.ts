import { daemonContract, errorCatalogue, type ErrorCode, type LogLine } from '@fettle/contract';
import { CHECKOUT_PROCESS, applyProcessDefinition, applyProcessName } from '@fettle/core/version-change';
import type { PidnapClient } from '@fettle/pidnap/client';
import { ORPCError, implement } from '@orpc/server';
import { isRefusal } from '../credentials/credential-client.ts';
import type { MachineState } from './machine-state.ts';
import { readServices } from './machine-state.ts';

const CALL_DEADLINE_MS = 4000;

/** What the procedures answer from. */
export type RouterParts = {
  bootId: string;
  startedAt: number;
  /** Commit of the platform repository that this process was started from. */
  commit: string;
  pidnap: PidnapClient;
  readState: () => Promise<MachineState>;
  acceptedMsAgo: () => number | null;
  /** Exchanges a bootstrap token for new credentials. */
  bootstrap: (token: string) => Promise<void>;
};

/** The daemon's procedures. What pidnap refuses is told in the contract's own codes. */
export function createRouter(parts: RouterParts) {
  const { bootId, startedAt, commit, pidnap, readState, acceptedMsAgo, bootstrap } = parts;
  const daemon = implement(daemonContract);
  const options = () => ({ signal: AbortSignal.timeout(CALL_DEADLINE_MS) });

  return daemon.router({
    health: daemon.health.handler(async ({ input }) => ({
      nonce: input.nonce,
      bootId,
      pid: process.pid,
      startedAt,
      ...(await readState()),
      lastReportAcceptedMsAgo: acceptedMsAgo(),
    })),

    version: daemon.version.handler(() => ({ commit, node: process.versions.node, startedAt })),

    versions: daemon.versions.handler(async () => (await readState()).versions),

    refresh: daemon.refresh.handler(({ input: { action, refs } }) =>
      asOurs(async () => {
        const name = applyProcessName(action);
        const checkout = await pidnap.get({ name: CHECKOUT_PROCESS }, options());
        const definition = applyProcessDefinition(checkout.definition, { action, refs, fresh: false });
        await pidnap.add({ name, actionId: action.id, definition }, options());
        return { process: name };
      }),
    ),

    bootstrap: daemon.bootstrap.handler(async ({ input }) => {
      await bootstrap(input.token).catch((error: unknown) => {
        // Said of a token of ours by somebody else: the caller of this has nothing to prove any more.
        const [code, why] = isRefusal(error)
          ? (['CONFLICT', 'The control plane does not take this token'] as const)
          : (['DEADLINE_EXCEEDED', 'The control plane does not answer the machine'] as const);
        const { status, retryable } = errorCatalogue[code];
        throw new ORPCError(code, { status, message: why, data: { retryable }, cause: error });
      });
      return { renewedAt: Date.now() };
    }),

    services: {
      list: daemon.services.list.handler(() => asOurs(() => readServices(pidnap))),

      restart: daemon.services.restart.handler(({ input: { action, names } }) =>
        asOurs(async () => {
          // The daemon itself comes last: its restart ends this very answer.
          const ordered = names.toSorted((a, b) => Number(a === 'daemon') - Number(b === 'daemon'));
          for (const name of ordered)
            await pidnap.restart({ name, actionId: `${action.id}/${name}` }, options());
          return readServices(pidnap);
        }),
      ),

      logs: daemon.services.logs.handler(({ input: { name, tail } }) =>
        asOurs(async () => {
          const { lines } = await pidnap.logs({ name, tail }, options());
          return lines.map(({ at, stream, text }): LogLine => ({
            at,
            stream: stream === 'pidnap' ? 'stderr' : stream,
            text: stream === 'pidnap' ? `[pidnap] ${text}` : text,
          }));
        }),
      ),
    },
  });
}

/** Our code for each of pidnap's. */
const CODES: Record<string, ErrorCode> = {
  PROCESS_NOT_FOUND: 'SERVICE_NOT_FOUND',
  PROCESS_CONFLICT: 'CONFLICT',
  INVALID_DEFINITION: 'BAD_REQUEST',
  ACTION_ID_REUSED: 'CONFLICT',
  ACTION_INTERRUPTED: 'CONFLICT',
  SHUTTING_DOWN: 'MACHINE_UNREACHABLE',
};

async function asOurs<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = codeOf(error);
    const { status, message: standard, retryable } = errorCatalogue[code];
    const message = error instanceof Error ? `${standard}: ${error.message}` : standard;
    throw new ORPCError(code, { status, message, data: { retryable }, cause: error });
  }
}

function codeOf(error: unknown): ErrorCode {
  if (error instanceof ORPCError) return CODES[error.code] ?? 'INTERNAL';
  if (isTimeout(error)) return 'DEADLINE_EXCEEDED';
  // A system error of the connection, such as ECONNREFUSED; anything else is a defect of ours.
  return error instanceof Error && 'code' in error ? 'MACHINE_UNREACHABLE' : 'INTERNAL';
}

/** A deadline that passed: told as such, or as the cause of the abort that it led to. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || isTimeout(error.cause));
}
