/** Targets that talk to a control plane. */
export const CONTROL_PLANE: ReadonlySet<string> = new Set();
export async function openControlPlane(): Promise<{ close(): Promise<void> }> {
  return { close: async () => {} };
}
