import { signMachineToken } from '../../../apps/control-plane/src/auth/machine-token.ts';
import type { Env } from '../../../apps/control-plane/src/env.ts';
import controlPlane from '../../../apps/control-plane/src/worker.ts';
import { IDENTITY } from '../example-report.ts';

/**
 * The control plane as it ships. What the binding does with a point is the platform's part, so it is only counted here,
 * and the count is what tells that the points were really written.
 */
let written = 0;
/** As many as there are requests in a round. */
const MACHINES = 500;
const HOUR = 3_600_000;
let bound: Env | undefined;

/** A token that outlives the benchmark. */
function tokenOf(env: Env, number: number): Promise<string> {
  const slot = `web-${number}`;
  const issuedAt = Date.now();
  return signMachineToken(env, {
    ...IDENTITY,
    slot,
    machineId: `${IDENTITY.project}.${slot}.1`,
    use: 'machine',
    audience: env.FETTLE_STAGE,
    epoch: 1,
    id: null,
    issuedAt,
    expiresAt: issuedAt + HOUR,
  });
}

export default {
  async fetch(request, env, context) {
    if (request.method === 'GET')
      return Response.json({
        written,
        tokens: await Promise.all(Array.from({ length: MACHINES }, (_, slot) => tokenOf(env, slot))),
      });
    bound ??= { ...env, METRICS: { writeDataPoint: () => void (written += 1) } };
    return controlPlane.fetch(request, bound, context);
  },
} satisfies ExportedHandler<Env>;
