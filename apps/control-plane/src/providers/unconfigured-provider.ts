import { CAPABILITIES, type MachineType, type ProviderCapabilities } from '@fettle/contract';
import { ProviderError, type MachineConnection, type MachineProvider } from './machine-provider.ts';

/**
 * Stands for a provider whose settings are missing or wrong. It refuses everything with the reason, so that a machine's
 * timeline tells it, and knows nothing of any machine: nothing destructive follows from it.
 */
export class UnconfiguredProvider implements MachineProvider {
  readonly type: MachineType;
  readonly capabilities: ProviderCapabilities;
  private readonly reason: string;

  constructor(type: MachineType, reason: string) {
    this.type = type;
    this.capabilities = CAPABILITIES[type];
    this.reason = reason;
  }

  create = () => this.refuse();
  start = () => this.refuse();
  stop = () => this.refuse();
  restart = () => this.refuse();
  destroy = () => this.refuse();
  copy = () => this.refuse();
  rebuild = () => this.refuse();
  inspect = () => this.refuse();
  exec = () => this.refuse();

  connect(): MachineConnection {
    return { url: 'http://unconfigured.invalid', fetch: () => this.refuse() };
  }

  /** Retryable: whoever sets the variables need not touch the machines. */
  private async refuse(): Promise<never> {
    throw new ProviderError('PROVIDER_FAILED', this.reason, { retryable: true });
  }
}
