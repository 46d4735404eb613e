import { DurableObject } from 'cloudflare:workers';
import { nextOnGrid } from '../grid.ts';

type Env = { BARE: DurableObjectNamespace<Bare>; FETTLE_HOST_URL: string };
/** `shiftMs`: how far its alarms are from those of a machine of the same name. */
type Seed = { names: string[]; periodMs: number; shiftMs: number };

let served = 0;

/** The least that could watch anything: it asks once, inserts one row, and wakes again a period later. */
export class Bare extends DurableObject<Env> {
  async begin(periodMs: number, firstAt: number): Promise<void> {
    const { sql } = this.ctx.storage;
    sql.exec('CREATE TABLE look (at INTEGER, period INTEGER, status INTEGER)');
    sql.exec('INSERT INTO look VALUES (0, ?, 0)', periodMs);
    await this.ctx.storage.setAlarm(firstAt);
  }

  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    const { storage } = this.ctx;
    const now = Date.now();
    const { period } = storage.sql.exec<{ period: number }>('SELECT period FROM look LIMIT 1').one();
    // In step with the clock, and never in the past: an alarm that was missed is not made up for.
    const late = now - (info?.scheduledTime ?? now);
    await storage.setAlarm(now + period - (late % period));
    const response = await fetch(`${this.env.FETTLE_HOST_URL}/healthz`);
    await response.body?.cancel();
    storage.sql.exec('INSERT INTO look VALUES (?, ?, ?)', now, period, response.status);
    served += 1;
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    if (request.method === 'GET') return Response.json({ served });
    const { names, periodMs, shiftMs } = (await request.json()) as Seed;
    const firstAt = (name: string) => nextOnGrid(name, periodMs, Date.now(), shiftMs);
    await Promise.all(names.map((name) => env.BARE.getByName(name).begin(periodMs, firstAt(name))));
    return new Response(null, { status: 204 });
  },
} satisfies ExportedHandler<Env>;
