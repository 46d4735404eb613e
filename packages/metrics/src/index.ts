export * from './encode.ts';
export * from './layout.ts';
