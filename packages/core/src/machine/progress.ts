/** How far work that was started has come, as those tell who carry it out. */
import type { ChangeProgress, Observation } from './event.ts';

/** What a look found of the work with this action id: pidnap's word or the provider's; `null` when nobody tells of it. */
export function progressOf(actionId: string, { provider, pidnap }: Observation): ChangeProgress | null {
  const operation = provider.ok ? provider.value.operation : null;
  if (operation?.action.id === actionId)
    return { actionId, status: operation.status, message: operation.error?.message ?? '' };
  const changes = pidnap?.ok ? pidnap.value.changes : [];
  return changes.find((one) => one.actionId === actionId) ?? null;
}
