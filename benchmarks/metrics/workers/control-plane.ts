import { signMachineToken } from '../../../apps/control-plane/src/auth/machine-token.ts';
import type { Env } from '../../../apps/control-plane/src/env.ts';
import controlPlane from '../../../apps/control-plane/src/worker.ts';
import { IDENTITY } from '../example-report.ts';

/**
 * The control plane as it ships. What the binding does with a point is the platform's part, so it is only counted here,
 * and the count is what tells that the points were really written.
 */
let written = 0;
let bound: Env | undefined;

export default {
  async fetch(request, env, context) {
    if (request.method === 'GET')
      return Response.json({ written, token: await signMachineToken(env.FETTLE_MACHINE_KEY, IDENTITY) });
    bound ??= { ...env, METRICS: { writeDataPoint: () => void (written += 1) } };
    return controlPlane.fetch(request, bound, context);
  },
} satisfies ExportedHandler<Env>;
