/** The saving of a bricked machine's data: first it must not write any more, then what is on its disk is copied. */
import { finishSalvage, SALVAGE_COPY_MS } from './on-observed-given-up.ts';
import { note, start, update, type Turn } from './turn.ts';

/** How long a bricked machine may take to stop before its data is copied all the same. */
export const SALVAGE_STOP_MS = 60_000;

export function planSalvage(turn: Turn): void {
  const { state } = turn.record;
  if (state.phase !== 'bricked') return;
  const { salvage } = state;
  if (salvage.step === 'done' || salvage.actionId !== null) return;
  const { provider, diskPresent } = turn.record.evidence;
  if (salvage.step === 'stop') {
    if (provider !== 'absent' && provider !== 'stopped') {
      const actionId = start(turn, { do: 'stop' }).ref.id;
      return update(turn, { state: { ...state, salvage: { ...salvage, actionId } } });
    }
    const until = turn.now + SALVAGE_COPY_MS;
    update(turn, { state: { ...state, salvage: { step: 'copy', actionId: null, until } } });
    return planSalvage(turn);
  }
  if (!diskPresent) {
    note(turn, 'copy', 'nothing is left on the disk; the newest older copy has to do');
    return finishSalvage(turn);
  }
  const actionId = start(turn, { do: 'copy' }).ref.id;
  update(turn, { state: { ...state, salvage: { ...salvage, actionId } } });
}
