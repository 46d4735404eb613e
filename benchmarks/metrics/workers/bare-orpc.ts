import { MACHINE_RPC_PATH, machineContract } from '@fettle/contract';
import { implement } from '@orpc/server';
import { RPCHandler } from '@orpc/server/fetch';

/** The floor: a handler with the same schemas that does nothing, for anybody. */
const machine = implement(machineContract);
const handler = new RPCHandler(
  machine.router({
    report: machine.report.handler(() => ({ reportEveryMs: 30_000 })),
    reportMetrics: machine.reportMetrics.handler(({ input }) => ({
      accepted: input.points.length,
      refused: [],
      reportEveryMs: 30_000,
    })),
  }),
);

export default {
  async fetch(request) {
    const { response } = await handler.handle(request, { prefix: MACHINE_RPC_PATH, context: {} });
    return response ?? new Response(null, { status: 404 });
  },
} satisfies ExportedHandler;
