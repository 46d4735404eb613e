import { expect, test } from 'vitest';
import { FAST, newMachine, operator, template } from '../../test/in-workerd.ts';

const refusal = (field: string, ...parts: string[]) => ({
  code: 'BAD_REQUEST',
  message: expect.stringMatching(new RegExp(parts.join('[^]*'))),
  data: { retryable: false, field, expected: expect.any(String) },
});

test('a new policy with contradictions is refused, and the one before stays', async () => {
  const { project } = await newMachine();
  const { policy: before } = await operator().projects.get({ project });
  const policy = { ...before, bakeMs: 1000, check: { ...before.check, goneAfter: 9 } };
  await expect(operator().projects.setPolicy({ project, policy })).rejects.toMatchObject(
    refusal('check.goneAfter', 'check.goneAfter is 9 and check.unhealthyAfter is 2', 'bakeMs is 1 s'),
  );
  expect((await operator().projects.get({ project })).policy).toEqual(before);
});

test('a project whose policy has contradictions is not made at all', async () => {
  const project = `p-${crypto.randomUUID().slice(0, 8)}`;
  const policy = { ...FAST, budgets: { substitutions: { max: 0 } } };
  const input = { organization: 'acme', project, slots: ['web-1'], template, policy };
  await expect(operator().projects.apply(input)).rejects.toMatchObject(
    refusal('budgets.substitutions.max', 'budgets.substitutions.max is 0 and ladder is levels 1, 2, 3, 4'),
  );
  await expect(operator().projects.get({ project })).rejects.toMatchObject({ code: 'PROJECT_NOT_FOUND' });
  expect(await operator().projects.list()).not.toContainEqual({ organization: 'acme', project });
});
