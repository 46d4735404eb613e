export { serve } from './cli/serve.ts';
export { PidnapConfig, type PidnapConfigInput } from './contract/config.ts';
export { startPidnap, type RunningPidnap } from './run.ts';
export { ConfigError, loadConfig } from './shell/load-config.ts';
export { VERSION } from './version.ts';
