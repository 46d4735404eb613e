import * as v from 'valibot';
import { type Api, jsonBody, list, newId, type Parts, success } from '../api.ts';
import { refusals } from '../refusal.ts';
import { activeVersion } from '../account.ts';
import { scriptOf } from './scripts.ts';

const base = '/accounts/:account/workers';
/** Five fields; names of days and months are letters. */
const CRON = /^(?:[\d*/,A-Za-z#?-]+ ){4}[\d*/,A-Za-z#?-]+$/;
const ENVIRONMENT = 'production';

/** How requests and clocks reach a script: subdomain, schedules, custom domains; and its objects' namespaces. */
export function scriptEdgeRoutes(api: Api, parts: Parts): void {
  const { store } = parts;
  const { account } = store;

  api.get(`${base}/subdomain`, (c) => success(c, { subdomain: account.subdomain }));
  api.get(`${base}/scripts/:name/subdomain`, (c) => {
    const { enabled, previewsEnabled } = scriptOf(c, parts).subdomain;
    return success(c, { enabled, previews_enabled: previewsEnabled });
  });
  api.post(`${base}/scripts/:name/subdomain`, async (c) => {
    const script = scriptOf(c, parts);
    const body = await jsonBody(
      c,
      v.strictObject({ enabled: v.boolean(), previews_enabled: v.optional(v.boolean()) }),
    );
    const previewsEnabled = body.previews_enabled ?? false;
    const hasObjects = activeVersion(script).metadata.bindings.some(
      ({ type }) => type === 'durable_object_namespace',
    );
    if (previewsEnabled && hasObjects) throw refusals.previewsWithObjects();
    script.subdomain = { enabled: body.enabled, previewsEnabled };
    store.save();
    return success(c, { enabled: body.enabled, previews_enabled: previewsEnabled });
  });

  api.get(`${base}/scripts/:name/schedules`, (c) => success(c, { schedules: scriptOf(c, parts).schedules }));
  api.put(`${base}/scripts/:name/schedules`, async (c) => {
    const script = scriptOf(c, parts);
    const crons = await jsonBody(c, v.array(v.strictObject({ cron: v.string() })));
    for (const { cron } of crons) if (!CRON.test(cron)) throw refusals.badCron(cron);
    const now = new Date().toISOString();
    script.schedules = crons.map(({ cron }) => ({
      cron,
      createdAt: script.schedules.find((kept) => kept.cron === cron)?.createdAt ?? now,
    }));
    store.save();
    return success(c, { schedules: script.schedules });
  });

  api.get('/zones', (c) => list(c, account.zones));
  api.get(`${base}/domains`, (c) => list(c, Object.values(account.domains).map(domainView)));
  api.put(`${base}/domains`, async (c) => {
    const body = await jsonBody(c, NewDomain);
    const zone = account.zones.find(({ id }) => id === body.zone_id);
    if (zone === undefined) throw refusals.badDomain(`there is no zone ${body.zone_id}`);
    if (body.hostname !== zone.name && !body.hostname.endsWith(`.${zone.name}`))
      throw refusals.badDomain(`${body.hostname} is not in zone ${zone.name}`);
    if (!(body.service in account.scripts)) throw refusals.noScript();
    const domain = {
      id: account.domains[body.hostname]?.id ?? newId(),
      hostname: body.hostname,
      zoneId: body.zone_id,
      service: body.service,
      environment: body.environment,
    };
    account.domains[body.hostname] = domain;
    store.save();
    return success(c, domainView(domain));
  });
  api.delete(`${base}/domains/:id`, (c) => {
    const domain = Object.values(account.domains).find(({ id }) => id === c.req.param('id'));
    if (domain === undefined) throw refusals.noDomain();
    delete account.domains[domain.hostname];
    store.save();
    return success(c, null);
  });

  api.get(`${base}/durable_objects/namespaces`, (c) =>
    list(
      c,
      Object.values(account.scripts).flatMap((script) =>
        Object.entries(script.classes).map(([className, { namespaceId, sqlite }]) => ({
          id: namespaceId,
          name: `${script.name}_${className}`,
          class: className,
          script: script.name,
          use_sqlite: sqlite,
        })),
      ),
    ),
  );
}

const NewDomain = v.looseObject({
  zone_id: v.string(),
  hostname: v.pipe(v.string(), v.regex(/^(?:[a-z0-9-]+\.)+[a-z]{2,}$/, 'expected a host name')),
  service: v.string(),
  environment: v.optional(v.literal(ENVIRONMENT), ENVIRONMENT),
});

function domainView(domain: {
  id: string;
  hostname: string;
  zoneId: string;
  service: string;
  environment: string;
}) {
  const { zoneId, ...rest } = domain;
  return { ...rest, zone_id: zoneId };
}
