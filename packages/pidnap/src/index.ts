export { serve } from './cli/serve.ts';
export { PidnapConfig, type PidnapConfigInput } from './contract/config.ts';
export { defineConfig, type PidnapConfigExport, type PidnapConfigFile } from './define-config.ts';
export { startPidnap, type RunningPidnap } from './run.ts';
export { ConfigError } from './shell/config-error.ts';
export { loadConfig, type LoadedConfig } from './shell/load-config.ts';
export { VERSION } from './version.ts';
