/** The worker as it ships, with a dataset that keeps what is written: `GET /written` tells it. */
import type { Env } from '../../src/env.ts';
import shipped from '../../src/worker.ts';

export {
  DaytonaMachine,
  Directory,
  FlyMachine,
  LocalDockerMachine,
  Operators,
  Project,
} from '../../src/worker.ts';

const written: (AnalyticsEngineDataPoint | undefined)[] = [];
let bound: Env | undefined;

export default {
  async fetch(request, env, execution): Promise<Response> {
    if (new URL(request.url).pathname === '/written') return Response.json(written);
    bound ??= { ...env, METRICS: { writeDataPoint: (point) => void written.push(point) } };
    return shipped.fetch(request, bound, execution);
  },
} satisfies ExportedHandler<Env>;
