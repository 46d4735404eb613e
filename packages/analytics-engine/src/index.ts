export { startEngine, type Engine, type EngineOptions } from './engine.ts';
export { EngineError, type EngineErrorCode } from './errors.ts';
export type { WireNumber, WirePoint } from './core/data-point.ts';
export type { WireText } from './core/wire-text.ts';
export { openStore, type Store, type StoreOptions } from './store/store.ts';
export type { Row } from './core/row.ts';
