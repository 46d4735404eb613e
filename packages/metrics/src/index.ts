export * from './encode.ts';
export * from './encode-watch.ts';
export * from './layout.ts';
