import { applyProject, FAST, startControlPlane } from '../apps/control-plane/test/raw/control-plane.ts';

/** Names the variable that tells threads where the control plane is. */
export const URL_VARIABLE = 'FETTLE_FUZZ_URL';
/** Names the one that tells them which tokens of operators there are, one after the other. */
export const TOKENS_VARIABLE = 'FETTLE_FUZZ_TOKENS';
/** One alone would be held back before anything of it is read. */
const TOKENS = 40;

/** The project that is there from the start; its one machine lives on a simulated host. */
export const PROJECT = 'demo';

/** The real worker in workerd, with its objects on disk, for the targets that call procedures. */
export async function openControlPlane(): Promise<{ close(): Promise<void> }> {
  const controlPlane = await startControlPlane('shipped');
  // Machines that look around all the time would only take time from what is tried.
  const check = { ...FAST.check, intervalMs: 60_000 };
  await applyProject(controlPlane, { ...FAST, check });
  const operator = controlPlane.operator();
  // What a quota holds back is not tried.
  await operator.projects.setQuota({
    project: PROJECT,
    quota: { machines: 600, commandsPerHour: 1_000_000 },
  });
  const made = await Promise.all(
    Array.from({ length: TOKENS }, () =>
      operator.tokens.create({ name: 'fuzz', grants: [{ role: 'admin' }] }),
    ),
  );
  process.env[URL_VARIABLE] = controlPlane.workerd.url;
  process.env[TOKENS_VARIABLE] = made.map(({ token }) => token).join(' ');
  return controlPlane;
}
