import type { OpenBackendOptions } from '../backend/open-backend.ts';
export async function openDockerBackend(_: OpenBackendOptions): Promise<never> {
  throw new Error('not yet');
}
