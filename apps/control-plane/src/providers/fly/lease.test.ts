import { expect, it } from 'vitest';
import { flyBench, MACHINE, NOT_FOUND, ONE } from '../../../test/fly-bench.ts';

const LEASE = `${ONE}/lease`;
const held = { status: 409, json: { error: 'aborted: machine ID m1 lease currently held by somebody' } };

/** A machine that is about to be stopped. */
async function stopping() {
  const bench = flyBench();
  await bench.create();
  bench.api.script({ [`POST ${ONE}/stop`]: { json: { ok: true } } });
  return { ...bench, stop: () => bench.provider.stop(bench.action(2), MACHINE) };
}

it('changes nothing while somebody else has the lease, and says who and until when', async () => {
  const { api, stop } = await stopping();
  const present = { owner: 'deploy@tokens.fly.io', description: 'fly deploy', expires_at: 1_700_000_060 };
  api.script({ [`POST ${LEASE}`]: held, [`GET ${LEASE}`]: { json: present } });
  await expect(stop()).rejects.toMatchObject({
    code: 'CONFLICT',
    retryable: true,
    message:
      'Somebody else changes the machine at the moment: its lease belongs to deploy@tokens.fly.io until 2023-11-14T22:14:20.000Z',
  });
  expect(api.take()).not.toContain(`POST ${ONE}/stop`);
});

it('takes up its own lease whose nonce was lost, where Fly shows it', async () => {
  const { api, stop, bodies } = await stopping();
  api.script({ [`POST ${LEASE}`]: 'lost' });
  await expect(stop()).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
  const [{ description } = { description: '' }] = bodies(`POST ${LEASE}`);
  api.script({
    [`POST ${LEASE}`]: ({ headers }) =>
      headers.get('fly-machine-lease-nonce') === 'n7' ? { status: 201, json: { nonce: 'n7' } } : held,
    [`GET ${LEASE}`]: { json: { owner: 'us', description, nonce: 'n7' } },
  });
  await stop();
  expect(
    api.sent.findLast(({ path }) => path === `${ONE}/stop`)?.headers.get('fly-machine-lease-nonce'),
  ).toBe('n7');
});

it('takes a new one when the one that it had has ended', async () => {
  const { api, stop } = await stopping();
  api.script({ [`POST ${ONE}/stop`]: 'lost' });
  await expect(stop()).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
  api.script({
    [`POST ${LEASE}`]: ({ headers }) =>
      headers.has('fly-machine-lease-nonce')
        ? { status: 409, json: { error: 'aborted: machine ID m1 lease not found' } }
        : { status: 201, json: { nonce: 'n2' } },
    [`GET ${LEASE}`]: NOT_FOUND,
    [`POST ${ONE}/stop`]: { json: {} },
  });
  await stop();
  expect(
    api.sent.findLast(({ path }) => path === `${ONE}/stop`)?.headers.get('fly-machine-lease-nonce'),
  ).toBe('n2');
});

it("reads a lease as Fly's own client does, too", async () => {
  const { api, stop } = await stopping();
  api.script({ [`POST ${LEASE}`]: { status: 201, json: { status: 'success', data: { nonce: 'n9' } } } });
  await stop();
  expect(
    api.sent.findLast(({ path }) => path === `${ONE}/stop`)?.headers.get('fly-machine-lease-nonce'),
  ).toBe('n9');
});

it('is over with the operation, even when it cannot be given back', async () => {
  const { api, stop, provider, machine } = await stopping();
  await stop();
  api.script({ [`GET ${ONE}`]: machine('stopped'), [`DELETE ${LEASE}`]: 'lost' });
  expect(await provider.inspect(MACHINE)).toMatchObject({ state: 'stopped', operation: { status: 'done' } });
  api.take();
  await provider.inspect(MACHINE);
  expect(api.take()).toEqual([`GET ${ONE}`]);
});

it('is shown by a command while an operation has it', async () => {
  const { api, stop, provider } = await stopping();
  await stop();
  api.script({ [`POST ${ONE}/exec`]: { json: {} } });
  await provider.exec(MACHINE, { command: ['true'], timeoutMs: 1000 });
  expect(api.sent.at(-1)?.headers.get('fly-machine-lease-nonce')).toBe('n1');
});
