import * as v from 'valibot';
import { Fault, TEST_PATH } from '../contract/test-controls.ts';
import type { Floor } from './floor.ts';
import type { ServerApp } from './serve-api.ts';

/** Serves what tests and drills tell a server: its faults, and what it was asked. With the server's own key. */
export function serveControls(app: ServerApp, floor: Floor, mayControl: (request: Request) => boolean): void {
  app.use(`${TEST_PATH}/*`, async (context, next) => {
    if (!mayControl(context.req.raw)) return context.json({ error: 'the key of the server is needed' }, 401);
    return next();
  });
  app.get(`${TEST_PATH}/faults`, (context) => context.json(floor.faults.list()));
  app.post(`${TEST_PATH}/faults`, async (context) => {
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Fault), await context.req.text());
    if (!parsed.success) {
      const [issue] = parsed.issues;
      return context.json({ error: `${v.getDotPath(issue) ?? 'body'}: ${issue.message}` }, 400);
    }
    return context.json({ id: floor.faults.add(parsed.output) }, 201);
  });
  app.delete(`${TEST_PATH}/faults`, (context) => {
    floor.faults.clear();
    return context.body(null, 204);
  });
  app.delete(`${TEST_PATH}/faults/:id`, (context) =>
    floor.faults.remove(context.req.param('id'))
      ? context.body(null, 204)
      : context.json({ error: 'there is no such fault' }, 404),
  );
  app.get(`${TEST_PATH}/requests`, (context) => context.json(floor.requests.list()));
  app.delete(`${TEST_PATH}/requests`, (context) => {
    floor.requests.clear();
    return context.body(null, 204);
  });
}
