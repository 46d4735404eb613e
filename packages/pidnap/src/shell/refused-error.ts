/** Why a command was refused; the router turns it into an error of the contract. */
export type Refusal =
  | { readonly code: 'PROCESS_NOT_FOUND'; readonly name: string }
  | { readonly code: 'PROCESS_CONFLICT'; readonly name: string; readonly message: string }
  | { readonly code: 'INVALID_DEFINITION'; readonly problems: string[] }
  | { readonly code: 'INVALID_CONFIG'; readonly problems: string[] }
  | { readonly code: 'NOT_RUNNING'; readonly name: string }
  | { readonly code: 'ACTION_ID_REUSED'; readonly actionId: string }
  | { readonly code: 'ACTION_INTERRUPTED'; readonly actionId: string }
  | { readonly code: 'SHUTTING_DOWN' };

/** A command was refused by a decision, not by a fault. The same command would be refused again now. */
export class RefusedError extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(messageOf(refusal));
    this.name = 'RefusedError';
    this.refusal = refusal;
  }
}

function messageOf(refusal: Refusal): string {
  switch (refusal.code) {
    case 'PROCESS_NOT_FOUND':
      return `no process is called ${refusal.name}`;
    case 'PROCESS_CONFLICT':
      return refusal.message;
    case 'INVALID_DEFINITION':
    case 'INVALID_CONFIG':
      return refusal.problems.join('; ');
    case 'NOT_RUNNING':
      return `${refusal.name} has no process that could get a signal`;
    case 'ACTION_ID_REUSED':
      return `the action id ${refusal.actionId} was used for another command`;
    case 'ACTION_INTERRUPTED':
      return `pidnap ended while it carried out ${refusal.actionId}: what came of it is not known`;
    case 'SHUTTING_DOWN':
      return 'pidnap is shutting down';
    default:
      return refusal satisfies never;
  }
}
