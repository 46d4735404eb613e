import { MetricsAnswer, MetricsReport } from '@fettle/contract';
import * as v from 'valibot';

/** The same schemas without oRPC. */
export default {
  async fetch(request) {
    const { points } = v.parse(MetricsReport, (await request.json<{ json: unknown }>()).json);
    const answer: MetricsAnswer = { accepted: points.length, refused: [], reportEveryMs: 30_000 };
    return Response.json({ json: v.parse(MetricsAnswer, answer) });
  },
} satisfies ExportedHandler;
