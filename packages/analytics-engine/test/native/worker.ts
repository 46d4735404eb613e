// Gives every event to the binding of workerd and to ours, and tells what each of them did.
import { EVENTS } from './events.ts';

type Dataset = { writeDataPoint(...event: unknown[]): unknown };
type Env = { NATIVE: Dataset; LOCAL: Dataset };

function attempt(dataset: Dataset, event: unknown[]): string | null {
  try {
    const returned = dataset.writeDataPoint(...event);
    return returned === undefined ? null : `returned ${String(returned)}`;
  } catch (error) {
    return String(error);
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname } = new URL(request.url);
    const event = EVENTS[decodeURIComponent(pathname.slice(1))]!;
    return Response.json({ native: attempt(env.NATIVE, event()), local: attempt(env.LOCAL, event()) });
  },
};
