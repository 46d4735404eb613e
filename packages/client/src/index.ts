export { createFettleClient, type FettleClient, type FettleClientOptions } from './client.ts';
export { FettleError, type FettleErrorCode } from './fettle-error.ts';
