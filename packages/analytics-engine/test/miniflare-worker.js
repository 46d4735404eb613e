// A Worker that writes data points and answers at once. A script for Miniflare, as it is.
import { DurableObject } from 'cloudflare:workers';

export class Writer extends DurableObject {
  async write(points) {
    for (let i = 0; i < points; i += 1) this.env.POINTS.writeDataPoint({ indexes: ['object'], doubles: [i] });
  }
}

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const points = Number(url.searchParams.get('points'));
    try {
      if (url.pathname === '/object') await env.WRITER.getByName('one').write(points);
      else await write(env, points, url.pathname === '/slowly');
      return new Response('done');
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
};

async function write(env, points, slowly) {
  for (let i = 0; i < points; i += 1) {
    env.POINTS.writeDataPoint({ indexes: ['request'], doubles: [i] });
    if (slowly && i % 100 === 99) await scheduler.wait(20);
  }
}
