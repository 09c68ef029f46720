export { ReportingModule } from './reporting.module.js';
export { startReporting } from './start.js';
export { reportingConfig } from './config.js';
