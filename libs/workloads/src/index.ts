export type * from './reader.port.js';
