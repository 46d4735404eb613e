export { startCloudflareServer, type CloudflareServer } from './server.ts';
export { activeVersion, type Account, type Script, type ScriptVersion } from './account.ts';
export type { RecordedCall } from './recorder.ts';
export type { Binding, UploadMetadata } from './upload-metadata.ts';
