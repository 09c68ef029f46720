export * from './ports.js';
export * from './item-record.js';
